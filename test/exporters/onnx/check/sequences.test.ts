/** Types of sequences and optionals, of what goes into them, and of what they hold; onnxruntime refuses what is a fault. */
import { expect, it } from 'vitest';
import { faultsIn } from '../../../../exporters/onnx/check/check.ts';
import type { OnnxAttribute, OnnxDataType, OnnxModel, OnnxNode, OnnxType } from '../../../../proto/onnx.ts';
import { expectRefused } from '../loading.ts';
import { modelOf, node } from '../models.ts';

const of = (dtype: OnnxDataType): OnnxType => ({ kind: 'tensor', dtype, shape: [2, 3] });
const listOf = (element: OnnxType): OnnxType => ({ kind: 'sequence', element });
const maybe = (element: OnnxType): OnnxType => ({ kind: 'optional', element });
const [float32, int64, bool] = [of('float32'), of('int64'), of('bool')];

/** Of inputs `x`, float32, `n`, int64, and `i`, a position, and perhaps one more, `o`. */
function model(nodes: readonly OnnxNode[], y: OnnxType, o?: OnnxType): OnnxModel {
  return modelOf(
    {
      inputs: [
        { name: 'x', type: float32 },
        { name: 'n', type: int64 },
        { name: 'i', type: { kind: 'tensor', dtype: 'int64', shape: [] } },
        ...(o === undefined ? [] : [{ name: 'o', type: o }]),
      ],
      nodes,
      outputs: [{ name: 'y', type: y }],
    },
    { opsets: [{ domain: '', version: 18 }] },
  );
}

const list = (...items: string[]): OnnxNode => node('SequenceConstruct', items, ['s']);
const unshaped = (dtype: OnnxDataType): OnnxType => ({ kind: 'tensor', dtype });
const empty = (dtype?: number): OnnxNode => {
  const attributes: OnnxAttribute[] =
    dtype === undefined ? [] : [{ name: 'dtype', kind: 'int', value: dtype }];
  return node('SequenceEmpty', [], ['s'], attributes);
};
const at = node('SequenceAt', ['s', 'i'], ['y']);

it.each<[string, OnnxModel, string | undefined]>([
  ['a sequence is made', model([list('x', 'x'), node('Identity', ['s'], ['y'])], listOf(float32)), undefined],
  [
    'a sequence is said to be of another type',
    model([node('SequenceConstruct', ['x'], ['y'])], listOf(unshaped('int64'))),
    '"y" is said to be a sequence of int64, and its node gives a sequence of float32',
  ],
  [
    'a sequence is said to be a tensor',
    model([node('SequenceConstruct', ['x'], ['y'])], float32),
    '"y" is said to be float32[2, 3], and its node gives a sequence of float32',
  ],
  [
    'a sequence is given for a tensor',
    model([list('x'), node('Relu', ['s'], ['y'])], float32),
    'Relu that makes "y": its input X ("s") is a sequence of float32, which Relu does not take',
  ],
  [
    'a tensor is given for a sequence',
    model([node('SequenceLength', ['x'], ['y'])], unshaped('int64')),
    'SequenceLength that makes "y": its input input_sequence ("x") is float32, which SequenceLength does not take',
  ],
  ['what is taken out is computed with', model([list('n'), at], int64), undefined],
  [
    'what is taken out is of the type that was put in',
    model([list('n'), at], float32),
    '"y" is said to be float32[2, 3], and its node gives int64',
  ],
  [
    'what is joined is of that type, too',
    model(
      [
        list('n', 'n'),
        node('ConcatFromSequence', ['s'], ['j'], [{ name: 'axis', kind: 'int', value: 0 }]),
        node('Not', ['j'], ['y']),
      ],
      unshaped('bool'),
    ),
    'Not that makes "y": its input X ("j") is int64, which Not does not take',
  ],
  ['parts of a tensor', model([node('SplitToSequence', ['n'], ['s']), at], unshaped('int64')), undefined],
  [
    'parts of a tensor of another type than is said',
    model([node('SplitToSequence', ['n'], ['s']), at], unshaped('bool')),
    '"y" is said to be a tensor of bool, and its node gives int64',
  ],
  [
    'something is put into a sequence of its type',
    model([list('x'), node('SequenceInsert', ['s', 'x'], ['y'])], listOf(float32)),
    undefined,
  ],
  [
    'something is put into a sequence of another type',
    model([list('x'), node('SequenceInsert', ['s', 'n'], ['y'])], listOf(float32)),
    'SequenceInsert that makes "y": it puts int64 into a sequence of float32',
  ],
  [
    'an empty sequence is of float32',
    model([empty(), node('SequenceInsert', ['s', 'x'], ['y'])], listOf(float32)),
    undefined,
  ],
  [
    'an empty sequence is of what it says',
    model([empty(7), node('SequenceInsert', ['s', 'x'], ['y'])], listOf(int64)),
    'SequenceInsert that makes "y": it puts float32 into a sequence of int64',
  ],
  [
    'what an optional holds',
    model([node('OptionalGetElement', ['o'], ['y'])], float32, maybe(float32)),
    undefined,
  ],
  [
    'what an optional holds is of another type than is said',
    model([node('OptionalGetElement', ['o'], ['y'])], int64, maybe(float32)),
    '"y" is said to be int64[2, 3], and its node gives float32',
  ],
  [
    'an optional is given for a tensor',
    model([node('Relu', ['o'], ['y'])], float32, maybe(float32)),
    'Relu that makes "y": its input X ("o") is an optional of float32, which Relu does not take',
  ],
  [
    'an optional is asked',
    model([node('OptionalHasElement', ['o'], ['y'])], { ...bool, shape: [] } as OnnxType, maybe(float32)),
    undefined,
  ],
])('%s', async (_, given, fault) => {
  const faults = faultsIn(given);
  expect(faults).toEqual(fault === undefined ? [] : [fault]);
  await expectRefused(given, faults);
});
