import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { EpochBatches, evaluationBatches } from '../../../src/data/images/batches.ts';
import { openImageSource } from '../../../src/data/datasets.ts';
import { subset } from '../../../src/data/images/dataset.ts';
import { datasetSource } from '../../../src/data/images/source.ts';
import { syntheticImages } from '../../../src/data/images/synthetic.ts';
import { Random } from '../../../src/random.ts';

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

describe('openImageSource', () => {
  it('opens images in files by name', async () => {
    const from = fileURLToPath(new URL('../../../fixtures/imagenet', import.meta.url));
    const files = await openImageSource('imagenet', 'train', { images: 12, imagenet: { from, size: 16 } });
    expect([files.count, files.classes.length, files.height]).toEqual([12, 3, 16]);
    await files.close();
  });
});
