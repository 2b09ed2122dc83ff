import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepDistance } from '../../src/draw/cell-levels.ts';
import { tries } from '../support/properties.ts';

const small = fc.integer({ min: -20, max: 20 });

describe('keepDistance', () => {
  it('keeps every distance, and moves nothing that need not move', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(small, fc.nat(9)), { minLength: 1, maxLength: 8 }), (pairs) => {
        const wanted = pairs.map(([value]) => value);
        const distances = pairs.slice(1).map(([, distance]) => distance);
        const placed = keepDistance(wanted, distances);
        const room = distances.map((distance, i) => (placed[i + 1] ?? NaN) - (placed[i] ?? NaN) - distance);
        expect(Math.min(0, ...room)).toBeGreaterThanOrEqual(-1e-9);
        if (distances.every((distance, i) => (wanted[i + 1] ?? 0) - (wanted[i] ?? 0) >= distance)) {
          expect(placed).toEqual(wanted);
        }
      }),
    );
  });

  it('is nearer to what was wanted than any other placement on a grid', () => {
    const cost = (placed: readonly number[], wanted: readonly number[]): number =>
      placed.reduce((sum, value, i) => sum + (value - (wanted[i] ?? 0)) ** 2, 0);
    fc.assert(
      fc.property(fc.tuple(small, small, small), fc.tuple(fc.nat(9), fc.nat(9)), (wanted, distances) => {
        const best = cost(keepDistance(wanted, distances), wanted);
        let others = Infinity;
        for (let a = -30; a <= 30; a += 2) {
          for (let b = a + distances[0]; b <= 40; b += 2) {
            const c = Math.max(b + distances[1], wanted[2]);
            others = Math.min(others, cost([a, b, c], wanted));
          }
        }
        expect(others).toBeGreaterThanOrEqual(best - 1e-9);
      }),
      { numRuns: tries(30) },
    );
  });
});
