import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from 'vitest';

import type { Batch, EpochState } from '../../../../src/data/images/batches.ts';
import { DecodePool } from '../../../../src/data/images/imagenet/decode-pool.ts';
import { Decoder } from '../../../../src/data/images/imagenet/decoder.ts';
import { findImages } from '../../../../src/data/images/imagenet/folder.ts';
import type { ImageFolder } from '../../../../src/data/images/imagenet/folder.ts';
import { dartsAugmentation } from '../../../../src/data/images/imagenet/source.ts';
import { TrainStream } from '../../../../src/data/images/imagenet/train-stream.ts';
import type { UnreadableImage } from '../../../../src/data/images/source.ts';
import { Random } from '../../../../src/random.ts';
import { temporaryFolder } from '../../temporary.ts';

const fixture = fileURLToPath(new URL('../../../../fixtures/imagenet', import.meta.url));
const whole = await findImages(fixture, 'train');
/** The fixture with a label of its own for each image, so that labels say which images a batch holds. */
const numbered: ImageFolder = { ...whole, labels: Int32Array.from(whole.files, (_, i) => i) };
const broken = 15;
const pools = [1, 2].map((workers) => new DecodePool(workers));
const [pool = new DecodePool(1)] = pools;
afterAll(() => Promise.all(pools.map((one) => one.close())));

function streamOf(
  options: {
    readonly seed?: number;
    readonly batchSize?: number;
    readonly dropLast?: boolean;
    readonly prefetch?: number;
    readonly pool?: DecodePool;
    readonly folder?: ImageFolder;
    readonly onUnreadable?: (image: UnreadableImage) => void;
  } = {},
): TrainStream {
  const { seed = 1, batchSize = 8, dropLast = false, prefetch = 2, folder = numbered } = options;
  return new TrainStream(new Decoder(folder, 12, options.pool ?? pool, options.onUnreadable), {
    batchSize,
    dropLast,
    prefetch,
    random: new Random(seed),
    augmentation: dartsAugmentation,
  });
}

async function take(stream: TrainStream, batches: number): Promise<Batch[]> {
  const taken: Batch[] = [];
  for (let i = 0; i < batches; i++) taken.push(await stream.next());
  return taken;
}

const labelsOf = (batches: readonly Batch[]) => batches.flatMap(({ labels }) => [...labels]);

