import { describe, expect, it } from 'vitest';

import { defaultBptt, searchLength, trainingLength } from '../../../src/data/text/lengths.ts';
import { Random } from '../../../src/random.ts';

const draws = 20_000;

describe('searchLength', () => {
  it('is 35, or 17 once in twenty', () => {
    const random = new Random(1);
    const lengths = Array.from({ length: draws }, () => searchLength(random, defaultBptt));
    expect([...new Set(lengths)].toSorted((a, b) => a - b)).toEqual([17, 35]);
    // Four standard deviations of the count either way.
    const halves = lengths.filter((length) => length === 17).length;
    expect(Math.abs(halves - draws * 0.05)).toBeLessThan(4 * Math.sqrt(draws * 0.05 * 0.95));
    expect(random.state.counter).toBe(draws);
  });

  it('is never less than a row', () => {
    const random = new Random(1);
    expect(Math.min(...Array.from({ length: 200 }, () => searchLength(random, 1)))).toBe(1);
  });
});

describe('trainingLength', () => {
  it('is normal around 35, or around 17.5 once in twenty', () => {
    const random = new Random(2);
    const lengths = Array.from({ length: draws }, () => trainingLength(random, defaultBptt));
    expect(lengths.every((length) => Number.isInteger(length) && length >= 5 && length <= 55)).toBe(true);
    // Cutting off the fraction takes half a row from the mean.
    const mean = lengths.reduce((sum, length) => sum + length, 0) / draws;
    const expected = 0.95 * 35 + 0.05 * 17.5 - 0.5;
    const deviation = Math.sqrt(25 + 1 / 12 + 0.05 * 0.95 * 17.5 ** 2);
    expect(Math.abs(mean - expected)).toBeLessThan((4 * deviation) / Math.sqrt(draws));
    const spread = Math.sqrt(lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / draws);
    expect(Math.abs(spread - deviation)).toBeLessThan(0.15);
    expect(random.state.counter).toBe(3 * draws);
  });

  it('keeps to its bounds where the normal goes beyond them', () => {
    const random = new Random(3);
    const short = Array.from({ length: 2000 }, () => trainingLength(random, 4));
    expect([Math.min(...short), Math.max(...short) <= 24]).toEqual([5, true]);
  });
});
