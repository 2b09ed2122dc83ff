/** Shapes are judged in bodies of control flow and behind what cannot be read; onnxruntime refuses what is a fault. */
import { describe, expect, it } from 'vitest';
import {
  encodeModel,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxValueInfo,
} from '../../../proto/onnx.ts';
import { checkModel } from '../../../src/onnx/check-model.ts';
import { expectRefused } from './loading.ts';
import { floatInfo, floats, modelOf, node } from './models.ts';

const faultsOf = async (model: OnnxModel) => (await checkModel(encodeModel(model))).faults;

const info = (name: string, dtype: 'int64' | 'bool', shape: readonly number[]): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype, shape },
});
const anyFloat = (name: string): OnnxValueInfo => ({ name, type: { kind: 'tensor', dtype: 'float32' } });
const anyInt = (name: string): OnnxValueInfo => ({ name, type: { kind: 'tensor', dtype: 'int64' } });
const graph = (given: Partial<OnnxGraph>): OnnxGraph => modelOf({ name: 'body', ...given }).graph;
const held = (name: string, value: OnnxGraph): OnnxAttribute => ({ name, kind: 'graph', value });
const list = (name: string, value: readonly number[]): OnnxAttribute => ({ name, kind: 'ints', value });

/** With the inputs `x`, float32[2, 3], a condition, a number of rounds and a shape; and `narrow` of 2 and `wide` of 3. */
const around = (
  nodes: readonly OnnxNode[],
  y: OnnxValueInfo = anyFloat('y'),
  rest: Partial<OnnxGraph> = {},
) =>
  modelOf({
    inputs: [
      floatInfo('x', [2, 3]),
      info('c', 'bool', []),
      info('m', 'int64', []),
      info('shape of two', 'int64', [2]),
    ],
    initializers: [
      floats('narrow', [2], [1, 2]),
      floats('wide', [3], [1, 2, 3]),
      { name: 'far', dims: [], dtype: 'int64', data: BigInt64Array.of(7n) },
      { name: 'twice', dims: [], dtype: 'int64', data: BigInt64Array.of(2n) },
    ],
    nodes,
    outputs: [y],
    ...rest,
  });

const branch = (made: OnnxNode, said: OnnxValueInfo = anyFloat(made.outputs[0] ?? '')): OnnxGraph =>
  graph({ nodes: [made], outputs: [said] });
const choice = (then: OnnxGraph): OnnxModel =>
  around([
    node(
      'If',
      ['c'],
      ['y'],
      [
        held('then_branch', then),
        held('else_branch', branch(node('Relu', ['x'], ['r']), floatInfo('r', [2, 3]))),
      ],
    ),
  ]);

const loop = (rounds: string, made: OnnxNode, said: readonly (number | undefined)[] = [2, 3]): OnnxModel =>
  around([
    node(
      'Loop',
      [rounds, '', 'x'],
      ['y'],
      [
        held(
          'body',
          graph({
            inputs: [info('i', 'int64', []), info('going', 'bool', []), floatInfo('a', said)],
            nodes: [node('Identity', ['going'], ['on']), made],
            outputs: [info('on', 'bool', []), floatInfo('ao', said)],
          }),
        ),
      ],
    ),
  ]);
const add = (what: string) => node('Add', ['a', what], ['ao']);
const unmet = (name: string) => `Add that makes "${name}": shapes [2, 3] and [2] do not broadcast: 3 meets 2`;

describe('in a body', () => {
  it.each<[string, OnnxModel, string | undefined]>([
    ['shapes that meet', choice(branch(node('Add', ['x', 'wide'], ['s']))), undefined],
    ['shapes that do not', choice(branch(node('Add', ['x', 'narrow'], ['s']))), unmet('s')],
    [
      'a number that is only wrong where it is come to',
      choice(branch(node('Gather', ['x', 'far'], ['s']))),
      undefined,
    ],
    ['rounds of which there are two', loop('twice', add('wide')), undefined],
    ['rounds of which there are two, told once', loop('twice', add('narrow')), unmet('ao')],
    ['rounds that are given another shape than they say', loop('twice', add('wide'), [3]), undefined],
    ['rounds of which a run tells', loop('m', add('wide')), undefined],
    ['rounds of which a run tells, and none works', loop('m', add('narrow')), unmet('ao')],
    [
      'what grows from round to round',
      loop('m', node('Concat', ['a', 'x'], ['ao'], [{ name: 'axis', kind: 'int', value: 0 }]), [
        undefined,
        3,
      ]),
      undefined,
    ],
  ])('%s', async (_, model, fault) => {
    const faults = await faultsOf(model);
    expect(faults).toEqual(fault === undefined ? [] : [fault]);
    await expectRefused(model, faults);
  });

  it('what it says of what it gives, which onnxruntime only warns of', async () => {
    const relu = node('Relu', ['x'], ['s']);
    expect(await faultsOf(choice(branch(relu, floatInfo('s', [2, 3]))))).toEqual([]);
    expect(await faultsOf(choice(branch(relu, floatInfo('s', ['n', 3]))))).toEqual([]);
    expect(await faultsOf(choice(branch(relu, floatInfo('s', [2, 9]))))).toEqual([
      '"s" is said to be float32[2, 9], and its node gives float32[2, 3]',
    ]);
  });
});

