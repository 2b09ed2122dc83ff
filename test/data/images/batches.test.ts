import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { EpochBatches, evaluationBatches, freshBatch } from '../../../src/data/images/batches.ts';
import type { Batch } from '../../../src/data/images/batches.ts';
import { subset } from '../../../src/data/images/dataset.ts';
import { syntheticImages } from '../../../src/data/images/synthetic.ts';
import { Random } from '../../../src/random.ts';
import { tries } from '../../support/properties.ts';
import { digested } from '../../support/digested.ts';

/** Fifty images, each of a label of its own, so that labels say which images a batch holds. */
const all = syntheticImages({ count: 50, classes: 50, size: 4 });
const augmentation = { pad: 1, cutout: 2 };

const labelsOf = (batches: Iterable<Batch>) => [...batches].flatMap(({ labels }) => [...labels]);
const sorted = (labels: readonly number[]) => labels.toSorted((a, b) => a - b);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('EpochBatches', () => {
  it('gives every image once an epoch, in another order each time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat({ max: 1000 }),
        (count, batchSize, seed) => {
          const batches = new EpochBatches(subset(all, 0, count), { batchSize, random: new Random(seed) });
          const epoch = [...batches.epochBatches()];
          expect(epoch).toHaveLength(batches.batchesPerEpoch);
          expect(epoch.slice(0, -1).every(({ size }) => size === batchSize)).toBe(true);
          expect(sorted(labelsOf(epoch))).toEqual(upTo(count));
          expect(sorted(labelsOf(batches.epochBatches()))).toEqual(upTo(count));
          expect(batches.state).toMatchObject({ epoch: 1, position: count });
        },
      ),
      { numRuns: tries(50) },
    );
    const batches = new EpochBatches(all, { batchSize: 50, random: new Random(1) });
    expect([...batches.next().labels]).not.toEqual([...batches.next().labels]);
  });

  it('ends on a short batch, or with dropLast on a whole one', () => {
    const sizes = (dropLast: boolean) => {
      const batches = new EpochBatches(all, { batchSize: 16, dropLast, random: new Random(1) });
      return [...batches.epochBatches()].map(({ size, images, labels }) => {
        expect([images.length, labels.length]).toEqual([size * 48, size]);
        return size;
      });
    };
    expect(sizes(false)).toEqual([16, 16, 16, 2]);
    expect(sizes(true)).toEqual([16, 16, 16]);
    expect(() => new EpochBatches(all, { batchSize: 51, dropLast: true, random: new Random(1) })).toThrow(
      'internal: 50 images make no whole batch of 51',
    );
  });

  it('resumed from its state is the stream that was never stopped', () => {
    fc.assert(
      fc.property(fc.nat({ max: 12 }), fc.boolean(), fc.nat({ max: 1000 }), (before, dropLast, seed) => {
        const options = { batchSize: 16, dropLast, augmentation };
        const whole = new EpochBatches(all, { ...options, random: new Random(seed) });
        for (let i = 0; i < before; i++) whole.next();
        const resumed = new EpochBatches(all, { ...options, random: new Random(0) });
        resumed.restore(JSON.parse(JSON.stringify(whole.state)));
        for (let i = 0; i < 6; i++) expect(digested(resumed.next())).toEqual(digested(whole.next()));
        expect(resumed.state).toEqual(whole.state);
      }),
      { numRuns: tries(40) },
    );
  });

  it('gives each batch arrays of its own', () => {
    const batches = new EpochBatches(all, { batchSize: 16, random: new Random(1) });
    const first = batches.next();
    const copy = { ...first, images: first.images.slice(), labels: first.labels.slice() };
    batches.next();
    expect(first).toEqual(copy);
  });
});

describe('freshBatch', () => {
  it('draws different images, each as often, and anew each time', () => {
    const random = new Random(3);
    const counts = new Float64Array(50);
    const draws = 4000;
    for (let i = 0; i < draws; i++) {
      const { labels, size } = freshBatch(all, random, { batchSize: 5 });
      expect(size).toBe(5);
      expect(new Set(labels).size).toBe(5);
      for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
    }
    // 400 of each, deviation 19.
    for (const count of counts) expect(Math.abs(count - draws / 10)).toBeLessThan(95);
  });

  it('depends on the random state alone, and takes all of a small dataset', () => {
    const random = new Random(3);
    freshBatch(all, random, { batchSize: 8, augmentation });
    const saved = random.state;
    const next = freshBatch(all, random, { batchSize: 8, augmentation });
    expect(freshBatch(all, Random.from(saved), { batchSize: 8, augmentation })).toEqual(next);
    expect(sorted([...freshBatch(all, random, { batchSize: 64 }).labels])).toEqual(upTo(50));
  });
});

describe('evaluationBatches', () => {
  it('gives every image once and in order, as it is', () => {
    const batches = [...evaluationBatches(all, 16)];
    expect(batches.map(({ size }) => size)).toEqual([16, 16, 16, 2]);
    expect(labelsOf(batches)).toEqual(upTo(50));
    expect(batches[1]?.images[0]).toBe(Math.fround(((all.pixels[16 * 48] ?? NaN) / 255 - 0.5) / 0.25));
    expect(() => [...evaluationBatches(all, 0)]).toThrow('internal: a batch of 0 images');
  });
});
