/** Products in blocks: to the last bit what one term after the other gives, in each way to add them up. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { computingIn, sums, type Rounding } from '../../../src/runtime/reference/arithmetic.ts';
import { addProduct } from '../../../src/runtime/reference/product.ts';
import { tries } from '../../support/properties.ts';

const cases = fc.record({
  rows: fc.integer({ min: 0, max: 5 }),
  inner: fc.integer({ min: 0, max: 11 }),
  columns: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(511, 512, 513, 1025)),
  turned: fc.boolean(),
  start: fc.integer({ min: 0, max: 3 }),
  seed: fc.integer({ min: 1, max: 1000 }),
  rounding: fc.constantFrom<Rounding | undefined>(undefined, 'each op', 'forward', 'backward'),
});

it('is the same sum in the same order, rounded at the same places', () => {
  fc.assert(
    fc.property(cases, ({ rows, inner, columns, turned, start, seed, rounding }) => {
      const wild = (count: number, from: number) =>
        Float64Array.from(
          { length: start + count },
          (_, i) => Math.sin((i + from) * seed * 1.37) * 10 ** ((i % 5) - 2),
        );
      const [w, x] = [wild(rows * inner, 1), wild(inner * columns, 2)];
      const steps = turned ? ([1, rows] as const) : ([inner, 1] as const);
      const { y, expected } = computingIn(rounding, () => {
        const [y, expected] = [sums(start + rows * columns), sums(start + rows * columns)];
        y.set(wild(rows * columns, 3));
        expected.set(y);
        addProduct(
          { data: w, start, steps },
          { data: x, start, step: columns },
          { data: y, start, step: columns },
          { rows, inner, columns },
        );
        return { y, expected };
      });
      for (let row = 0; row < rows; row++) {
        for (let nth = 0; nth < inner; nth++) {
          const k = rounding === 'backward' ? inner - 1 - nth : nth;
          const weight = w[start + row * steps[0] + k * steps[1]] ?? 0;
          for (let column = 0; column < columns; column++) {
            const at = start + row * columns + column;
            expected[at] = (expected[at] ?? 0) + weight * (x[start + k * columns + column] ?? 0);
          }
        }
      }
      expect(y.constructor).toBe(expected.constructor);
      expect(y.every((value, i) => Object.is(value, expected[i]))).toBe(true);
    }),
    { numRuns: tries(300) },
  );
});
