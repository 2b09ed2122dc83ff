/** Whole numbers that come of others: which of them float32 decides, and which hang on its last digits. */
import { describe, expect, it } from 'vitest';

import { toOnnxModel } from '../../../exporters/onnx/export.ts';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { scan } from '../../../src/graph/scan.ts';
import type { Graph, Value } from '../../../src/graph/types.ts';
import { allowanceOf, gateOf, ownGate } from '../../../src/parity/gates.ts';
import { decisionsOf } from '../../../src/parity/truth/decisions.ts';
import { writtenOut } from '../../../src/parity/truth/rounds.ts';
import { openTruth } from '../../../src/parity/truth/truth.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { modelOf, node } from '../../exporters/onnx/models.ts';

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

  it('hangs on what a runtime takes for 0', async () => {
    const exact = (b: GraphBuilder, x: Value) => b.op('ArgMax', [x], { axis: 1, keepdims: 0 });
    expect(await measured(exact, [-1, 1e-40, 3e-40, 2e-40])).toEqual({ y: [2], undecided: [1] });
  });

  it('is open where float32 has no number that it could be of', async () => {
    // Squares of these are too small for float32, which divides 0 by 0.
    const share = (b: GraphBuilder, x: Value) => {
      const squares = b.op('Mul', [x, x]);
      const sum = b.op('ReduceSum', [squares], { axes: [1], keepdims: 1 });
      return b.op('ArgMax', [b.op('Div', [squares, sum])], { axis: 1, keepdims: 0 });
    };
    expect(await measured(share, [1e-30, 3e-30, 2e-30])).toEqual({ y: [1], undecided: [1] });
    expect(await measured(share, [1, 3, 2])).toEqual({ y: [1], undecided: undefined });
  });

  it('is a rank, and the next where two rank alike', async () => {
    const info = (name: string, dtype: 'float32' | 'int64', extent: number) =>
      ({ name, type: { kind: 'tensor', dtype, shape: [1, extent] } }) as const;
    const model = modelOf({
      inputs: [info('x', 'float32', 4)],
      initializers: [{ name: 'k', dims: [1], dtype: 'int64', data: BigInt64Array.of(3n) }],
      nodes: [node('TopK', ['x', 'k'], ['values', 'at'])],
      outputs: [info('at', 'int64', 3)],
    });
    const measure = await openTruth(importOnnx(model));
    // All but the third are 0 where numbers too small for a normal float are: then they rank as they stand.
    const data = Float32Array.of(1e-40, 3e-40, 1, 2e-40);
    const { outputs, spreads } = await measure(new Map([['x', { dtype: 'float32', shape: [1, 4], data }]]));
    expect([...(outputs.get('at')?.data ?? [])].map(Number)).toEqual([2, 1, 3]);
    const [first = 0, second = 0, third = 0] = spreads.get('at')?.undecided ?? [];
    expect(first).toBe(0);
    expect(second).toBeGreaterThanOrEqual(1);
    expect(third).toBeGreaterThanOrEqual(2);
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

describe('what is made of it', () => {
  /** What each of the outputs may be off, and how much further those that hang on a decision. */
  async function allowed(build: (b: GraphBuilder, x: Value) => Value, values: readonly number[]) {
    const b = new GraphBuilder();
    const graph = b.finish('g', { y: build(b, b.input('x', ['batch', values.length])) });
    const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })));
    const fed = { dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values) } as const;
    const { outputs, spreads } = await measure(new Map([['x', fed]]));
    const [truth, spread] = [outputs.get('y'), spreads.get('y')];
    if (truth === undefined || spread === undefined) throw new Error('nothing was measured');
    const allowance = allowanceOf(
      gateOf({}, 'float32', [{ output: 'y', truth, spread }]),
      'y',
      truth,
      spread,
    );
    return { y: [...truth.data], allowance, undecided: [...(allowance.undecided ?? [])] };
  }
  /** So many that one of them is few. */
  const hundred = (...some: readonly number[]) => [
    ...some,
    ...Array.from({ length: 100 }, (_, i) => 7 + 6 * i),
  ];

  it('is off by a step where a number is in the middle of two, and elsewhere by what float32 costs', async () => {
    const price = (b: GraphBuilder, x: Value) => b.op('Div', [b.op('Round', [sixth(b, x)]), b.constant(100)]);
    const { y, allowance, undecided } = await allowed(price, hundred(next(15), 16));
    expect(y.slice(0, 3)).toEqual([0.03, 0.03, 0.01]);
    expect(undecided[0]).toBeCloseTo(0.01, 12);
    expect(undecided.slice(1).every((off) => off === 0)).toBe(true);
    expect(allowance.absolute).toBeLessThan(1e-5);
  });

  it('is so where much of it ties, each by itself', async () => {
    const steps = (b: GraphBuilder, x: Value) => b.op('Sub', [sixth(b, x), b.op('Floor', [sixth(b, x)])]);
    const { allowance, undecided } = await allowed(steps, [next(12), next(18), 7, 8, 10]);
    expect(undecided.map((off) => Math.round(off))).toEqual([1, 1, 0, 0, 0]);
    expect(allowance.absolute).toBeLessThan(1e-4);
  });

  it('is what a mask leaves, or nothing, where it hangs on the last digit', async () => {
    const masked = (b: GraphBuilder, x: Value) => {
      const a = sixth(b, x);
      return b.op('Where', [b.op('Greater', [a, b.constant(2.5)]), a, b.constant(0)]);
    };
    const { allowance, undecided } = await allowed(masked, hundred(next(15), 16));
    expect(undecided[0]).toBeCloseTo(2.5, 5);
    expect(undecided[1]).toBe(0);
    expect(allowance.absolute).toBeLessThan(1e-3);
  });

  it('is one allowance for all where much hangs on it', async () => {
    const spaced = (b: GraphBuilder, x: Value) => {
      const steps = b.op('Round', [sixth(b, x)]);
      return b.op('Mul', [steps, b.op('ReduceSum', [steps], { axes: [1], keepdims: 1 })]);
    };
    const before = (value: number) => Math.fround(value * (1 - 2 ** -24));
    const { y, allowance, undecided } = await allowed(spaced, [before(9), next(15), next(27), before(21)]);
    // 1 + 3 + 5 + 3 of the third, or one less of two, or one more of the others.
    expect(y).toEqual([12, 36, 60, 36]);
    expect(undecided).toEqual([]);
    // 4 · (1 + 2 + 4 + 3) and 5 · (2 + 3 + 5 + 4) are 20 less and 10 more; a runtime may be off by twice as much.
    expect(allowance.absolute).toBeCloseTo(60, 2);
  });

  it.each([
    [
      'the largest of a row',
      (b: GraphBuilder, a: Value) => b.op('ReduceMax', [a], { axes: [1], keepdims: 1 }),
    ],
    ['a copy of it', (b: GraphBuilder, a: Value) => b.op('Min', [a, b.constant(1e6)])],
  ])('is sure of %s: it is the same number, however it is rounded', async (_, copy) => {
    const { undecided, allowance } = await allowed((b, x) => {
      const a = sixth(b, x);
      return b.op('Cast', [b.op('Equal', [a, copy(b, a)])], { to: 'float32' });
    }, hundred());
    expect(undecided).toEqual([]);
    expect(allowance.absolute).toBeLessThan(1e-5);
  });
});