describe('behind what cannot be read', () => {
  const nonZero = node('NonZero', ['x'], ['u']);
  const turned = (perm: readonly number[]) => node('Transpose', ['u'], ['y'], [list('perm', perm)]);
  const reshaped = node('Reshape', ['x', 'shape of two'], ['u']);

  it.each<[string, OnnxModel, string | undefined]>([
    ['a rank that is known', around([nonZero, turned([1, 0])], anyInt('y')), undefined],
    [
      'a rank that is not met',
      around([nonZero, turned([1, 0, 2])], anyInt('y')),
      'Transpose that makes "y": its perm [1, 0, 2] is no order of 2 axes',
    ],
    [
      'a rank that follows through more nodes',
      around([
        reshaped,
        node('Relu', ['u'], ['v']),
        node('Transpose', ['v'], ['y'], [list('perm', [0, 1, 2])]),
      ]),
      'Transpose that makes "y": its perm [0, 1, 2] is no order of 2 axes',
    ],
    ['extents that may be any', around([reshaped, node('Add', ['u', 'narrow'], ['y'])]), undefined],
    [
      'extents that the file says',
      around([reshaped, node('Add', ['u', 'narrow'], ['y'])], anyFloat('y'), {
        valueInfo: [floatInfo('u', [2, 3])],
      }),
      'Add that makes "y": shapes [2, 3] and [2] do not broadcast: 3 meets 2',
    ],
    [
      'extents that the file says, and that meet',
      around([reshaped, node('Add', ['u', 'wide'], ['y'])], anyFloat('y'), {
        valueInfo: [floatInfo('u', [2, 3])],
      }),
      undefined,
    ],
  ])('%s', async (_, model, fault) => {
    const faults = await faultsOf(model);
    expect(faults).toEqual(fault === undefined ? [] : [fault]);
    await expectRefused(model, faults);
  });

  it('a rank of millions, which the file may say', async () => {
    const y = node('Reshape', ['x', 'long'], ['y']);
    const model = around([y]);
    const long = info('long', 'int64', [2 ** 31]);
    expect(
      await faultsOf({ ...model, graph: { ...model.graph, inputs: [...model.graph.inputs, long] } }),
    ).toEqual([]);
  });

  it('a rank that the file says otherwise, which onnxruntime only warns of', async () => {
    const y = node('Reshape', ['x', 'shape of two'], ['y']);
    expect(await faultsOf(around([y], floatInfo('y', [3, 2])))).toEqual([]);
    expect(await faultsOf(around([y], floatInfo('y', [3, 2, 1])))).toEqual([
      '"y" is said to be float32[3, 2, 1], and its node gives float32[?, ?]',
    ]);
  });

  it('what a node of another domain gives, as the file says it', async () => {
    const behind = (what: string) =>
      faultsOf({
        ...around(
          [node('Mystery', ['x'], ['u'], [], { domain: 'mine' }), node('Add', ['u', what], ['y'])],
          anyFloat('y'),
          { valueInfo: [floatInfo('u', [2, 3])] },
        ),
        opsets: [
          { domain: '', version: 17 },
          { domain: 'mine', version: 1 },
        ],
      });
    expect(await behind('wide')).toEqual([]);
    expect(await behind('narrow')).toEqual([unmet('y')]);
  });
});

it('a place in a list is one of those that there are', async () => {
  const items = node('SequenceConstruct', ['x', 'x', 'x'], ['s']);
  const at = (place: string) => node('SequenceAt', ['s', place], ['y']);
  expect(await faultsOf(around([items, at('twice')]))).toEqual([]);
  expect(await faultsOf(around([items, at('far')]))).toEqual([
    'SequenceAt that makes "y" has the position 7 in a sequence of 3',
  ]);
  // That may never be come to.
  expect(await faultsOf(choice(graph({ nodes: [items, at('far')], outputs: [anyFloat('y')] })))).toEqual([]);
});
