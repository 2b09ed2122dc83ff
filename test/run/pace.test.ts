import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { addSample, rateOf, timeLeft } from '../../src/run/pace.ts';
import type { Sample } from '../../src/run/pace.ts';

function samples(...all: [time: number, done: number][]): readonly Sample[] {
  return all.reduce<readonly Sample[]>((kept, [time, done]) => addSample(kept, { time, done }), []);
}

test('nothing is told before there is enough', () => {
  expect(rateOf([])).toBeUndefined();
  expect(rateOf(samples([0, 5]))).toBeUndefined();
  expect(rateOf(samples([0, 5], [300, 10]))).toBeUndefined();
  expect(rateOf(samples([0, 5], [5_000, 5]))).toBeUndefined();
  expect(timeLeft(samples([0, 5]), 10, 0)).toBeUndefined();
});

test('a steady pace is that pace, whatever it began with', () => {
  const paces = fc.record({
    start: fc.nat(1_000),
    everyMs: fc.integer({ min: 50, max: 60_000 }),
    step: fc.integer({ min: 1, max: 1_000 }),
    count: fc.integer({ min: 10, max: 60 }),
  });
  fc.assert(
    fc.property(paces, ({ start, everyMs, step, count }) => {
      const steady = samples(
        ...Array.from({ length: count }, (_, i): [number, number] => [7 + i * everyMs, start + i * step]),
      );
      const rate = (step / everyMs) * 1_000;
      expect(rateOf(steady)).toBeCloseTo(rate, 6);
      const last = steady.at(-1);
      const left = timeLeft(steady, (last?.done ?? 0) + 10 * step, last?.time ?? 0);
      expect(left).toBeCloseTo(10 * everyMs, 3);
    }),
  );
});

test('a change of pace is followed within the window', () => {
  const slowThenFast = samples(
    ...Array.from({ length: 60 }, (_, i): [number, number] => [i * 1_000, i]),
    ...Array.from({ length: 12 }, (_, i): [number, number] => [60_000 + i * 1_000, 60 + i * 100]),
  );
  expect(rateOf(slowThenFast)).toBeCloseTo(100, 6);
});

test('a step longer than the window still has a rate', () => {
  expect(rateOf(samples([0, 0], [60_000, 1], [120_000, 2]))).toBeCloseTo(1 / 60, 6);
});

test('time left runs down between reports, never below zero', () => {
  const half = samples([0, 0], [10_000, 50]);
  expect(timeLeft(half, 100, 10_000)).toBe(10_000);
  expect(timeLeft(half, 100, 14_000)).toBe(6_000);
  expect(timeLeft(half, 100, 99_000)).toBe(0);
});

test('a count that falls begins anew', () => {
  expect(samples([0, 0], [1_000, 90], [2_000, 3])).toEqual([{ time: 2_000, done: 3 }]);
});

test('of slow reports several are looked at, so that one that took long changes little', () => {
  const everyFive = Array.from({ length: 10 }, (_, i): [number, number] => [i * 5_000, i]);
  const late: [number, number] = [45_000 + 20_000, 10];
  const steady = timeLeft(samples(...everyFive), 109, 45_000) ?? 0;
  const jumped = timeLeft(samples(...everyFive, late), 110, 65_000) ?? 0;
  // Of the last alone it would be four times as much.
  expect(jumped / steady).toBeLessThan(1.6);
});
