/** Whole numbers that come of others: which of them float32 decides, and which hang on its last digits. */
import { describe, expect, it } from 'vitest';

import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { importOnnx } from '../../exporters/onnx/import.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Value } from '../../src/graph/types.ts';
import { allowanceOf, gateOf, ownGate } from '../../src/parity/gates.ts';
import { openTruth } from '../../src/parity/truth.ts';
import { modelOf, node } from '../exporters/onnx/models.ts';

/** Of an input [1, n]. */
async function measured(build: (b: GraphBuilder, x: Value) => Value, values: readonly number[]) {
  const b = new GraphBuilder();
  const x = b.input('x', ['batch', values.length]);
  const graph = b.finish('g', { y: build(b, x) });
  const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })));
  const fed = { dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values) } as const;
  const { outputs, spreads } = await measure(new Map([['x', fed]]));
  const undecided = spreads.get('y')?.undecided;
  return { y: [...(outputs.get('y')?.data ?? [])], undecided: undecided && [...undecided] };
}

/** A sixth of each, which float32 does not have exactly: what is made of it is off by some of its last digits. */
const sixth = (b: GraphBuilder, x: Value) => b.op('Div', [x, b.constant(6)]);
const next = (value: number) => Math.fround(value * (1 + 2 ** -23));

describe('what is decided', () => {
  const largest = (b: GraphBuilder, x: Value) => b.op('ArgMax', [sixth(b, x)], { axis: 1, keepdims: 0 });

  it('is the largest, where no other is as near to it as float32 can tell', async () => {
    expect(await measured(largest, [1, 5, 4, 5 - 1e-3])).toEqual({ y: [1], undecided: undefined });
  });

  it('hangs on the last digits where another is, however far it stands', async () => {
    expect(await measured(largest, [1, next(5), 4, 5])).toEqual({ y: [1], undecided: [2] });
    expect(await measured(largest, [5, 1, next(5), 4, 2, 5])).toEqual({ y: [2], undecided: [3] });
  });

  it('is sure where what ties is exact', async () => {
    const exact = (b: GraphBuilder, x: Value) => b.op('ArgMax', [x], { axis: 1, keepdims: 0 });
    expect(await measured(exact, [0, 0, -1])).toEqual({ y: [0], undecided: undefined });
  });

  it('is a step, but for those that lie in the middle of two', async () => {
    const steps = (b: GraphBuilder, x: Value) =>
      b.op('Cast', [b.op('Round', [sixth(b, x)])], { to: 'int64' });
    // 15/6 is 2.5, which float32 has; 1e-7 of it more or less is another.
    const { y, undecided } = await measured(steps, [7, next(15), 40, 100, 22]);
    expect(y).toEqual([1, 3, 7, 17, 4]);
    expect(undecided).toEqual([0, 1, 0, 0, 0]);
  });

  it('is which of two is larger, but for those that are as good as one', async () => {
    const held = (b: GraphBuilder, x: Value) =>
      b.op('Greater', [sixth(b, x), b.op('Mul', [x, b.constant(1 / 6)])]);
    const { undecided } = await measured(held, [1, 2, 5, 7]);
    expect(undecided).toEqual([1, 1, 1, 1]);
    const apart = (b: GraphBuilder, x: Value) =>
      b.op('Greater', [sixth(b, x), b.op('Mul', [x, b.constant(1 / 7)])]);
    expect((await measured(apart, [1, 2, 5, 7])).undecided).toBeUndefined();
  });
});

it('what is moved to see what it decides costs what it cost', async () => {
  const of = async (alone: boolean) => {
    const b = new GraphBuilder();
    const logits = sixth(b, b.input('x', ['batch', 4]));
    const label = b.op('ArgMax', [logits], { axis: 1, keepdims: 0 });
    const graph = b.finish('g', alone ? { logits } : { logits, label });
    const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })));
    const fed = { dtype: 'float32', shape: [1, 4], data: Float32Array.of(1, 5, next(5), 2) } as const;
    return (await measure(new Map([['x', fed]]))).spreads;
  };
  const [alone, both] = [await of(true), await of(false)];
  expect(both.get('label')?.undecided).toEqual(Float64Array.of(1));
  expect(both.get('logits')).toEqual(alone.get('logits'));
});

describe('a file of doubles', () => {
  const pair = { runs: 'the file', name: 'onnxruntime-cpu', runtime: 'onnxruntime-cpu' } as const;

  it.each([1e60, 1e-60, 1])('is held to double precision, where its numbers are near %s', async (factor) => {
    const info = (name: string) =>
      ({ name, type: { kind: 'tensor', dtype: 'float64', shape: [1, 2] } }) as const;
    const model = modelOf({
      inputs: [info('x')],
      initializers: [{ name: 'w', dims: [], dtype: 'float64', data: Float64Array.of(factor / 3) }],
      nodes: [node('Mul', ['x', 'w'], ['y'])],
      outputs: [info('y')],
    });
    const measure = await openTruth(importOnnx(model), 'float32', [], undefined, new Set(), true);
    const fed = { dtype: 'float64', shape: [1, 2], data: Float64Array.of(1.1, -2.3) } as const;
    const { outputs, spreads } = await measure(new Map([['x', fed]]));
    const [truth, spread] = [outputs.get('y'), spreads.get('y')];
    if (truth === undefined || spread === undefined) throw new Error('nothing was measured');
    const gate = ownGate(gateOf({}, 'float32', [{ output: 'y', truth, spread }]), model, pair as never);
    const { absolute, loose } = allowanceOf(gate, 'y', truth, spread);
    expect(loose).toBeUndefined();
    const size = 2.3 * (factor / 3);
    expect(absolute / size).toBeGreaterThan(16 * 2 ** -53);
    expect(absolute / size).toBeLessThan(1e-12);
  });
});
