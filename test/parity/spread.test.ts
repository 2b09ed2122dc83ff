/** What an output is put together of, and what float32 costs what is far smaller. */
import { describe, expect, it } from 'vitest';

import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { importOnnx } from '../../exporters/onnx/import.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Value } from '../../src/graph/types.ts';
import { allowanceOf, gateOf } from '../../src/parity/gates.ts';
import { smallerParts, widened } from '../../src/parity/spread.ts';
import { openTruth } from '../../src/parity/truth.ts';

const floats = (length: number, at: (i: number) => number) =>
  ({ dtype: 'float32', shape: [length], data: Float64Array.from({ length }, (_, i) => at(i)) }) as const;
/** Twenty boxes in pixels, and twenty scores. */
const boxes = (i: number) => (i < 20 ? 100 + i : 0.01 * (i - 19));
const of = Float64Array.from({ length: 40 }, (_, i) => (i < 20 ? 0 : 1));

describe('scores beside boxes', () => {
  it('are measured by themselves', () => {
    const truth = floats(40, boxes);
    expect([...(smallerParts(truth, of)?.sizes ?? [])]).toEqual([0, 0.2]);
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

  it('are not where parts are of one size, or so few that what they cost is luck', () => {
    expect(smallerParts(floats(40, Math.sin), of)).toBeUndefined();
    expect(smallerParts(floats(40, boxes), undefined)).toBeUndefined();
    expect(smallerParts(floats(24, boxes), of.subarray(0, 24))).toBeUndefined();
    // A part that is 0 tells nothing of what others cost.
    expect(
      smallerParts(
        floats(40, (i) => (i < 20 ? 1 : 0)),
        of,
      ),
    ).toBeUndefined();
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
  ])('are found %s', async (_, together) => {
    const b = new GraphBuilder();
    const x = b.input('x', ['batch', 1, 20]);
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
    const at = truth.data.findIndex((value) => Math.abs(value - 1 / (1 + Math.exp(5))) < 1e-9);
    expect(absolute).toBeGreaterThan(1e-4);
    expect(parts?.absolute[parts.of[at] ?? -1]).toBeLessThan(1e-5);
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
    expect([...(allowance.parts?.absolute ?? [])].every(Number.isNaN)).toBe(true);
  });
});
