import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { floats } from '../../src/graph/tensor.ts';
import { Comparison, negligible, Top1, type Allowance } from '../../src/parity/comparison.ts';

const values = fc.float({ min: -100, max: 100, noNaN: true });
const pairs = fc.array(fc.tuple(values, values), { minLength: 1, maxLength: 200 });
const where = (row: number) => `row ${row}`;

function compare(
  elements: readonly (readonly [number, number])[],
  allowance: Allowance = { absolute: 1, relative: 0 },
): Comparison {
  const comparison = new Comparison();
  const side = (i: 0 | 1) =>
    floats(
      [elements.length, 1],
      elements.map((element) => element[i]),
    );
  comparison.add('y', side(0), side(1), allowance, where);
  return comparison;
}

describe('the tolerance that is needed', () => {
  it('passes every element, and nothing smaller does', () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom(0, 1e-3, 0.1), (elements, relative) => {
        const { requiredAbsolute } = compare(elements, { absolute: 1, relative }).distances;
        const passes = ([a, b]: readonly [number, number], atol: number) =>
          Math.abs(a - b) - relative * Math.abs(b) <= atol;
        expect(elements.every((element) => passes(element, requiredAbsolute))).toBe(true);
        if (requiredAbsolute > 0) {
          const less = requiredAbsolute * (1 - 1e-12);
          expect(elements.every((element) => passes(element, less))).toBe(false);
        }
      }),
    );
  });
});

describe('what of the allowance is used', () => {
  it('is 1 or less where every element is within it, and more where one is not', () => {
    const allowances = fc.record({
      absolute: fc.constantFrom(1e-3, 1, 50),
      relative: fc.constantFrom(0, 0.1),
    });
    fc.assert(
      fc.property(pairs, allowances, (elements, allowance) => {
        const { used, worst } = compare(elements, allowance).distances;
        const shares = elements.map(
          ([a, b]) => Math.abs(a - b) / (allowance.absolute + allowance.relative * Math.abs(b)),
        );
        expect(used).toBeCloseTo(Math.max(...shares), 10);
        expect(Math.abs((worst?.given ?? 0) - (worst?.expected ?? 0))).toBeCloseTo(
          used * (worst?.allowed ?? 0),
          6,
        );
      }),
    );
  });
});

describe('cosine and signal to noise', () => {
  it('are told of doubles whose squares no double holds', () => {
    const at = (size: number) => {
      const { cosine, signalToNoise } = compare(
        [
          [3 * size, 3.1 * size],
          [-2 * size, -2 * size],
        ],
        { absolute: size, relative: 0 },
      ).distances;
      return [cosine, signalToNoise].map((number) => number?.toFixed(9));
    };
    expect(at(1e200)).toEqual(at(1));
    expect(at(1e307)).toEqual(at(1));
    const noisy = { absolute: 0, relative: 0, decibels: 20 };
    expect(compare([[3e200, 3.3e200]], noisy).distances.used).toBeCloseTo(10 / 11, 9);
  });

  it('are of the output that is worst', () => {
    const comparison = new Comparison();
    const allowance = { absolute: 1, relative: 0 };
    comparison.add('good', floats([1, 2], [3, 4]), floats([1, 2], [3, 4]), allowance, where);
    comparison.add('bad', floats([1, 2], [4, 3]), floats([1, 2], [3, 4]), allowance, where);
    const { cosine, signalToNoise } = comparison.distances;
    expect(cosine).toBeCloseTo(24 / 25, 12);
    expect(signalToNoise).toBeCloseTo(10 * Math.log10(25 / 2), 12);
  });

  it('are those of equals where all is equal', () => {
    const { cosine, signalToNoise } = compare([
      [1, 1],
      [2, 2],
    ]).distances;
    expect(cosine).toBeCloseTo(1, 12);
    expect(signalToNoise).toBeNull();
  });

  it('take what is below normal numbers for 0, as runtimes do', () => {
    const allowance = { absolute: negligible, relative: 0 };
    const comparison = new Comparison();
    comparison.add('y', floats([1, 2], [0, 0]), floats([1, 2], [1e-40, -3e-39]), allowance, where);
    const { largestAbsolute, largestRelative, cosine, signalToNoise, used } = comparison.distances;
    expect(largestAbsolute).toBeCloseTo(3e-39, 42);
    expect({ largestRelative, cosine, signalToNoise }).toEqual({
      largestRelative: 0,
      cosine: null,
      signalToNoise: null,
    });
    expect(used).toBeLessThan(1);
    comparison.add('y', floats([1, 2], [0, 0]), floats([1, 2], [0, 1e-30]), allowance, where);
    expect(comparison.distances).toMatchObject({ largestRelative: 1, cosine: 0, signalToNoise: 0 });
  });
});

