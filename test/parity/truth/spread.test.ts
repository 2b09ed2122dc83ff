/** What an output is put together of, and what float32 costs what is far smaller. */
import { describe, expect, it } from 'vitest';

import { toOnnxModel } from '../../../exporters/onnx/export.ts';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { allowanceOf, gateOf } from '../../../src/parity/gates.ts';
import { partsIn, widened } from '../../../src/parity/truth/spread.ts';
import { openTruth } from '../../../src/parity/truth/truth.ts';

const floats = (length: number, at: (i: number) => number) =>
  ({ dtype: 'float32', shape: [length], data: Float64Array.from({ length }, (_, i) => at(i)) }) as const;
/** Twenty boxes in pixels, and twenty scores. */
const boxes = (i: number) => (i < 20 ? 100 + i : 0.01 * (i - 19));
const together = (of: Float64Array) => ({
  of,
  factors: Float64Array.of(0, 0),
  values: Float64Array.of(0, 1),
});
const of = together(Float64Array.from({ length: 40 }, (_, i) => (i < 20 ? 0 : 1)));

describe('scores beside boxes', () => {
  it('are measured by themselves', () => {
    const truth = floats(40, boxes);
    const { sizes, isSmall } = partsIn(truth, of) ?? {};
    expect({ sizes, isSmall }).toEqual({ sizes: Float64Array.of(119, 0.2), isSmall: Uint8Array.of(0, 1) });
    const other = floats(40, (i) => boxes(i) + (boxes(i) > 1 ? 1e-4 : 1e-8));
    const { largest, parts } = widened(undefined, truth, other, 1, 0, of);
    expect(largest).toBeCloseTo(1e-4, 9);
    expect(parts?.costs[1]).toBeCloseTo(1e-8, 12);
    const again = widened(
      { largest, parts: parts! },
      truth,
      floats(40, (i) => boxes(i) + 3e-8),
      1,
    );
    expect(again.parts?.costs[1]).toBeCloseTo(3e-8, 12);
    expect(again.largest).toBeCloseTo(1e-4, 9);
  });

  it('are not where parts are of one size, or there is one part', () => {
    expect(partsIn(floats(40, Math.sin), of)?.isSmall).toEqual(Uint8Array.of(0, 0));
    expect(partsIn(floats(40, boxes), undefined)).toBeUndefined();
    const one = { of: new Float64Array(40), factors: Float64Array.of(0), values: Float64Array.of(0) };
    expect(partsIn(floats(40, boxes), one)).toBeUndefined();
    // A part that is 0 tells nothing of what others cost.
    expect(
      partsIn(
        floats(40, (i) => (i < 20 ? 1 : 0)),
        of,
      )?.isSmall,
    ).toEqual(Uint8Array.of(0, 0));
  });

  it.each([
    ['beside each other', (b: GraphBuilder, parts: readonly Value[]) => b.op('Concat', parts, { axis: 1 })],
    [
      'in another order',
      (b: GraphBuilder, parts: readonly Value[]) =>
        b.op('Transpose', [b.op('Concat', parts, { axis: 1 })], { perm: [0, 2, 1] }),
    ],
    [
      'of which rows are picked',
      (b: GraphBuilder, parts: readonly Value[]) => {
        const all = b.op('Concat', parts, { axis: 1 });
        const index = b.op('Cast', [b.constant([1, 0, 1], [3])], { to: 'int64' });
        return b.op('Gather', [all, index], { axis: 1 });
      },
    ],
    [
      'that are scaled and clipped when they are together',
      (b: GraphBuilder, parts: readonly Value[]) => {
        const all = b.op('Concat', parts, { axis: 1 });
        const scaled = b.op('Mul', [all, b.constant([0.7, 0.9], [2, 1])]);
        return b.op('Relu', [b.op('Min', [scaled, b.constant(1e6)])]);
      },
    ],
    [
      'one where a mask has it',
      (b: GraphBuilder, [large, scores]: readonly Value[]) => {
        const at = b.op('Less', [b.constant([0, 1], [2, 1]), b.constant(0.5)]);
        return b.op('Where', [at, large!, scores!]);
      },
    ],
    [
      'written over zeros',
      (b: GraphBuilder, [large, scores]: readonly Value[]) => {
        const at = (row: number) =>
          b.op('Expand', [b.op('Cast', [b.constant([row], [1, 1, 1])], { to: 'int64' })], {
            shape: [1, 1, 20],
          });
        const nothing = b.op('Expand', [b.constant(0)], { shape: [1, 2, 20] });
        const one = b.op('ScatterElements', [nothing, at(0), large!], { axis: 1, reduction: 'none' });
        return b.op('ScatterElements', [one, at(1), scores!], { axis: 1, reduction: 'none' });
      },
    ],
  ])('are found %s', async (_, together) => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 1, 20]);
    const scores = b.op('Sigmoid', [b.op('Sub', [x, b.constant(4)])]);
    const graph = b.finish('g', { y: together(b, [b.op('Mul', [x, b.constant(1 / 3)]), scores]) });
    const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })));
    const data = Float32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 900 + i : -i / 20));
    data[0] = -1;
    const fed = { dtype: 'float32', shape: [1, 1, 20], data } as const;
    const { outputs, spreads } = await measure(new Map([['x', fed]]));
    const [truth, spread] = [outputs.get('y'), spreads.get('y')];
    if (truth === undefined || spread === undefined) throw new Error('nothing was measured');
    const { parts, absolute } = allowanceOf(
      gateOf({}, 'float32', [{ output: 'y', truth, spread }]),
      'y',
      truth,
      spread,
    );
    const at = truth.data.findIndex((value) =>
      [1, 0.9].some((by) => Math.abs(value - by / (1 + Math.exp(5))) < 1e-9),
    );
    expect(absolute).toBeGreaterThan(1e-4);
    expect(parts?.absolute[parts.of[at] ?? -1]).toBeLessThan(1e-5);
  });

  /** Six prices, and four scores below 0.01, of an input [1, 6]. */
  async function few(
    precision: 'float32' | 'float16',
    data: readonly number[],
    beside: readonly number[] = data,
  ) {
    const b = new GraphBuilder();
    const x = b.input('x', ['batch', 6]);
    const weights = b.constant(
      Array.from({ length: 24 }, (_, i) => Math.sin(i + 1)),
      [6, 4],
    );
    const scores = b.op('Mul', [b.op('Sigmoid', [b.op('MatMul', [x, weights])]), b.constant(0.01)]);
    const prices = b.op('Mul', [b.op('Exp', [x]), b.constant(2e4)]);
    const graph = b.finish('g', { y: b.op('Concat', [prices, scores], { axis: 1 }) });
    const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })), precision);
    const measured = await Promise.all(
      [data, beside].map(async (each) => {
        const fed = { dtype: 'float32', shape: [1, 6], data: Float32Array.from(each) } as const;
        const { outputs, spreads } = await measure(new Map([['x', fed]]));
        return { output: 'y', truth: outputs.get('y')!, spread: spreads.get('y')! };
      }),
    );
    const [{ truth, spread }] = measured as [(typeof measured)[0]];
    const { parts, absolute } = allowanceOf(gateOf({}, precision, measured), 'y', truth, spread);
    return { absolute, own: parts?.absolute[parts.of[9]!] ?? NaN };
  }

  it.each(['float32', 'float16'] as const)(
    'are held to what they cost themselves, however few: %s',
    async (precision) => {
      const { absolute, own } = await few(precision, [0.3, -0.2, 0.7, 1.1, -0.9, 0.4]);
      expect(absolute).toBeGreaterThan(1e-3);
      expect(own).toBeLessThan(1e-6);
      expect(own).toBeGreaterThan(1e-10);
    },
  );

  it('cost no less on an input on which few of them cost nothing by luck', async () => {
    const usual = [0.3, -0.2, 0.7, 1.1, -0.9, 0.4];
    // Sigmoid(0) is exact.
    const lucky = await few('float32', [0, 0, 0, 0, 0, 0], usual);
    expect(lucky.own).toBeGreaterThan((await few('float32', usual)).own / 2);
  });

  it('may be what is left of large numbers, and are not held to less', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['batch', 20]);
    const large = b.op('Mul', [x, b.constant(1 / 3)]);
    const rest = b.op('Sub', [b.op('Add', [large, b.constant(0.01)]), large]);
    const graph = b.finish('g', { y: b.op('Concat', [large, rest], { axis: 1 }) });
    const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })));
    const data = Float32Array.from({ length: 20 }, (_, i) => 900 + 7 * i);
    const { outputs, spreads } = await measure(new Map([['x', { dtype: 'float32', shape: [1, 20], data }]]));
    const [truth, spread] = [outputs.get('y')!, spreads.get('y')!];
    const allowance = allowanceOf(
      gateOf({}, 'float32', [{ output: 'y', truth, spread }]),
      'y',
      truth,
      spread,
    );
    expect(spread.parts).toBeDefined();
    const own = [...(allowance.parts?.absolute ?? [])].filter((most) => !Number.isNaN(most));
    expect(own).toHaveLength(1);
    expect(own[0]).toBeGreaterThanOrEqual(allowance.absolute);
  });
});

