/** Types are followed into bodies of control flow and out of them; onnxruntime refuses what is a fault. */
import { describe, expect, it } from 'vitest';
import { faultsIn } from '../../../../exporters/onnx/check/check.ts';
import type {
  OnnxAttribute,
  OnnxDataType,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxValueInfo,
} from '../../../../proto/onnx.ts';
import { expectRefused } from '../loading.ts';
import { floatInfo, floats, modelOf, node } from '../models.ts';

const info = (name: string, dtype: OnnxDataType, shape?: readonly number[]): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype, ...(shape && { shape }) },
});
const body = (graph: Partial<OnnxGraph>): OnnxGraph => modelOf({ name: 'body', ...graph }).graph;
const held = (name: string, value: OnnxGraph): OnnxAttribute => ({ name, kind: 'graph', value });
const int = (name: string, value: number): OnnxAttribute => ({ name, kind: 'int', value });
const cast = (from: string, to: string, code: number): OnnxNode =>
  node('Cast', [from], [to], [int('to', code)]);
const float16 = 10;
const int64 = 7;

const around = (nodes: readonly OnnxNode[], outputs: readonly OnnxValueInfo[]): OnnxModel =>
  modelOf({
    inputs: [floatInfo('x', [2, 3]), info('c', 'bool', []), info('m', 'int64', [])],
    nodes,
    outputs,
  });

const branch = (made: OnnxNode, dtype: OnnxDataType, rest: Partial<OnnxGraph> = {}): OnnxGraph =>
  body({ nodes: [made], outputs: [info(made.outputs[0] ?? '', dtype)], ...rest });

const choice = (then: OnnxGraph, otherwise: OnnxGraph): OnnxModel =>
  around(
    [node('If', ['c'], ['y'], [held('then_branch', then), held('else_branch', otherwise)])],
    [info('y', 'float32')],
  );

const relu = branch(node('Relu', ['x'], ['r']), 'float32');

describe('branches', () => {
  it.each<[string, OnnxModel, string | undefined]>([
    ['of one type', choice(relu, branch(node('Neg', ['x'], ['n']), 'float32')), undefined],
    [
      'of two',
      choice(relu, branch(cast('x', 'n', int64), 'int64')),
      'If that makes "y": its branches give "y" as float32 and int64, and must give one type',
    ],
    [
      'that take something',
      choice(branch(node('Relu', ['x'], ['r']), 'float32', { inputs: [floatInfo('z', [1])] }), relu),
      'If that makes "y": its then_branch has 1 input, and is given none',
    ],
    [
      'that bring what they take',
      choice(
        branch(node('Relu', ['x'], ['r']), 'float32', {
          inputs: [floatInfo('z', [1])],
          initializers: [floats('z', [1], [1])],
        }),
        relu,
      ),
      undefined,
    ],
    [
      'that say another type than they make',
      choice(branch(node('Relu', ['x'], ['r']), 'float16'), relu),
      '"r" is said to be a tensor of float16, and its node gives float32',
    ],
  ])('%s', async (_, model, fault) => {
    const faults = faultsIn(model);
    expect(faults).toEqual(fault === undefined ? [] : [fault]);
    await expectRefused(model, faults);
  });

  it('give the node its type', () => {
    const model = around(
      [
        node('If', ['c'], ['f'], [held('then_branch', relu), held('else_branch', relu)]),
        node('Not', ['f'], ['y']),
      ],
      [info('y', 'bool')],
    );
    expect(faultsIn(model)).toEqual([
      'Not that makes "y": its input X ("f") is float32, which Not does not take',
    ]);
  });
});

/** A Loop that carries `x`, as `a` in its body, where `made` makes `ao` of it, and `row` is kept of each round. */
function loop(
  made: OnnxNode,
  { said, y = 'float32', row }: { said?: OnnxDataType; y?: OnnxDataType; row?: OnnxNode } = {},
): OnnxModel {
  const rounds = body({
    inputs: [info('i', 'int64', []), info('going', 'bool', []), { name: 'a', type: { kind: 'unknown' } }],
    nodes: [node('Identity', ['going'], ['on']), made, ...(row === undefined ? [] : [row])],
    outputs: [
      info('on', 'bool', []),
      { name: 'ao', type: { kind: 'unknown' } },
      ...(row === undefined ? [] : [{ name: 'row', type: { kind: 'unknown' } } as const]),
    ],
  });
  const own = rounds.inputs.map((one) => (one.name === 'a' && said !== undefined ? info('a', said) : one));
  const outputs = row === undefined ? ['y'] : ['last', 'y'];
  return around(
    [node('Loop', ['m', '', 'x'], outputs, [held('body', { ...rounds, inputs: own })])],
    [info('y', y)],
  );
}

