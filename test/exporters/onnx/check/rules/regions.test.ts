/** Grids, regions, boxes, texts that are turned, and losses. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, held } from './held.ts';
import { fed, int, real, whole, type NodeCase } from './node-case.ts';

/** Mostly what is right. */
const off = fc.constantFrom(0, 0, 0, 0, 0, 0, 1);
const offs = (count: number) => fc.array(off, { minLength: count, maxLength: count });
const plus = (shape: readonly number[], more: readonly number[]) =>
  shape.map((size, i) => size + (more[i] ?? 0));

const grid = fc.tuple(offs(4), off).map(([more, rank]): NodeCase => ({
  op: 'GridSample',
  given: [fed([1, 1, 3, 3]), fed([...plus([1, 2, 2, 2], more), ...(rank === 1 ? [2] : [])])],
}));
const regions = fc.tuple(offs(2), off, off).map(([more, count, rank]): NodeCase => ({
  op: 'RoiAlign',
  given: [
    fed([1, 1, 4, 4, ...(rank === 1 ? [1] : [])]),
    fed(plus([2, 4], more)),
    whole(Array.from({ length: 2 + count }, () => 0)),
  ],
}));
const boxes = fc.tuple(offs(3), offs(3)).map(([more, other]): NodeCase => ({
  op: 'NonMaxSuppression',
  given: [fed(plus([1, 3, 4], more)), fed(plus([1, 1, 3], other)), whole([1]), real([0.5]), real([0.5])],
  gives: ['int64'],
}));
const turned = fc
  .tuple(off, fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 3 }))
  .map(([more, batch, time, rank]): NodeCase => ({
    op: 'ReverseSequence',
    given: [fed([3, 3, 2].slice(0, rank)), whole(Array.from({ length: 3 + more }, () => 1))],
    attributes: [int('batch_axis', batch), int('time_axis', time)],
  }));
const loss = fc
  .tuple(fc.constantFrom('NegativeLogLikelihoodLoss', 'SoftmaxCrossEntropyLoss'), offs(2), off, fc.boolean())
  .map(([op, more, wide, weighted]): NodeCase => ({
    op,
    given: [
      fed([2, 3, 2]),
      fed(plus([2, 2], more), 'int64'),
      ...(weighted ? [fed(wide === 1 ? [1, 3] : [3])] : []),
    ],
  }));

describe('a fault is what onnxruntime refuses', () => {
  held({ grid, regions, boxes, turned, loss });
});

describe('a fault is told with what to mend', () => {
  it.each<[string, NodeCase]>([
    [
      'its grid [1, 2, 2, 3] has 3 coordinates for 2 axes',
      { op: 'GridSample', given: [fed([1, 1, 4, 4]), fed([1, 2, 2, 3])] },
    ],
    [
      'its target is [4], and must be [3]',
      { op: 'SoftmaxCrossEntropyLoss', given: [fed([3, 5]), fed([4], 'int64')] },
    ],
  ])('%s', (told, given) => {
    expect(faultOf(given)).toBe(`${given.op} that makes "y0": ${told}`);
  });
});
