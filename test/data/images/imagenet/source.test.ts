import { appendFile, cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from 'vitest';

import type { Batch } from '../../../../src/data/images/batches.ts';
import { DecodePool } from '../../../../src/data/images/imagenet/decode-pool.ts';
import { openImageNet } from '../../../../src/data/images/imagenet/source.ts';
import type { ImageNetOptions } from '../../../../src/data/images/imagenet/source.ts';
import { transformFile } from '../../../../src/data/images/imagenet/transform.ts';
import type { ImageSource } from '../../../../src/data/images/source.ts';
import { Random } from '../../../../src/random.ts';
import { temporaryFolder } from '../../temporary.ts';

const from = fileURLToPath(new URL('../../../../fixtures/imagenet', import.meta.url));

const pool = new DecodePool(2);
afterAll(() => pool.close());

const open = (options: Partial<ImageNetOptions>): Promise<ImageSource> =>
  openImageNet({ from, split: 'test', size: 14, pool, ...options });

async function all(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const taken: Batch[] = [];
  for await (const batch of batches) taken.push(batch);
  return taken;
}

describe('openImageNet', () => {
  it('says how many images and classes there are', async () => {
    expect(await open({ split: 'train' })).toMatchObject({
      name: 'imagenet',
      split: 'train',
      count: 30,
      height: 14,
      width: 14,
      classes: ['n01440764', 'n01443537', 'n01484850'],
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      unreadable: [],
    });
  });

  it('evaluates on the centre of every image, in order', async () => {
    const source = await open({});
    const batches = await all(source.evaluationBatches({ batchSize: 4 }));
    expect(batches.map(({ size }) => size)).toEqual([4, 4, 1]);
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual([2, 1, 0, 0, 2, 1, 1, 2, 0]);
    for (const at of [0, 5, 8]) {
      const path = join(from, `val/ILSVRC2012_val_0000000${at + 1}.JPEG`);
      const result = await transformFile(path, { kind: 'centre', size: 14, resize: 16 });
      const one = 3 * 14 * 14;
      const images = batches[Math.floor(at / 4)]?.images.slice((at % 4) * one, ((at % 4) + 1) * one);
      expect(result).toMatchObject({ kind: 'image', pixels: images });
    }
  });

  it('leaves a broken image out of an evaluation, fills its batch and counts it', async () => {
    const reported: string[] = [];
    const source = await open({
      split: 'train',
      onUnreadable: ({ path }) => reported.push(path),
    });
    for (let pass = 0; pass < 2; pass++) {
      const batches = await all(source.evaluationBatches({ batchSize: 8 }));
      expect(batches.map(({ size }) => size)).toEqual([8, 8, 8, 5]);
    }
    expect(reported).toEqual([join(from, 'train/n01443537/n01443537_5.JPEG')]);
    expect(source.unreadable.map(({ path }) => path)).toEqual(reported);
  });

  it('evaluates on a part of what is readable, the same whoever goes through it', async () => {
    const source = await open({ split: 'train' });
    const pixels = (batches: readonly Batch[]) => batches.flatMap(({ images }) => [...images]);
    const one = 3 * 14 * 14;
    const whole = pixels(await all(source.evaluationBatches({ batchSize: 8 })));
    for (const [skip, take] of [
      [0, 1],
      [13, 4],
      [27, 9],
      [29, 1],
    ] as const) {
      const part = await all(source.evaluationBatches({ batchSize: 3, skip, take }));
      const size = Math.max(0, Math.min(29 - skip, take));
      expect(part.reduce((sum, batch) => sum + batch.size, 0)).toBe(size);
      expect(pixels(part)).toEqual(whole.slice(skip * one, (skip + size) * one));
    }
  });

  it('normalises by other numbers where it is told to', async () => {
    const own = { mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 0.125] } as const;
    const [usual, other] = [await open({}), await open({ normalisation: own })];
    expect(other).toMatchObject(own);
    const [a] = await all(usual.evaluationBatches({ batchSize: 9 }));
    const [b] = await all(other.evaluationBatches({ batchSize: 9 }));
    for (const channel of [0, 1, 2] as const) {
      const at = channel * 14 * 14 + 5;
      const pixel = (a?.images[at] ?? 0) * (usual.std[channel] ?? NaN) + (usual.mean[channel] ?? NaN);
      expect(b?.images[at]).toBeCloseTo((pixel - own.mean[channel]) / own.std[channel], 5);
    }
  });

  it('takes some images from all classes', async () => {
    const source = await open({ split: 'train', images: 6 });
    expect(source.count).toBe(6);
    const [batch] = await all(source.evaluationBatches({ batchSize: 10 }));
    expect([...(batch?.labels ?? [])]).toEqual([0, 0, 1, 2, 2]); // The sixth, at 15, is the broken one.
  });

  it('gives parts that hold all classes, together every image, and share what cannot be read', async () => {
    const source = await open({ split: 'train' });
    const [first, second] = [source.part(0, 15), source.part(15, 30)];
    const paths: string[] = [];
    for (const part of [first, second]) {
      expect(part).toMatchObject({ count: 15, classes: source.classes, height: 14 });
      const labels = (await all(part.evaluationBatches({ batchSize: 4 }))).flatMap((batch) => [
        ...batch.labels,
      ]);
      expect(labels.length).toBeGreaterThanOrEqual(14);
      expect(new Set(labels)).toEqual(new Set([0, 1, 2]));
      await part.close();
      paths.push(...part.unreadable.map(({ path }) => path));
    }
    expect(new Set(paths)).toEqual(new Set([join(from, 'train/n01443537/n01443537_5.JPEG')]));
    expect(source.unreadable).toHaveLength(1);
    const options = () => ({ batchSize: 5, random: new Random(1) });
    const direct = await source.part(5, 12).trainBatches(options()).next();
    expect(await source.part(2, 20).part(3, 10).trainBatches(options()).next()).toEqual(direct);
    expect((await first.freshBatches(options()).next()).shape).toEqual([5, 3, 14, 14]);
    expect(() => source.part(3, 31)).toThrow('internal: part 3 to 31 of 30 images');
  });

  it('has a digest of paths, labels and sizes, wherever the folder lies', async () => {
    const digest = await (await open({ split: 'train' })).digest();
    expect(await (await open({ split: 'train', size: 20 })).digest()).toBe(digest);
    const folder = await temporaryFolder();
    await cp(join(from, 'train'), join(folder, 'train'), { recursive: true });
    const copied = async () => (await open({ split: 'train', from: folder })).digest();
    expect(await copied()).toBe(digest);
    const changed = join(folder, 'train/n01440764/n01440764_0.JPEG');
    await appendFile(changed, ' ');
    const longer = await copied();
    await rename(changed, join(folder, 'train/n01440764/n01440764_00.JPEG'));
    const renamed = await copied();
    expect(new Set([digest, longer, renamed]).size).toBe(3);
  });

  it('shares threads, which outlive a source', async () => {
    const train = await open({ split: 'train' });
    const test = await open({});
    const batches = train.trainBatches({ batchSize: 4, random: new Random(1) });
    expect((await batches.next()).images).toHaveLength(4 * 3 * 14 * 14);
    await train.close();
    expect(await all(test.evaluationBatches({ batchSize: 9 }))).toHaveLength(1);
  });

  it('can be left in the middle of an evaluation, and closed', async () => {
    const source = await open({ pool: undefined, workers: 1 });
    for await (const batch of source.evaluationBatches({ batchSize: 2 })) {
      expect(batch.size).toBe(2);
      break;
    }
    await source.close();
    await expect(all(source.evaluationBatches({ batchSize: 2 }))).rejects.toThrow(
      'internal: the threads that decode images were closed',
    );
  });

  it('refuses sizes that are none', async () => {
    await expect(openImageNet({ from, split: 'test', size: 0 })).rejects.toMatchObject({
      code: 'input/invalid',
    });
    await expect(openImageNet({ from, split: 'test', size: 32, resize: 31 })).rejects.toMatchObject({
      code: 'input/invalid',
    });
  });
});