describe('channels that are multiplied by weights of their own', () => {
  /** Heights, temperatures and humidities of `x` [batch, 4], as networks of the weather have it. */
  const deviations = [3e4, 20, 2e-3];
  const means = [5e4, 280, 1e-3];
  /** Of four numbers to three; on the second row of the table, the last of the three is nothing. */
  const mixing = Array.from({ length: 12 }, (_, i) => Math.fround(Math.sin(i + 1)));
  const lastOf = (row: readonly number[]) =>
    row.reduce((sum, number, i) => sum + number * mixing[3 * i + 2]!, 0);
  const usual = [1, 0.3, -0.8, -0.7];
  const square = lastOf([0, 1, 2, 3].map((i) => mixing[3 * i + 2]!));
  const lucky = usual.map((number, i) => number - (lastOf(usual) / square) * mixing[3 * i + 2]!);

  async function measured(
    build: (b: GraphBuilder, normal: Value, x: Value) => Value,
    { rows = 1, row }: { rows?: number; row?: readonly number[] } = {},
  ) {
    const b = new GraphBuilder();
    const x = b.input('x', ['batch', 4]);
    const mixed = b.op('MatMul', [x, b.constant(mixing, [4, 3])]);
    const graph = b.finish('g', { y: build(b, mixed, x) });
    const measure = await openTruth(importOnnx(toOnnxModel(graph, { weights: new Map() })));
    const data = Float32Array.from({ length: 4 * rows }, (_, i) => row?.[i] ?? Math.cos(5 * i));
    const { outputs, spreads } = await measure(
      new Map([['x', { dtype: 'float32', shape: [rows, 4], data } as const]]),
    );
    const [truth, spread] = [outputs.get('y')!, spreads.get('y')!];
    const gate = gateOf({}, 'float32', [{ output: 'y', truth, spread }]);
    const { parts, absolute } = allowanceOf(gate, 'y', truth, spread);
    const allowed = [...truth.data].map((_, i) => {
      const own = parts?.absolute[parts.of[i] ?? -1] ?? NaN;
      return Number.isNaN(own) ? absolute : own;
    });
    return { y: [...truth.data], allowed, isApart: parts !== undefined };
  }
  const scaled = (b: GraphBuilder, normal: Value) =>
    b.op('Add', [b.op('Mul', [normal, b.constant(deviations, [3])]), b.constant(means, [3])]);

  /** Each is held to what it costs. */
  async function requireOwn(build: (b: GraphBuilder, normal: Value, x: Value) => Value) {
    for (const rows of [1, 7]) {
      const { allowed } = await measured(build, { rows });
      for (let row = 0; row < rows; row++) {
        const [heights, temperatures, humidities] = allowed.slice(3 * row, 3 * row + 3);
        expect(heights).toBeGreaterThan(1e-2);
        expect(temperatures).toBeLessThan(1e-2);
        expect(temperatures).toBeGreaterThan(1e-5);
        expect(humidities).toBeLessThan(1e-7);
        expect(humidities).toBeGreaterThan(1e-10);
      }
    }
  }

  it.each([
    ['multiplied, and their means added', scaled],
    [
      'divided',
      (b: GraphBuilder, normal: Value) =>
        b.op('Div', [
          normal,
          b.constant(
            deviations.map((deviation) => 1 / deviation),
            [3],
          ),
        ]),
    ],
    [
      'by what is computed of weights alone, and moved',
      (b: GraphBuilder, normal: Value) => {
        const weights = b.op('Exp', [b.constant(deviations.map(Math.log), [3])]);
        return b.op('Reshape', [b.op('Mul', [weights, normal])], { shape: [-1, 3, 1] });
      },
    ],
  ])('are held to what each costs: %s', async (_, build) => {
    await requireOwn(build);
  });

  it.each([
    [
      'of a MatMul',
      (b: GraphBuilder, _: Value, x: Value) =>
        b.op('MatMul', [
          x,
          b.constant(
            mixing.map((weight, i) => weight * deviations[i % 3]!),
            [4, 3],
          ),
        ]),
    ],
    [
      'of a Gemm',
      (b: GraphBuilder, _: Value, x: Value) => {
        const turned = [0, 1, 2].flatMap((to) =>
          [0, 1, 2, 3].map((i) => mixing[3 * i + to]! * deviations[to]!),
        );
        const attributes = { alpha: 1, beta: 1, transA: 0, transB: 1 } as const;
        return b.op('Gemm', [x, b.constant(turned, [3, 4]), b.constant(means, [3])], attributes);
      },
    ],
    [
      'of a Conv',
      (b: GraphBuilder, _: Value, x: Value) => {
        const filter = [0, 1, 2].flatMap((to) =>
          [0, 1, 2, 3].map((i) => mixing[3 * i + to]! * deviations[to]!),
        );
        const pixel = b.op('Reshape', [x], { shape: [-1, 4, 1, 1] });
        return b.op('Conv', [pixel, b.constant(filter, [3, 4, 1, 1])], {
          strides: [1, 1],
          pads: [0, 0, 0, 0],
          dilations: [1, 1],
          group: 1,
        });
      },
    ],
  ])('are held to what each costs where the weights are %s', async (_, build) => {
    await requireOwn(build);
  });

  it('are not where all are multiplied by one, or by what is fed', async () => {
    const one = await measured((b, normal) => b.op('Mul', [normal, b.constant(7)]), { row: lucky });
    expect(one.isApart).toBe(false);
    const fed = await measured((b, normal) => b.op('Mul', [normal, b.op('Exp', [normal])]), { row: lucky });
    expect(fed.isApart).toBe(false);
  });

  it('cost no less where one is near 0 by luck', async () => {
    const scaledAlone = (b: GraphBuilder, normal: Value) =>
      b.op('Mul', [normal, b.constant(deviations, [3])]);
    const [one, other] = [await measured(scaledAlone), await measured(scaledAlone, { row: lucky })];
    expect(Math.abs(other.y[2]!)).toBeLessThan(1e-8);
    expect(other.allowed[2]).toBeGreaterThan(one.allowed[2]! / 30);
  });
});
