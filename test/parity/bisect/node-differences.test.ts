/** In what two nodes differ: what is said, and what says nothing. */
import { describe, expect, it } from 'vitest';
import type { OnnxAttribute, OnnxModel } from '../../../proto/onnx.ts';
import { nodeDifferences } from '../../../src/parity/bisect/node-differences.ts';
import { network } from '../models.ts';

const { model } = network(16);

type Side = readonly OnnxAttribute[];

function differences(opType: string, [ours, theirs]: readonly [Side, Side]): readonly string[] {
  const node = { name: 'n', opType, domain: '', inputs: ['x'], outputs: ['y'] };
  return nodeDifferences([model, { ...node, attributes: ours }], [model, { ...node, attributes: theirs }]);
}

const ints = (name: string, ...value: readonly number[]): OnnxAttribute => ({
  name,
  kind: 'ints',
  value: value.map(BigInt),
});
const float = (name: string, value: number): OnnxAttribute => ({
  name,
  kind: 'float',
  value: Math.fround(value),
});

describe('attributes', () => {
  it.each(['MaxPool', 'AveragePool', 'Conv'])('of a %s: another window is said', (op) => {
    expect(differences(op, [[ints('kernel_shape', 3, 3)], [ints('kernel_shape', 1, 1)]])).toEqual([
      'kernel_shape is [3,3] in the first file and [1,1] in the other',
    ]);
  });

  it('say nothing where the window is left to the weights', () => {
    expect(differences('Conv', [[ints('kernel_shape', 3, 3)], []])).toEqual([]);
    expect(differences('Conv', [[], [ints('kernel_shape', 3, 3)]])).toEqual([]);
  });

  it('are compared to their ends, and shown from where they part', () => {
    const numbers = Array.from({ length: 60 }, (_, i) => i);
    const long = [ints('values', ...numbers), ints('values', ...numbers.with(55, 7))] as const;
    expect(differences('Constant', [[long[0]], [long[0]]])).toEqual([]);
    const [said = ''] = differences('Constant', [[long[0]], [long[1]]]);
    expect(said).toMatch(/^values is ….*,55,56.* in the first file and ….*,7,56.* in the other$/);
    expect(said.length).toBeLessThan(200);
  });

  it.each([
    ['Gemm', 'alpha', 1],
    ['Gemm', 'beta', 1],
    ['LeakyRelu', 'alpha', 0.01],
    ['BatchNormalization', 'epsilon', 1e-5],
    ['BatchNormalization', 'momentum', 0.9],
  ])('of %s: %s says nothing where it is what an op means without it', (op, name, usual) => {
    expect(differences(op, [[float(name, usual)], []])).toEqual([]);
    expect(differences(op, [[], [float(name, usual)]])).toEqual([]);
    expect(differences(op, [[float(name, 3 * usual)], []])).toHaveLength(1);
    expect(differences(op, [[float(name, 3 * usual)], [float(name, usual)]])).toHaveLength(1);
  });

  it('that are not finite are told apart', () => {
    expect(differences('Pad', [[float('value', Infinity)], [float('value', NaN)]])).toHaveLength(1);
    expect(differences('Pad', [[float('value', NaN)], [float('value', NaN)]])).toEqual([]);
  });
});

describe('constants', () => {
  const holding = (...data: readonly number[]): OnnxModel => {
    const x = { name: 'x', dtype: 'float32', dims: [data.length], data: Float32Array.from(data) } as const;
    return { ...model, graph: { ...model.graph, initializers: [x] } };
  };
  const node = { name: 'n', opType: 'Neg', domain: '', inputs: ['x'], outputs: ['y'], attributes: [] };
  const between = (a: OnnxModel, b: OnnxModel) => nodeDifferences([a, node], [b, node]);

  it('are the same where both are NaN or infinite', () => {
    expect(between(holding(1, NaN, Infinity), holding(1, NaN, Infinity))).toEqual([]);
    expect(between(holding(1, NaN), holding(1.5, NaN))).toEqual([
      'the constant "x" differs by up to 5.0e-1 in 1 of 2 elements',
    ]);
  });

  it.each([
    [NaN, 1],
    [Infinity, -Infinity],
    [1, Infinity],
  ])('differ where they are %d and %d', (a, b) => {
    expect(between(holding(2, a), holding(2, b))).toEqual([
      'the constant "x" differs in 1 of 2 elements, infinitely or by NaN',
    ]);
  });
});