it('what is held of an input that cannot be told is not held of the next', async () => {
  const inner = new GraphBuilder();
  const number = inner.input('number', [1]);
  const whole = inner.op('Cast', [inner.op('Add', [number, inner.constant(100)])], { to: 'int64' });
  const body = inner.finish('body', { whole });
  const b = new GraphBuilder();
  const x = b.input('x', [2, 1]);
  const wholes = b.op('Scan', [x], { body, states: 0, sequences: 1 });
  const graph = b.finish('g', { wholes, y: b.op('Round', [b.op('Mul', [x, b.constant(1)])]) });
  const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })));
  const fed = (...data: number[]) =>
    new Map([['x', { dtype: 'float32', shape: [2, 1], data: Float32Array.from(data) } as const]]);
  // Float32 takes 2³¹ − 28 for 2³¹, which a graph does not keep.
  await expect(measure(fed(2 ** 31 - 128, 1))).rejects.toThrow('32 bits');
  expect([...((await measure(fed(2.7, 1))).outputs.get('y')?.data ?? [])]).toEqual([3, 1]);
});

it('the largest of several that float32 takes for one may be any of them', async () => {
  const b = new GraphBuilder();
  const a = b.op('Sigmoid', [b.input('x', ['batch', 4])]);
  const most = b.op('ReduceMax', [a], { axes: [1], keepdims: 1 });
  const graph = b.finish('g', { y: b.op('Equal', [a, most]) });
  const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })));
  const undecided = async (...data: number[]) => {
    const fed = { dtype: 'float32', shape: [1, 4], data: Float32Array.from(data) } as const;
    return [...((await measure(new Map([['x', fed]]))).spreads.get('y')?.undecided ?? [])];
  };
  expect(await undecided(1, 3, 2, -1)).toEqual([]);
  expect((await undecided(1, 30, 29, -1)).slice(0, 3)).toEqual([0, 1, 1]);
});

