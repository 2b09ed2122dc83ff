import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { hasTopFive, isInTopFive } from '../../src/evaluate/top-five.ts';

it('is whether the label is among the first five of the sorted classes', () => {
  const logits = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(logits, fc.nat(11), (row, at) => {
      const label = at % row.length;
      // Sorting is stable: of equal ones the first comes first.
      const sorted = row.map((logit, k) => ({ logit, k })).toSorted((a, b) => b.logit - a.logit);
      const first = sorted.slice(0, 5).map(({ k }) => k);
      expect(isInTopFive(Float32Array.from(row), label)).toBe(first.includes(label));
    }),
  );
});

it('is measured where there are more than ten classes', () => {
  expect([10, 11, 1000].map(hasTopFive)).toEqual([false, true, true]);
});