describe('a Loop', () => {
  const add = node('Add', ['a', 'x'], ['ao']);

  it.each<[string, OnnxModel, string | undefined]>([
    ['carries one type', loop(add), undefined],
    ['carries it as its body says', loop(add, { said: 'float32' }), undefined],
    [
      'gives its body what the body does not take',
      loop(node('Identity', ['a'], ['ao']), { said: 'float16' }),
      'Loop that makes "y": input "a" of its body is said to be a tensor of float16, and is given float32',
    ],
    [
      'hands on another type',
      loop(cast('a', 'ao', float16)),
      'Loop that makes "y": it is given "x" as float32, and its body hands it on as float16',
    ],
    [
      'gives what it carries',
      loop(add, { y: 'int64' }),
      '"y" is said to be a tensor of int64, and its node gives float32',
    ],
    ['gives rows of the type of one', loop(add, { row: cast('a', 'row', float16), y: 'float16' }), undefined],
    [
      'gives rows of no other type',
      loop(add, { row: cast('a', 'row', float16) }),
      '"y" is said to be a tensor of float32, and its node gives float16',
    ],
    [
      'computes with the number of the round as int64',
      loop(node('Add', ['a', 'i'], ['ao'])),
      'Add that makes "ao": its inputs A ("a") and B ("i") must be of one type, and are float32 and int64',
    ],
  ])('%s', async (_, model, fault) => {
    const faults = faultsIn(model);
    expect(faults).toEqual(fault === undefined ? [] : [fault]);
    await expectRefused(model, faults);
  });

  it('goes on by a bool, which onnxruntime asks for only in a run', () => {
    const goesOn = (name: string) =>
      faultsIn(
        around(
          [
            node(
              'Loop',
              ['m', '', 'x'],
              ['y'],
              [
                held(
                  'body',
                  body({
                    inputs: [info('i', 'int64', []), info('going', 'bool', []), floatInfo('a', [2, 3])],
                    nodes: [node('Identity', ['going'], ['on']), node('Neg', ['a'], ['ao'])],
                    outputs: [{ name, type: { kind: 'unknown' } }, floatInfo('ao', [2, 3])],
                  }),
                ),
              ],
            ),
          ],
          [floatInfo('y', [2, 3])],
        ),
      );
    expect(goesOn('on')).toEqual([]);
    expect(goesOn('a')).toEqual([
      'Loop that makes "y": its body says by "a" whether it goes on, which is float32, not bool',
    ]);
  });
});

describe('a Scan', () => {
  const scan = (made: OnnxNode, inputs: readonly OnnxValueInfo[], y: OnnxDataType): OnnxModel =>
    modelOf({
      inputs: [floatInfo('s', [3]), floatInfo('x', [2, 3])],
      nodes: [
        node(
          'Scan',
          ['s', 'x'],
          ['last', 'y'],
          [
            int('num_scan_inputs', 1),
            held(
              'body',
              body({
                inputs,
                nodes: [made, cast('so', 'row', float16)],
                outputs: [
                  { name: 'so', type: { kind: 'unknown' } },
                  { name: 'row', type: { kind: 'unknown' } },
                ],
              }),
            ),
          ],
        ),
      ],
      outputs: [info('y', y)],
    });
  const both = [floatInfo('a', [3]), floatInfo('e', [3])];

  it.each<[string, OnnxModel, string | undefined]>([
    ['of one type', scan(node('Add', ['a', 'e'], ['so']), both, 'float16'), undefined],
    [
      'that hands on another, as one of a single step may',
      scan(cast('a', 'so', int64), both, 'float16'),
      undefined,
    ],
    [
      'with rows of another type than is said',
      scan(node('Add', ['a', 'e'], ['so']), both, 'float32'),
      '"y" is said to be a tensor of float32, and its node gives float16',
    ],
    [
      'whose body takes less than it is given',
      scan(node('Neg', ['a'], ['so']), both.slice(0, 1), 'float16'),
      'Scan that makes "last": its body has 1 input, and is given 2',
    ],
  ])('%s', async (_, model, fault) => {
    const faults = faultsIn(model);
    expect(faults).toEqual(fault === undefined ? [] : [fault]);
    await expectRefused(model, faults);
  });
});
