import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Random } from '../src/random.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** Pearson's correlation of two equally long lists. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (v: readonly number[]) => v.reduce((s, x) => s + x, 0) / v.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((x, i) => {
    const [da, db] = [x - meanA, (b[i] ?? NaN) - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  });
  return ab / Math.sqrt(aa * bb);
}

const uniforms = (random: Random, n: number) => Array.from({ length: n }, () => random.uniform());

describe('state', () => {
  it('gives the numbers it has always given', () => {
    // Runs saved by one version resume under the next only while these stay.
    const random = new Random(7);
    expect([random.uniform(), random.normal(), random.integer(1000)]).toMatchInlineSnapshot(`
      [
        0.785663609392941,
        0.5660321646475268,
        271,
      ]
    `);
    expect([...random.permutation(8)]).toMatchInlineSnapshot(`
      [
        6,
        1,
        0,
        3,
        4,
        5,
        7,
        2,
      ]
    `);
    expect(random.fork('alpha').state).toMatchInlineSnapshot(`
      {
        "counter": 0,
        "seed": 3907088792,
      }
    `);
  });

  it('resumes from its two integers, across the 32-bit border of the counter too', () => {
    const counters = fc.oneof(
      fc.nat(),
      fc.integer({ min: 2 ** 32 - 40, max: 2 ** 32 + 40 }),
      fc.integer({ min: 0, max: 2 ** 53 - 1000 }),
    );
    fc.assert(
      fc.property(seeds, counters, fc.nat({ max: 60 }), (seed, counter, before) => {
        const whole = new Random(seed, counter);
        for (let i = 0; i < before; i++) whole.uniform();
        expect(whole.state).toEqual({ seed, counter: counter + before });
        const resumed = Random.from(JSON.parse(JSON.stringify(whole.state)));
        whole.normal();
        resumed.normal();
        expect([...resumed.permutation(20)]).toEqual([...whole.permutation(20)]);
        expect(resumed.state).toEqual(whole.state);
      }),
    );
  });

  it.each([-1, 0.5, 2 ** 32, NaN])('refuses the seed %s', (seed) => {
    expect(() => new Random(seed)).toThrow(/is not a 32-bit integer/);
  });

  it('refuses a counter that is not a count', () => {
    expect(() => new Random(1, 2 ** 53)).toThrow(/is not a count/);
  });
});

describe('quality', () => {
  it('is uniform: every byte of the word, by chi-square over 256 bins', () => {
    for (const seed of [0, 1, 2, 12345, 2 ** 32 - 1]) {
      const random = new Random(seed);
      const counts = Array.from({ length: 4 }, () => new Float64Array(256));
      const draws = 65_536;
      for (let i = 0; i < draws; i++) {
        const word = random.uniform() * 2 ** 32;
        counts.forEach((bins, byte) => {
          const bin = Math.floor(word / 2 ** (8 * byte)) % 256;
          bins[bin] = (bins[bin] ?? 0) + 1;
        });
      }
      for (const bins of counts) {
        const expected = draws / 256;
        const chiSquare = bins.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
        // 255 degrees of freedom: mean 255, deviation 22.6. Five deviations either way.
        expect(chiSquare).toBeGreaterThan(255 - 113);
        expect(chiSquare).toBeLessThan(255 + 113);
      }
    }
  });

  it('does not correlate with itself, with the next seed or with a fork', () => {
    const n = 20_000;
    const limit = 5 / Math.sqrt(n);
    for (const seed of [0, 1, 99]) {
      const stream = uniforms(new Random(seed), n + 7);
      const base = stream.slice(0, n);
      for (const lag of [1, 2, 7]) {
        expect(Math.abs(correlation(base, stream.slice(lag, lag + n)))).toBeLessThan(limit);
      }
      const others = [
        new Random(seed + 1),
        new Random(seed, 2 ** 32),
        new Random(seed).fork('a'),
        new Random(seed).fork('b'),
        new Random(seed).fork('a').fork('b'),
      ].map((random) => uniforms(random, n));
      others.forEach((other, i) => {
        expect(Math.abs(correlation(base, other))).toBeLessThan(limit);
        const next = others[(i + 1) % others.length] ?? [];
        expect(Math.abs(correlation(other, next))).toBeLessThan(limit);
      });
    }
  });

  it('flips half the bits of the word when one bit of seed or counter flips', () => {
    const word = (seed: number, counter: number) => (new Random(seed, counter).uniform() * 2 ** 32) >>> 0;
    const ones = (x: number) => {
      let count = 0;
      for (let rest = x; rest !== 0; rest >>>= 1) count += rest & 1;
      return count;
    };
    for (let bit = 0; bit < 32; bit++) {
      let [bySeed, byCounter] = [0, 0];
      const trials = 400;
      for (let t = 0; t < trials; t++) {
        const [seed, counter] = [t * 7919, t * 3];
        const base = word(seed, counter);
        bySeed += ones((base ^ word((seed ^ (1 << bit)) >>> 0, counter)) >>> 0);
        byCounter += ones((base ^ word(seed, (counter ^ (1 << bit)) >>> 0)) >>> 0);
      }
      // 400 × 32 fair coins: deviation of the mean 0.14 bits.
      expect(Math.abs(bySeed / trials - 16)).toBeLessThan(0.8);
      expect(Math.abs(byCounter / trials - 16)).toBeLessThan(0.8);
    }
  });

  it('draws normals with the moments of a normal', () => {
    const random = new Random(3);
    const n = 100_000;
    let [first, second, third, fourth] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      first += x / n;
      second += x ** 2 / n;
      third += x ** 3 / n;
      fourth += x ** 4 / n;
    }
    expect(Math.abs(first)).toBeLessThan(0.015);
    expect(Math.abs(second - 1)).toBeLessThan(0.02);
    expect(Math.abs(third)).toBeLessThan(0.06);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.15);
  });
});

