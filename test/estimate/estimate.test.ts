/** The seconds of the whole are those of its parts. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { secondsIn, type Found } from '../../src/estimate/estimate.ts';

const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const found = fc.record<Found>({
  prepare: seconds,
  warmup: fc.nat(50),
  epochs: fc.integer({ min: 1, max: 600 }),
  total: fc.nat(1e6),
  each: seconds,
  eachInWarmup: seconds,
  measuring: fc.option(seconds),
  testing: fc.option(seconds),
});

test('epochs one by one, and what is done once', () => {
  fc.assert(
    fc.property(found, (given) => {
      const { prepare, warmup, epochs, total, each, eachInWarmup, measuring, testing } = given;
      let sum = prepare + (testing ?? 0);
      for (let epoch = 0; epoch < epochs; epoch++)
        sum += total * (epoch < warmup ? eachInWarmup : each) + (measuring ?? 0);
      const said = secondsIn(given);
      // A sum of up to 1,200 terms: each rounds by 2⁻⁵³ of it.
      expect(Math.abs(said.total - sum)).toBeLessThanOrEqual(2400 * 2 ** -53 * sum);
      expect(said.epoch).toBe(total * each + (measuring ?? 0));
    }),
  );
});