describe('TrainStream', () => {
  it('gives the same batches whatever the number of threads and of batches ahead', async () => {
    const [first, ...others] = await Promise.all(
      pools.map((one, i) => take(streamOf({ pool: one, prefetch: i }), 9)),
    );
    expect(first?.map(({ size }) => size)).toEqual([8, 8, 8, 6, 8, 8, 8, 6, 8]);
    for (const other of others) expect(other).toEqual(first);
  });

  it('gives every readable image once an epoch, in another order and augmented otherwise each time', async () => {
    const stream = streamOf();
    const [one, two] = [await take(stream, 4), await take(stream, 4)];
    for (const epoch of [one, two]) {
      expect(new Set(labelsOf(epoch))).toEqual(new Set([...numbered.labels].filter((k) => k !== broken)));
    }
    expect(labelsOf(one)).not.toEqual(labelsOf(two));
    const imageOf = (batches: readonly Batch[], label: number) => {
      const batch = batches.find(({ labels }) => labels.includes(label));
      const at = batch?.labels.indexOf(label) ?? 0;
      return batch?.images.slice(at * 432, (at + 1) * 432);
    };
    expect(imageOf(one, 4)).not.toEqual(imageOf(two, 4));
    expect(imageOf(one, 4)).toEqual(imageOf(await take(streamOf(), 4), 4));
  });

  it('puts the next image of the order in the place of a broken one, and reports that once', async () => {
    const reported: UnreadableImage[] = [];
    const stream = streamOf({ onUnreadable: (image) => reported.push(image) });
    const labels = labelsOf(await take(stream, 8));
    const path = join(fixture, 'train/n01443537/n01443537_5.JPEG');
    expect(reported.map((image) => image.path)).toEqual([path]);
    expect(labels).not.toContain(broken);
    for (const [epoch, order] of [labels.slice(0, 30), labels.slice(30)].entries()) {
      const twice = order.filter((label, i) => order.indexOf(label) !== i);
      expect(twice, `epoch ${epoch}`).toHaveLength(1);
      const [place = 0, other = 0] = order.flatMap((label, i) => (label === twice[0] ? [i] : []));
      // Side by side, or at both ends of the epoch: the last image's next one is the first.
      expect([1, 29]).toContain(other - place);
    }
  });

  it('ends an epoch on a short batch, or with dropLast on a whole one', async () => {
    expect(streamOf().batchesPerEpoch).toBe(4);
    const stream = streamOf({ dropLast: true });
    expect(stream.batchesPerEpoch).toBe(3);
    expect((await take(stream, 6)).map(({ size }) => size)).toEqual([8, 8, 8, 8, 8, 8]);
    expect(stream.state).toMatchObject({ epoch: 1, position: 24 });
    expect(() => streamOf({ batchSize: 31, dropLast: true })).toThrow(
      'internal: 30 images make no whole batch of 31',
    );
  });

  it('resumed from its state, at any batch, is the stream that was never stopped', async () => {
    const uninterrupted = streamOf();
    const states: EpochState[] = [uninterrupted.state];
    const batches: Batch[] = [];
    for (let i = 0; i < 10; i++) {
      batches.push(await uninterrupted.next());
      states.push(uninterrupted.state);
    }
    for (const at of [0, 1, 3, 4, 7]) {
      const resumed = streamOf({ seed: 99, prefetch: at % 3 });
      resumed.restore(JSON.parse(JSON.stringify(states[at])) as EpochState);
      expect(resumed.state).toEqual(states[at]);
      expect(await take(resumed, 3)).toEqual(batches.slice(at, at + 3));
      expect(resumed.state).toEqual(states[at + 3]);
    }
  });

  it('says where it stands by what was given out, not by what is decoded ahead', async () => {
    const stream = streamOf({ prefetch: 4 });
    await stream.next();
    expect(stream.state).toMatchObject({ epoch: 0, position: 8 });
  });

  it('restored goes back: what was decoded ahead is dropped', async () => {
    const stream = streamOf();
    const start = stream.state;
    const first = await take(stream, 2);
    stream.restore(start);
    expect(await take(stream, 2)).toEqual(first);
  });

  it('is an endless iterable', async () => {
    const labels: number[] = [];
    for await (const batch of streamOf({ batchSize: 30 })) {
      labels.push(...batch.labels);
      if (labels.length === 60) break;
    }
    expect(labels).toEqual(labelsOf(await take(streamOf({ batchSize: 30 }), 2)));
  });

  it('stops where nothing can be read any more', async () => {
    const folder = await temporaryFolder();
    await cp(join(fixture, 'train/n01440764'), join(folder, 'train/n01440764'), { recursive: true });
    const found = await findImages(folder, 'train');
    const stream = streamOf({ folder: found, batchSize: 2, prefetch: 0 });
    expect((await stream.next()).size).toBe(2);
    await rm(join(folder, 'train'), { recursive: true });
    await expect(stream.next()).rejects.toMatchObject({
      code: 'data/damaged',
      message: `10 images one after the other cannot be read in ${join(folder, 'train')}`,
    });
    // Restored and put back, it goes on.
    await cp(join(fixture, 'train/n01440764'), join(folder, 'train/n01440764'), { recursive: true });
    await writeFile(join(folder, 'train/n01440764/n01440764_0.JPEG'), 'no image');
    stream.restore(stream.state);
    expect((await stream.next()).size).toBe(2);
  });
});
