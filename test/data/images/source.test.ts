import { fileURLToPath } from 'node:url';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { EpochBatches, evaluationBatches, freshBatch } from '../../../src/data/images/batches.ts';
import { datasetNamed } from '../../../src/data/registry.ts';
import { subset } from '../../../src/data/images/dataset.ts';
import { datasetSource } from '../../../src/data/images/source.ts';
import { syntheticImages } from '../../../src/data/images/synthetic.ts';
import { Random } from '../../../src/random.ts';
import { imageFeed } from '../../../src/tasks/images/feeds.ts';

const images = syntheticImages({ count: 20, size: 8 });

describe('datasetSource', () => {
  it('gives the batches that EpochBatches gives, and resumes as it does', async () => {
    const augmentation = { pad: 2, cutout: 2 };
    const options = { batchSize: 8, dropLast: true };
    const plain = new EpochBatches(images, { ...options, augmentation, random: new Random(1) });
    const source = datasetSource(images, augmentation);
    const stream = source.trainBatches({ ...options, random: new Random(1) });
    expect(stream.batchesPerEpoch).toBe(2);
    for (let i = 0; i < 3; i++) expect(await stream.next()).toEqual(plain.next());
    expect(stream.state).toEqual(plain.state);
    const resumed = source.trainBatches({ ...options, random: new Random(9) });
    resumed.restore(stream.state);
    expect(await resumed.next()).toEqual(plain.next());
  });

  it('evaluates as evaluationBatches does', async () => {
    const taken = [];
    for await (const batch of datasetSource(images).evaluationBatches({ batchSize: 8 })) taken.push(batch);
    expect(taken).toEqual([...evaluationBatches(images, 8)]);
  });

  it('evaluates on a part, too', async () => {
    const source = datasetSource(images);
    const taken = [];
    for await (const batch of source.evaluationBatches({ batchSize: 4, skip: 3, take: 6 })) taken.push(batch);
    expect(taken).toEqual([...evaluationBatches(subset(images, 3, 9), 4)]);
    for await (const _ of source.evaluationBatches({ batchSize: 4, skip: 20 })) expect.unreachable();
  });
});

describe('a stream of epochs', () => {
  it('says when an epoch has no batch left, restored too', async () => {
    const source = datasetSource(images);
    const stream = source.trainBatches({ batchSize: 8, random: new Random(1) });
    const ends = [stream.atEnd];
    for (let i = 0; i < 4; i++) {
      await stream.next();
      ends.push(stream.atEnd);
      const resumed = source.trainBatches({ batchSize: 8, random: new Random(2) });
      resumed.restore(stream.state);
      expect([resumed.atEnd, resumed.state.epoch]).toEqual([stream.atEnd, stream.state.epoch]);
    }
    expect(ends).toEqual([false, false, false, true, false]);
  });
});

describe('fresh batches', () => {
  it('are those of freshBatch, and resume as it does', async () => {
    const augmentation = { pad: 2, cutout: 2 };
    const source = datasetSource(images, augmentation);
    const random = new Random(4);
    const stream = source.freshBatches({ batchSize: 8, random: new Random(4) });
    for (let i = 0; i < 3; i++) {
      expect(await stream.next()).toEqual(freshBatch(images, random, { batchSize: 8, augmentation }));
      expect(stream.state).toEqual(random.state);
    }
    const resumed = source.freshBatches({ batchSize: 8, random: new Random(9) });
    resumed.restore(stream.state);
    expect(await resumed.next()).toEqual(await stream.next());
  });
});

describe('part', () => {
  const range = fc.tuple(fc.nat(20), fc.nat(20)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

  it('is the subset, and a part of a part is the part that its numbers say', async () => {
    await fc.assert(
      fc.asyncProperty(range, range, async ([start, end], [from, to]) => {
        fc.pre(start < end && from < to && to <= end - start);
        const part = datasetSource(images).part(start, end);
        const inner = part.part(from, to);
        const same = datasetSource(subset(images, start + from, start + to));
        const random = () => new Random(3);
        expect(inner.count).toBe(to - from);
        expect(await inner.digest()).toBe(await same.digest());
        const [own, its] = [inner, same].map((s) => s.trainBatches({ batchSize: 3, random: random() }));
        expect(await own?.next()).toEqual(await its?.next());
      }),
    );
  });
});

describe('digest', () => {
  it('changes with any pixel, any label, and the shape', async () => {
    const digest = await datasetSource(images).digest();
    expect(await datasetSource({ ...images, name: 'renamed' }).digest()).toBe(digest);
    const changed = (given: Uint8Array | Int32Array) => {
      const bytes = Uint8Array.from(given);
      return bytes.with(7, (bytes[7] ?? 0) ^ 1);
    };
    const others = [
      { ...images, pixels: changed(images.pixels) },
      { ...images, labels: changed(images.labels) },
      { ...images, height: 4, width: 16 },
      subset(images, 0, 19),
    ];
    const digests = await Promise.all(others.map((other) => datasetSource(other).digest()));
    expect(new Set([digest, ...digests]).size).toBe(5);
  });
});

describe('the shape of a batch', () => {
  it('is that of its images, higher than wide too', async () => {
    const high = { ...images, height: 16, width: 4 };
    const source = datasetSource(high);
    const options = { batchSize: 8, random: new Random(1) };
    const batches = [
      await source.trainBatches(options).next(),
      await source.freshBatches(options).next(),
      ...evaluationBatches(high, 8),
    ];
    expect(batches.map(({ shape }) => shape)).toEqual([8, 8, 8, 8, 4].map((size) => [size, 3, 16, 4]));
    for (const batch of batches) {
      expect(imageFeed(batch).get('image')).toMatchObject({ shape: batch.shape, data: batch.images });
    }
  });
});

describe('a dataset in files', () => {
  it('opens images in files by name', async () => {
    const from = fileURLToPath(new URL('../../../fixtures/imagenet', import.meta.url));
    const files = await datasetNamed('imagenet').open({ split: 'train', images: 12, from, size: 16 });
    expect([files.count, files.classes.length, files.height]).toEqual([12, 3, 16]);
    await files.close();
  });
});
