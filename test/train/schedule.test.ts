import { expect, it } from 'vitest';
import { searchPresets } from '../../src/search/config.ts';
import { cosineRate, stepRate } from '../../src/train/schedule.ts';

it('the search follows the learning rates of the published logs', () => {
  const { rate, rate_min, epochs } = searchPresets.darts;
  const at = (epoch: number) => cosineRate(rate, rate_min, epoch, epochs);
  expect(at(0)).toBe(0.025);
  // "epoch 1 lr 2.497632e-02" and "epoch 49 lr 1.023679e-03" in the official code's logs.
  expect(at(1).toExponential(6)).toBe('2.497632e-2');
  expect(at(2)).toBeCloseTo(0.02490538, 8);
  expect(at(25)).toBeCloseTo(0.013, 12);
  expect(at(49).toExponential(6)).toBe('1.023679e-3');
});

it('a warm-up climbs to the full rate, and the cosine ends at the least', () => {
  const schedule = { rate: 0.1, rate_min: 0, warmup: 0.1 };
  const rates = Array.from({ length: 100 }, (_, step) => stepRate(schedule, step, 100));
  expect(rates[0]).toBeCloseTo(0.01, 12);
  expect(rates[9]).toBeCloseTo(0.1, 12);
  expect(Math.max(...rates)).toBeCloseTo(0.1, 12);
  expect(rates.at(-1)).toBeLessThan(1e-4);
  rates.slice(10).forEach((value, i, list) => expect(value).toBeLessThanOrEqual(list[i - 1] ?? Infinity));
});
