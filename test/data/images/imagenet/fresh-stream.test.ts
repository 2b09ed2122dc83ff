import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from 'vitest';

import type { Batch } from '../../../../src/data/images/batches.ts';
import { DecodePool } from '../../../../src/data/images/imagenet/decode-pool.ts';
import { Decoder } from '../../../../src/data/images/imagenet/decoder.ts';
import { findImages } from '../../../../src/data/images/imagenet/folder.ts';
import type { ImageFolder } from '../../../../src/data/images/imagenet/folder.ts';
import { freshStream } from '../../../../src/data/images/imagenet/fresh-stream.ts';
import { dartsAugmentation } from '../../../../src/data/images/imagenet/source.ts';
import type { FreshBatches } from '../../../../src/data/images/source.ts';
import { Random } from '../../../../src/random.ts';
import type { RandomState } from '../../../../src/random.ts';
import { temporaryFolder } from '../../temporary.ts';

const fixture = fileURLToPath(new URL('../../../../fixtures/imagenet', import.meta.url));
const whole = await findImages(fixture, 'train');
/** The fixture with a label of its own for each image, so that labels say which images a batch holds. */
const numbered: ImageFolder = { ...whole, labels: Int32Array.from(whole.files, (_, i) => i) };
const broken = 15;
const pools = [1, 2].map((workers) => new DecodePool(workers));
const [pool = new DecodePool(1)] = pools;
afterAll(() => Promise.all(pools.map((one) => one.close())));

interface Wanted {
  readonly seed?: number;
  readonly batchSize?: number;
  readonly prefetch?: number;
  readonly pool?: DecodePool;
  readonly folder?: ImageFolder;
}

function streamOf(wanted: Wanted = {}): FreshBatches {
  const { seed = 1, batchSize = 8, prefetch = 2, folder = numbered } = wanted;
  const decoder = new Decoder(folder, 12, wanted.pool ?? pool);
  return freshStream(decoder, {
    batchSize,
    prefetch,
    random: new Random(seed),
    augmentation: dartsAugmentation,
  });
}

async function take(stream: FreshBatches, batches: number): Promise<Batch[]> {
  const taken: Batch[] = [];
  for (let i = 0; i < batches; i++) taken.push(await stream.next());
  return taken;
}

describe('freshStream', () => {
  it('gives the same batches whatever the number of threads and of batches ahead', async () => {
    const [first, second] = await Promise.all(
      pools.map((one, i) => take(streamOf({ pool: one, prefetch: 3 * i }), 4)),
    );
    expect(second).toEqual(first);
    expect(first?.map(({ shape }) => shape)).toEqual(Array.from({ length: 4 }, () => [8, 3, 12, 12]));
  });

  it('draws all images sooner or later, anew each time, and augments an image otherwise', async () => {
    const batches = await take(streamOf({ batchSize: 30 }), 2);
    const readable = [...numbered.labels].filter((label) => label !== broken);
    for (const { labels } of batches) expect(new Set(labels)).toEqual(new Set(readable));
    const [one, two] = batches.map(({ labels, images }) => {
      const at = labels.indexOf(4);
      return images.slice(at * 432, (at + 1) * 432);
    });
    expect(one).not.toEqual(two);
    const [small, next] = await take(streamOf({ batchSize: 6 }), 2);
    expect(small?.labels).not.toEqual(next?.labels);
  });

  it('puts the image after it in the place of a broken one', async () => {
    const [batch] = await take(streamOf({ batchSize: 30 }), 1);
    const labels = [...(batch?.labels ?? [])];
    expect(labels).not.toContain(broken);
    const places = labels.flatMap((label, place) => (label === broken + 1 ? [place] : []));
    expect(places).toHaveLength(2);
    const [first, second] = places.map((place) => batch?.images.slice(place * 432, (place + 1) * 432));
    expect(first).not.toEqual(second);
  });

  it('resumed from its state, at any batch, is the stream that was never stopped', async () => {
    const uninterrupted = streamOf();
    const states: RandomState[] = [uninterrupted.state];
    const batches: Batch[] = [];
    for (let i = 0; i < 6; i++) {
      batches.push(await uninterrupted.next());
      states.push(uninterrupted.state);
    }
    for (const at of [0, 1, 4]) {
      const resumed = streamOf({ seed: 99, prefetch: at % 3 });
      resumed.restore(JSON.parse(JSON.stringify(states[at])) as RandomState);
      expect(resumed.state).toEqual(states[at]);
      expect(await take(resumed, 2)).toEqual(batches.slice(at, at + 2));
      expect(resumed.state).toEqual(states[at + 2]);
    }
  });

  it('stops where nothing can be read any more', async () => {
    const folder = await temporaryFolder();
    await cp(join(fixture, 'train/n01440764'), join(folder, 'train/n01440764'), { recursive: true });
    const stream = streamOf({ folder: await findImages(folder, 'train'), batchSize: 2, prefetch: 0 });
    expect((await stream.next()).size).toBe(2);
    await rm(join(folder, 'train'), { recursive: true });
    await expect(stream.next()).rejects.toMatchObject({
      code: 'data/damaged',
      message: `10 images one after the other cannot be read in ${join(folder, 'train')}`,
    });
  });
});
