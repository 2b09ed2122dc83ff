import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../src/random.ts';
import { calibrations, count, cutRange, emptyHistogram } from '../../src/model/ranges.ts';

function rangeOf(values: readonly number[]) {
  return { least: Math.min(...values), most: Math.max(...values) };
}

function cut(method: (typeof calibrations)[number], values: readonly number[]) {
  const histogram = emptyHistogram(rangeOf(values));
  count(histogram, values);
  return cutRange(method, rangeOf(values), histogram);
}

/** About normal, and one number far off. */
function withOneFarOff(): readonly number[] {
  const random = new Random(5);
  return [...Array.from({ length: 30_000 }, () => bell(random)), 40];
}

it('all of it is the range by min-max, whatever is far off', () => {
  const values = withOneFarOff();
  expect(cut('min-max', values)).toEqual(rangeOf(values));
});

it.each(['percentile', 'entropy'] as const)(
  'one number far off does not make the steps coarse by %s',
  (method) => {
    const values = withOneFarOff();
    const { least, most } = cut(method, values);
    // Steps a fifth of those that it would take, at most.
    expect(most).toBeLessThan(40 / 5);
    // And what there is much of is kept: of six uniform numbers the deviation is 0.7.
    expect(most).toBeGreaterThan(1.4);
    expect(least).toBeLessThan(-1.4);
  },
);

/** Of six uniform numbers: a normal distribution, nearly, of deviation 0.7. */
function bell(random: Random): number {
  return Array.from({ length: 6 }, () => random.uniform() - 0.5).reduce((a, b) => a + b, 0);
}

it.each([500, 8000])(
  'what a ReLU leaves of %d numbers is not cut by entropy where they are many',
  (length) => {
    const random = new Random(6);
    const values = Array.from({ length }, () => Math.max(0, bell(random)));
    // At most one in five hundred is beyond what is kept.
    const { most } = cut('entropy', values);
    expect(values.filter((value) => value > most).length).toBeLessThanOrEqual(length / 500);
  },
);

it('a cut range lies within the whole one', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...calibrations),
      fc.array(fc.integer({ min: -4000, max: 4000 }), { minLength: 1, maxLength: 200 }),
      (method, sixteenths) => {
        const values = sixteenths.map((value) => value / 16);
        const [whole, { least, most }] = [rangeOf(values), cut(method, values)];
        expect(least).toBeGreaterThanOrEqual(whole.least);
        expect(most).toBeLessThanOrEqual(whole.most);
      },
    ),
  );
});
