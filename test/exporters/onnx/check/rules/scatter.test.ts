/** Tensors of indices: what they reach, and what is written there. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, held } from './held.ts';
import { fed, int, whole, type NodeCase } from './node-case.ts';

const size = fc.integer({ min: 1, max: 3 });
const some = (count: number, value: number) => Array.from({ length: count }, () => value);
const index = fc.constantFrom(0, 0, 0, 1, -1, 2, -3);

const elements = fc
  .tuple(
    fc.constantFrom('ScatterElements', 'GatherElements'),
    fc.tuple(size, size),
    fc.tuple(size, size),
    index,
    fc.constantFrom(0, 0, 0, 1),
    fc.constantFrom(0, 1),
  )
  .map(([op, data, [rows, columns], at, more, axis]): NodeCase => ({
    op,
    given: [
      fed(data),
      whole(some(rows * columns, at), [rows, columns]),
      ...(op === 'ScatterElements' ? [fed([rows, columns + more])] : []),
    ],
    attributes: [int('axis', axis)],
  }));
const pointed = fc
  .tuple(
    fc.constantFrom('GatherND', 'ScatterND'),
    fc.tuple(size, size),
    fc.integer({ min: 1, max: 3 }),
    index,
  )
  .map(([op, data, depth, at]): NodeCase => ({
    op,
    given: [
      fed(data),
      whole(some(depth, at), [1, depth]),
      ...(op === 'ScatterND' ? [fed([1, ...data.slice(depth)])] : []),
    ],
  }));
const inBatches = fc.tuple(fc.tuple(size, size), index).map(([[rows, columns], at]): NodeCase => ({
  op: 'GatherND',
  given: [fed([rows, columns]), whole(some(rows, at), [rows, 1])],
  attributes: [int('batch_dims', 1)],
}));

describe('a fault is what onnxruntime refuses', () => {
  held({ elements, pointed, inBatches });
});

describe('a fault is told with what to mend', () => {
  it.each<[string, NodeCase]>([
    [
      'its index 5 is outside axis 1 of [2, 3]',
      { op: 'GatherND', given: [fed([2, 3]), whole([0, 5], [1, 2])] },
    ],
    [
      'its updates are [3], and its indices [2]: they must be of one shape',
      { op: 'ScatterElements', given: [fed([4]), whole([0, 1]), fed([3])] },
    ],
    [
      'its indices [3, 1] reach past [2, 4] off axis 1',
      { op: 'GatherElements', given: [fed([2, 4]), whole([0, 0, 0], [3, 1])], attributes: [int('axis', 1)] },
    ],
  ])('%s', (told, given) => {
    expect(faultOf(given)).toBe(`${given.op} that makes "y0": ${told}`);
  });
});
