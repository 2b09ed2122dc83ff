/** Bodies give as much as their nodes have, and a Scan goes along axes that there are; onnxruntime refuses what is a fault. */
import { describe, expect, it } from 'vitest';
import {
  encodeModel,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
} from '../../../../../proto/onnx.ts';
import { checkModel } from '../../../../../src/onnx/check-model.ts';
import { expectRefused } from '../../loading.ts';
import { floatInfo, modelOf, node } from '../../models.ts';
import { int, list } from './node-case.ts';

const held = (name: string, value: OnnxGraph): OnnxAttribute => ({ name, kind: 'graph', value });
const anyFloat = (name: string) => ({ name, type: { kind: 'tensor', dtype: 'float32' } }) as const;
const scalar = (name: string, dtype: 'bool' | 'int64') =>
  ({ name, type: { kind: 'tensor', dtype, shape: [] } }) as const;
const names = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i}`);

const model = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly OnnxAttribute[],
): OnnxModel =>
  modelOf({
    inputs: [floatInfo('x', [2, 3]), floatInfo('z', [3]), scalar('c', 'bool'), scalar('m', 'int64')],
    nodes: [node(op, inputs, outputs, attributes, { name: 'n' })],
    outputs: outputs.map(anyFloat),
  });

const copies = (from: readonly string[], to: readonly string[]) =>
  to.map((name, i) => node('Identity', [from[i] ?? 'x'], [name]));
const branch = (letter: string, count: number) => {
  const made = names(letter, count);
  return modelOf({
    name: 'branch',
    nodes: copies([], made),
    outputs: made.map((name) => floatInfo(name, [2, 3])),
  }).graph;
};
const choice = (then: number, otherwise: number, count: number) =>
  model('If', ['c'], names('y', count), [
    held('then_branch', branch('p', then)),
    held('else_branch', branch('q', otherwise)),
  ]);

const loop = (carried: number, count: number) => {
  const [given, made] = [names('a', carried), names('b', carried)];
  const body = modelOf({
    name: 'body',
    inputs: [scalar('i', 'int64'), scalar('go', 'bool'), ...given.map((name) => floatInfo(name, [2, 3]))],
    nodes: [node('Identity', ['go'], ['on']), ...copies(given, made)],
    outputs: [scalar('on', 'bool'), ...made.map((name) => floatInfo(name, [2, 3]))],
  }).graph;
  return model('Loop', ['m', '', ...given.map(() => 'x')], names('y', count), [held('body', body)]);
};

/** A state of [3], and rows of `x`. */
const scan = (attributes: readonly OnnxAttribute[], count = 1, outputs = ['s', 'y']) => {
  const body = modelOf({
    name: 'body',
    inputs: [floatInfo('h', [3]), floatInfo('row', [3])],
    nodes: [node('Add', ['h', 'row'], ['next']), node('Relu', ['next'], ['made'])],
    outputs: [floatInfo('next', [3]), floatInfo('made', [3])],
  }).graph;
  return model('Scan', ['z', 'x'], outputs, [
    held('body', body),
    int('num_scan_inputs', count),
    ...attributes,
  ]);
};

async function expectFault(given: OnnxModel, fault: string | undefined): Promise<void> {
  const { faults } = await checkModel(encodeModel(given));
  expect(faults).toEqual(fault === undefined ? [] : [fault]);
  await expectRefused(given, faults);
}

describe('branches', () => {
  it.each<[number, number, number, string | undefined]>([
    [1, 1, 1, undefined],
    [2, 2, 2, undefined],
    [1, 2, 1, 'If "n": its else_branch has 2 outputs, and the node 1'],
    [2, 1, 2, 'If "n": its else_branch has 1 output, and the node 2'],
    [2, 2, 1, 'If "n": its then_branch has 2 outputs, and the node 1'],
  ])('of %s and %s outputs, of a node of %s', async (then, otherwise, count, fault) => {
    await expectFault(choice(then, otherwise, count), fault);
  });
});

describe('rounds', () => {
  it.each<[number, number, string | undefined]>([
    [1, 1, undefined],
    [2, 2, undefined],
    [2, 1, 'Loop "n": its body gives 2 beside whether it goes on, and the node has 1 output'],
  ])('of %s that are carried, of a node of %s', async (carried, count, fault) => {
    await expectFault(loop(carried, count), fault);
  });
});

describe('steps', () => {
  it.each<[string, OnnxModel, string | undefined]>([
    ['along rows', scan([]), undefined],
    ['along rows, by name', scan([list('scan_input_axes', [0]), list('scan_output_axes', [1])]), undefined],
    ['from the end', scan([list('scan_input_axes', [-2]), list('scan_output_axes', [-1])]), undefined],
    ['backwards', scan([list('scan_input_directions', [1]), list('scan_output_directions', [1])]), undefined],
    [
      'along an axis that there is not',
      scan([list('scan_input_axes', [2])]),
      'Scan "n": axis 2 of its scan_input_axes is outside a tensor of 2 dimensions',
    ],
    [
      'along more axes than sequences',
      scan([list('scan_input_axes', [0, 0])]),
      'Scan "n": its scan_input_axes [0, 0] must be 1 number',
    ],
    [
      'into an axis that there is not',
      scan([list('scan_output_axes', [-3])]),
      'Scan "n": axis -3 of its scan_output_axes is outside a tensor of 2 dimensions',
    ],
    [
      'in two directions',
      scan([list('scan_input_directions', [0, 1])]),
      'Scan "n": its scan_input_directions [0, 1] must be 1 number',
    ],
    [
      'in a direction that there is not',
      scan([list('scan_output_directions', [2])]),
      'Scan "n": its scan_output_directions has 2, and may have 0 and 1',
    ],
    ['along more than it is given', scan([], 3), 'Scan "n": its num_scan_inputs is 3, and it has 2 inputs'],
    ['of which one result is left', scan([], 1, ['y']), 'Scan "n": its body has 2 outputs, and the node 1'],
  ])('%s', async (_, given, fault) => {
    await expectFault(given, fault);
  });
});