describe('the histogram', () => {
  it('has every finite element once, in the power of ten that its difference is within', () => {
    const { histogram } = compare([
      [1, 1],
      [1, 1.5],
      [1, 1.05],
      [1, 1.07],
      [NaN, 1],
    ]).distances;
    expect(histogram.map(({ upTo, elements }) => [upTo.toPrecision(3), elements])).toEqual([
      ['0.00', 1],
      ['0.100', 2],
      ['1.00', 1],
    ]);
  });
});

describe('the distance of 99 %', () => {
  it('is that of a sorted list, 3 % more at most', () => {
    fc.assert(
      fc.property(pairs, (elements) => {
        const sorted = elements.map(([a, b]) => Math.abs(a - b)).toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0;
        const { p99 } = compare(elements).distances;
        expect(p99).toBeGreaterThanOrEqual(Math.min(exact, 2 ** -160) * (1 - 1e-12));
        expect(p99).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
        expect(p99).toBeLessThanOrEqual(Math.max(1.03 * exact, 2 ** -160));
      }),
    );
  });
});

describe('what is not finite', () => {
  it('is counted where it is on one side, agrees where it is on both, and leaves the distances alone', () => {
    const { distances } = compare([
      [1, 1.5],
      [NaN, 1],
      [1, Infinity],
      [NaN, NaN],
    ]);
    expect(distances).toMatchObject({
      elements: 4,
      notFinite: 2,
      notFiniteAlike: 1,
      largestAbsolute: 0.5,
      firstNotFinite: { at: 'row 1', output: 'y', index: 0 },
    });
  });

  it('may be, where float32 does not tell, or further out than expected; what is nearer to 0 is held to its gate', () => {
    // The logarithm of a number that some flush to 0, others take for the smallest they have, and others get wrong.
    const elements = [
      [-Infinity, -89.6],
      [-103.97, -89.6],
      [-5, -89.6],
    ] as const;
    const allowance = { absolute: 1e-3, relative: 0, loose: new Uint8Array([1, 1, 1]) };
    const { distances } = compare(elements, allowance);
    expect(distances).toMatchObject({ notFinite: 0, notFiniteAlike: 2 });
    expect(distances.worst).toMatchObject({ at: 'row 2' });
    expect(distances.used).toBeGreaterThan(1);
  });
});

describe('top-1', () => {
  const agreement = (given: readonly number[], expected: readonly number[]) => {
    const top1 = new Top1();
    const shape = [given.length / 3, 3];
    top1.add(floats(shape, given), floats(shape, expected), where);
    return top1.agreement;
  };

  it('differs however close the two highest are', () => {
    expect(agreement([1, 1 + 1e-7, 0], [1 + 1e-7, 1, 0])).toEqual({
      agreed: 0,
      total: 1,
      firstDifferent: 'row 0',
    });
  });

  it('names the first input that differs', () => {
    expect(agreement([1, 0, 0, 0, 0, 2, 0, 1, 0], [2, 0, 0, 2, 0, 0, 1, 0, 0])).toEqual({
      agreed: 1,
      total: 3,
      firstDifferent: 'row 1',
    });
  });

  it('takes the first of equals, and no side with NaN', () => {
    expect(agreement([1, 1, 0], [2, 0, 0]).agreed).toBe(1);
    expect(agreement([1, NaN, 0], [1, NaN, 0]).agreed).toBe(0);
  });
});

