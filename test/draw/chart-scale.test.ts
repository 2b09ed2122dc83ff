import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  axis,
  type ChartPoint,
  finiteRuns,
  logAxis,
  movingMean,
  thinned,
  valueAxis,
} from '../../src/draw/chart-scale.ts';
import { tries } from '../support/properties.ts';

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const line = fc.array(finite, { maxLength: 400 }).map((ys) => ys.map((y, x): ChartPoint => [x, y]));

describe('axis', () => {
  it('has round ticks', () => {
    expect(axis(0, 2.4, 5, true)).toEqual({ min: 0, max: 2.5, ticks: [0, 0.5, 1, 1.5, 2, 2.5], decimals: 1 });
    expect(axis(0.13, 0.87, 4, true).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(axis(0, 49, 5, false)).toEqual({ min: 0, max: 49, ticks: [0, 10, 20, 30, 40], decimals: 0 });
    expect(axis(2.07, 2.08, 2, true).ticks).toEqual([2.07, 2.075, 2.08]);
  });

  it('covers the data, evenly, in a moderate number of ticks', () => {
    fc.assert(
      fc.property(
        finite,
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.integer({ min: 2, max: 9 }),
        (low, span, n) => {
          const { min, max, ticks } = axis(low, low + span, n, true);
          expect(min).toBeLessThanOrEqual(low + span * 1e-6);
          expect(max).toBeGreaterThanOrEqual(low + span * (1 - 1e-6));
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          expect(ticks.length).toBeLessThanOrEqual(n + 3);
        },
      ),
    );
  });

  it('makes room around a single value', () => {
    expect(axis(5, 5, 4, true)).toMatchObject({ min: 4.5, max: 5.5 });
    expect(axis(0, 0, 4, true)).toMatchObject({ min: -1, max: 1 });
  });
});

describe('logAxis', () => {
  it('has ticks at powers of ten, closer ones where there is room', () => {
    expect(logAxis(1, 1000, 5)).toEqual({ min: 0, max: 3, ticks: [1, 10, 100, 1000], decimals: 0 });
    expect(logAxis(0.02, 0.6, 5)).toMatchObject({ ticks: [0.02, 0.05, 0.1, 0.2, 0.5] });
    expect(logAxis(2.1, 2.4, 4).ticks.length).toBeGreaterThanOrEqual(2);
  });

  it('has an axis for the smallest numbers there are', () => {
    const { min, max, ticks } = logAxis(Number.MIN_VALUE, Number.MIN_VALUE, 3);
    expect([min, max].every(Number.isFinite)).toBe(true);
    expect(ticks.every((tick) => tick > 0)).toBe(true);
  });

  it('has ticks within the data, and no more than asked for', () => {
    const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(positive, positive, fc.integer({ min: 2, max: 9 }), (a, b, count) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const { ticks } = logAxis(low, high, count);
        expect(ticks.length).toBeLessThanOrEqual(count);
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual((low / 2) * (1 - 1e-6));
          expect(tick).toBeLessThanOrEqual(high * 2 * (1 + 1e-6));
        }
      }),
    );
  });
});

describe('finiteRuns', () => {
  it('splits at what is not a number', () => {
    expect(
      finiteRuns([
        [0, 1],
        [1, NaN],
        [2, 3],
        [3, 4],
        [4, Infinity],
      ]),
    ).toEqual([
      [[0, 1]],
      [
        [2, 3],
        [3, 4],
      ],
    ]);
  });
});

describe('thinned', () => {
  it('keeps ends, extremes and order, and few points', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 8, max: 100 }), (points, most) => {
        const kept = thinned(points, most);
        expect(kept.length).toBeLessThanOrEqual(most);
        if (points.length <= most) expect(kept).toEqual(points);
        const ys = (of: readonly ChartPoint[]): readonly number[] => of.map(([, y]) => y);
        expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
        expect(Math.max(...ys(kept))).toBe(Math.max(...ys(points)));
        expect(Math.min(...ys(kept))).toBe(Math.min(...ys(points)));
        expect(kept.every(([x], i) => i === 0 || x > (kept[i - 1]?.[0] ?? NaN))).toBe(true);
      }),
    );
  });
});

describe('movingMean', () => {
  it('equals the mean of the points around', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 20 }), (points, window) => {
        const before = Math.floor((window - 1) / 2);
        const means = movingMean(points, window);
        for (const [i, [x, mean]] of means.entries()) {
          const around = points.slice(Math.max(0, i - before), i - before + window);
          expect(x).toBe(points[i]?.[0]);
          expect(mean).toBeCloseTo(around.reduce((sum, [, y]) => sum + y, 0) / around.length, 4);
        }
      }),
      { numRuns: tries(50) },
    );
  });
});

it('between two things that are counted there is no tick, and none below nothing', () => {
  expect(valueAxis([0, 1, 0], 4)).toEqual({ min: 0, max: 1, ticks: [0, 1], decimals: 0 });
  expect(valueAxis([0, 0], 3)).toMatchObject({ min: 0, max: 1, ticks: [0, 1] });
  expect(valueAxis([0, 0.5, 1], 2).ticks).toEqual([0, 0.5, 1]);
  // Every image right, or none: between these there are shares.
  expect(valueAxis([0, 1], 2, 'percent').ticks).toEqual([0, 0.5, 1]);
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1 }), fc.integer({ min: 1, max: 9 }), (counts, ticks) => {
      const found = valueAxis(counts, ticks);
      expect(found.ticks.every((tick) => Number.isInteger(tick))).toBe(true);
      expect(found.ticks.length).toBeGreaterThan(0);
    }),
    { numRuns: tries(200) },
  );
});