describe('rounds', () => {
  /** In each of which sixths are rounded, and added up; the sums of all are told. */
  function summed(length: number | 'length') {
    const b = new GraphBuilder();
    const x = b.input('x', [length, 3]);
    const start = b.constant([0, 0, 0], [3]);
    const { outputs } = scan(
      b,
      { states: { sum: start }, sequences: { x } },
      ({ b: inside, states, slices }) => {
        const sum = inside.op('Add', [states.sum, inside.op('Round', [sixth(inside, slices.x)])]);
        return { states: { sum }, outputs: { sum: inside.op('Div', [sum, inside.constant(3)]) } };
      },
    );
    return b.finish('g', { y: outputs.sum });
  }
  async function toldOf(graph: Graph, values: readonly number[]) {
    const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })));
    const shape = [values.length / 3, 3];
    const fed = { dtype: 'float32', shape, data: Float32Array.from(values) } as const;
    const { outputs, spreads } = await measure(new Map([['x', fed]]));
    const { largest = Infinity, undecided } = spreads.get('y') ?? {};
    return { y: [...(outputs.get('y')?.data ?? [])], largest, undecided: [...(undecided ?? [])] };
  }

  it('decide each by itself, and what hangs on one is what comes after it', async () => {
    for (const length of [4, 'length'] as const) {
      // 15/6 is 2.5: the second number of the second round is 2 or 3.
      const { y, largest, undecided } = await toldOf(summed(length), [
        7,
        8,
        9,
        1,
        next(15),
        1,
        2,
        2,
        2,
        5,
        4,
        3.5,
      ]);
      expect(y.map((sum) => Math.round(3 * sum))).toEqual([1, 1, 2, 1, 4, 2, 1, 4, 2, 2, 5, 3]);
      expect(largest).toBeLessThan(1e-6);
      expect(undecided.map((off) => Math.round(3 * off))).toEqual([0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0]);
    }
    // Of another length the extents are others.
    const { y, undecided } = await toldOf(summed('length'), [7, next(15), 9]);
    expect(y.map((sum) => Math.round(3 * sum))).toEqual([1, 3, 2]);
    expect(undecided.map((off) => Math.round(3 * off))).toEqual([0, 1, 0]);
  });

  it('are written out as what they are', async () => {
    const graph = summed(5);
    const written = writtenOut(graph);
    expect(written?.nodes.some(({ op }) => op === 'Scan')).toBe(false);
    const data = Float32Array.from({ length: 15 }, (_, i) => 3 * i - 20);
    const fed = new Map([['x', { dtype: 'float32', shape: [5, 3], data } as const]]);
    const run = async (of: Graph) => (await createReferenceRuntime().compile(of)).run(fed);
    expect(await run(written!)).toEqual(await run(graph));
  });

  it('are left as they are where nobody knows how many, or nothing is decided in them', () => {
    expect(writtenOut(summed('length'))).toBeUndefined();
    expect(writtenOut(summed(20_000))).toBeUndefined();
    const b = new GraphBuilder();
    const x = b.input('x', [4, 3]);
    const { outputs } = scan(b, { states: {}, sequences: { x } }, ({ b: inside, slices }) => ({
      states: {},
      outputs: { y: inside.op('Relu', [slices.x]) },
    }));
    const graph = b.finish('g', { y: outputs.y });
    expect(writtenOut(graph)).toBe(graph);
  });
});

describe('where a graph decides', () => {
  const decisions = (build: (b: GraphBuilder, x: Value) => Value) => {
    const b = new GraphBuilder();
    const y = build(b, b.op('Relu', [sixth(b, b.input('x', ['batch', 4]))]));
    return [...decisionsOf(b.finish('g', { y }), false).nodes].map(({ op }) => op);
  };
  const bent = (b: GraphBuilder, x: Value, at: number, below: Value) =>
    b.op('Where', [b.op('Less', [x, b.constant(at)]), below, x]);

  it('is not where two lines meet', () => {
    expect(decisions((b, x) => bent(b, x, 0, b.op('Mul', [x, b.constant(0.1)])))).toEqual([]);
    const elu = (b: GraphBuilder, x: Value) => b.op('Sub', [b.op('Exp', [x]), b.constant(1)]);
    expect(decisions((b, x) => bent(b, x, 0, elu(b, x)))).toEqual([]);
    expect(decisions((b, x) => bent(b, x, 3, b.constant(3)))).toEqual([]);
  });

  it('is where they do not', () => {
    expect(decisions((b, x) => bent(b, x, 0.5, b.op('Mul', [x, b.constant(0.1)])))).toEqual(['Less']);
    expect(decisions((b, x) => bent(b, x, 1, b.constant(0)))).toEqual(['Less']);
    expect(decisions((b, x) => b.op('Floor', [x]))).toEqual(['Floor']);
  });
});

it('the largest of a window may be another where it ties, and is as large', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', ['batch', 1, 2, 4]);
  const [y, at] = b.node('MaxPool', [b.op('Div', [x, b.constant(6)])], {
    kernel_shape: [2, 2],
    strides: [2, 2],
    pads: [0, 0, 0, 0],
  });
  const graph = b.finish('g', { y: y!, at: at! });
  const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })));
  const fed = { dtype: 'float32', shape: [1, 1, 2, 4], data: Float32Array.of(1, 5, 7, 2, next(5), 3, 1, 2) };
  const { spreads, outputs } = await measure(new Map([['x', fed as never]]));
  expect([...(outputs.get('at')?.data ?? [])]).toEqual([4, 2]);
  expect([...(spreads.get('at')?.undecided ?? [])]).toEqual([3, 0]);
  expect(spreads.get('y')?.undecided).toBeUndefined();
  expect(spreads.get('y')?.largest).toBeLessThan(1e-6);
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