describe('whole numbers that the last digits decide', () => {
  const ids = (values: readonly number[]) =>
    ({ dtype: 'int64', shape: [1, values.length], data: Int32Array.from(values) }) as const;

  it('may be what the other digits make of them, and no more; the others are the same', () => {
    const undecided = Float64Array.of(0, 3, 0);
    const one = new Comparison();
    one.add('y', ids([1, 5, 3]), ids([1, 2, 3]), { absolute: 0.5, relative: 0, undecided }, where);
    expect([one.otherwise, one.distances.used]).toEqual([1, 0]);
    for (const other of [ids([1, 6, 3]), ids([2, 2, 3])]) {
      const comparison = new Comparison();
      comparison.add('y', other, ids([1, 2, 3]), { absolute: 0.5, relative: 0, undecided }, where);
      expect(comparison.distances.used).toBeGreaterThan(1);
    }
  });

  it('are floats, too: these may be off as others are, beside', () => {
    const off = (given: readonly number[]) => {
      const comparison = new Comparison();
      const floats = (data: readonly number[]) =>
        ({ dtype: 'float32', shape: [1, 2], data: Float64Array.from(data) }) as const;
      const allowance = { absolute: 0.25, relative: 0, undecided: Float64Array.of(0, 1) };
      comparison.add('y', floats(given), floats([4, 4]), allowance, where);
      return [comparison.otherwise, comparison.distances.used];
    };
    expect(off([4.125, 4.125])).toEqual([0, 0.5]);
    expect(off([4.125, 5.25])).toEqual([1, 0.5]);
    expect(off([4.125, 5.5])).toEqual([0, 6]);
    expect(off([5, 4])).toEqual([0, 4]);
  });

  it('does not let scores be off as the boxes beside them may', () => {
    const parts = { of: Float64Array.of(0, 1, 0, 1), absolute: Float64Array.of(NaN, 1e-3) };
    const off = (given: readonly number[]) => {
      const comparison = new Comparison();
      const floats = (data: readonly number[]) =>
        ({ dtype: 'float32', shape: [2, 2], data: Float64Array.from(data) }) as const;
      const allowance = { absolute: 10, relative: 0, parts };
      comparison.add('y', floats(given), floats([100, 0.5, 200, 0.5]), allowance, where);
      const { used, worst } = comparison.distances;
      return [used, worst?.allowed];
    };
    expect(off([105, 0.5, 200, 0.5])).toEqual([0.5, 10]);
    expect(off([105, 0.5, 200, 0.502])[0]).toBeCloseTo(2, 6);
    expect(off([105, 0.5, 200, 0.502])[1]).toBe(1e-3);
  });

  it('are counted where it is not known which they are', () => {
    const compared = (otherwise: number) => {
      const comparison = new Comparison();
      comparison.add('y', ids([9, 9, 3]), ids([1, 2, 3]), { absolute: 0.5, relative: 0, otherwise }, where);
      return [comparison.otherwise, comparison.distances.used > 1];
    };
    expect([compared(1), compared(2)]).toEqual([
      [0, true],
      [2, false],
    ]);
  });

  it('does not let what is small be off as what is masked may', () => {
    const allowance = { absolute: 10, relative: 0, small: { below: 1000, absolute: 1e-3 } };
    const comparison = new Comparison();
    comparison.add('y', floats([1, 2], [-10_005, 5]), floats([1, 2], [-10_000, 5]), allowance, where);
    expect(comparison.distances.used).toBeLessThanOrEqual(1);
    comparison.add('y', floats([1, 2], [-10_000, 6]), floats([1, 2], [-10_000, 5]), allowance, where);
    expect(comparison.distances).toMatchObject({ used: 1000, worst: { allowed: 1e-3 } });
  });
});
