/** Lists by rank may differ in the order of what ranks alike, and in nothing else. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { inOrderOf } from '../../src/parity/ranked-rows.ts';
import type { AnyTensor, AnyTensors } from '../../src/runtime/any-tensor.ts';
import { tries } from '../support/properties.ts';

const scores = (...values: readonly number[]): AnyTensor => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const boxes = (...rows: readonly (readonly [number, number])[]): AnyTensor => ({
  dtype: 'float32',
  shape: [rows.length, 2],
  data: Float32Array.from(rows.flat()),
});
const found = (score: AnyTensor, box: AnyTensor): AnyTensors =>
  new Map([
    ['scores', score],
    ['boxes', box],
  ]);
const allowance = () => ({ absolute: 1e-3, relative: 0 });

const expected = found(scores(0.9, 0.5, 0.5, 0.5, 0.1), boxes([0, 1], [2, 3], [4, 5], [6, 7], [8, 9]));

it('rows of one score are put in the order that is expected', () => {
  const given = found(
    scores(0.9, 0.5004, 0.5002, 0.5, 0.1),
    boxes([0, 1], [6, 7], [2, 3], [4, 5.0005], [8, 9]),
  );
  const ordered = inOrderOf(given, expected, allowance);
  expect(ordered?.get('boxes')).toEqual(boxes([0, 1], [2, 3], [4, 5.0005], [6, 7], [8, 9]));
  expect(ordered?.get('scores')).toEqual(scores(0.9, 0.5002, 0.5, 0.5004, 0.1));
});

it('what differs otherwise stays as it is', () => {
  const same = scores(0.9, 0.5, 0.5, 0.5, 0.1);
  const changed = (box: AnyTensor, score = same) => inOrderOf(found(score, box), expected, allowance);
  // In order already.
  expect(changed(boxes([0, 1], [2, 3], [4, 5], [6, 7], [8, 9]))).toBeUndefined();
  // Two that rank apart.
  expect(changed(boxes([8, 9], [2, 3], [4, 5], [6, 7], [0, 1]))).toBeUndefined();
  // A box that is nowhere, and one that is there twice.
  expect(changed(boxes([0, 1], [4, 5], [2, 4], [6, 7], [8, 9]))).toBeUndefined();
  expect(changed(boxes([0, 1], [2, 3], [2, 3], [6, 7], [8, 9]))).toBeUndefined();
  // Scores that are off themselves.
  expect(
    changed(boxes([0, 1], [4, 5], [2, 3], [6, 7], [8, 9]), scores(0.9, 0.6, 0.5, 0.5, 0.1)),
  ).toBeUndefined();
});

it('rows of a batch are no list by rank', () => {
  const swapped = boxes([2, 3], [0, 1]);
  const only = new Map([['y', swapped]]);
  expect(inOrderOf(only, new Map([['y', boxes([0, 1], [2, 3])]]), allowance)).toBeUndefined();
  // Nor are those beside a number that is the same of all, or rises.
  for (const score of [scores(1, 1), scores(0.5, 0.5001)]) {
    expect(inOrderOf(found(score, swapped), found(score, boxes([0, 1], [2, 3])), allowance)).toBeUndefined();
  }
  const fewer = found(scores(0.5), swapped);
  expect(inOrderOf(fewer, found(scores(0.5), boxes([0, 1], [2, 3])), allowance)).toBeUndefined();
});

it('any order of what ranks alike comes back, also where two have a value in common', () => {
  const row = fc.record({ rank: fc.integer({ min: 0, max: 3 }), x: fc.nat(3), key: fc.nat(1e6) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 2, maxLength: 12 }), (rows) => {
      const table = (list: typeof rows) =>
        found(scores(...list.map(({ rank }) => rank)), boxes(...list.map(({ x, key }) => [x, key] as const)));
      const ranked = rows.toSorted((a, b) => b.rank - a.rank);
      const wanted = table(ranked);
      const other = table(rows.toSorted((a, b) => b.rank - a.rank || a.key - b.key));
      fc.pre(new Set(rows.map(({ rank }) => rank)).size > 1);
      const ordered = inOrderOf(other, wanted, allowance) ?? other;
      expect(ordered).toEqual(wanted);
    }),
    { numRuns: tries(200) },
  );
});
