import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fromHalf, toHalf } from '../../proto/half.ts';

describe('a float16', () => {
  it('comes back from the number that it stands for, bit for bit', () => {
    for (let half = 0; half < 0x10000; half++) {
      const value = fromHalf(half);
      if (!Number.isNaN(value)) expect(toHalf(value)).toBe(half);
    }
    expect(fromHalf(toHalf(Number.NaN))).toBeNaN();
  });

  it('has the values that IEEE 754 gives it', () => {
    expect([0x0001, 0x0400, 0x3c00, 0x3555, 0x7bff, 0x7c00, 0xc000].map(fromHalf)).toEqual([
      2 ** -24,
      2 ** -14,
      1,
      0.333251953125,
      65504,
      Infinity,
      -2,
    ]);
  });

  it('is the nearest there is to a number', () => {
    fc.assert(
      fc.property(fc.double({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const half = toHalf(value);
        const off = Math.abs(fromHalf(half) - value);
        const neighbours = [half - 1, half + 1].map(fromHalf).filter(Number.isFinite);
        for (const other of neighbours) expect(off).toBeLessThanOrEqual(Math.abs(other - value));
      }),
    );
  });
});