describe('derived draws', () => {
  it('integers stay below and are all reached alike', () => {
    const random = new Random(11);
    const counts = new Float64Array(10);
    for (let i = 0; i < 50_000; i++) {
      const k = random.integer(10);
      counts[k] = (counts[k] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 5000)).toBeLessThan(350);
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 2 ** 32 }), (seed, below) => {
        const drawn = new Random(seed).integer(below);
        return Number.isInteger(drawn) && drawn >= 0 && drawn < below;
      }),
    );
    // A remainder alone would put half of all draws, not a third, below 2^30.
    let small = 0;
    for (let i = 0; i < 9000; i++) small += random.integer(3 * 2 ** 30) < 2 ** 30 ? 1 : 0;
    expect(Math.abs(small - 3000)).toBeLessThan(225);
    expect(() => random.integer(0)).toThrow('internal:');
  });

  it('a bernoulli draw is true with its probability, never at 0 and always at 1', () => {
    const random = new Random(5);
    let hits = 0;
    for (let i = 0; i < 20_000; i++) hits += random.bernoulli(0.3) ? 1 : 0;
    expect(Math.abs(hits / 20_000 - 0.3)).toBeLessThan(0.017);
    for (let i = 0; i < 100; i++) {
      expect(random.bernoulli(0)).toBe(false);
      expect(random.bernoulli(1)).toBe(true);
    }
  });

  it('a permutation holds each number once, and each of the 24 orders of 4 is as likely', () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 300 }), (seed, n) => {
        const sorted = new Random(seed).permutation(n).toSorted();
        expect([...sorted]).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
    const random = new Random(8);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.permutation(4).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(160);
  });
});

describe('fork', () => {
  it('depends on the seed and the label, not on what was drawn', () => {
    const random = new Random(4);
    const early = random.fork('batches');
    random.uniform();
    expect(random.fork('batches').state).toEqual(early.state);
    expect(random.state.counter).toBe(1);
  });

  it('differs by label, by seed and by how labels are split', () => {
    const forks = [
      new Random(4).fork(''),
      new Random(4).fork('a'),
      new Random(4).fork('b'),
      new Random(4).fork('ab'),
      new Random(4).fork('ba'),
      new Random(4).fork('a').fork('b'),
      new Random(5).fork('a'),
      new Random(4),
    ].map((random) => random.state.seed);
    expect(new Set(forks).size).toBe(forks.length);
  });
});
