import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { memorySource } from '../../src/data/images/memory.ts';
import {
  dataNames,
  datasetNamed,
  datasets,
  howToGet,
  imagesNames,
  isDataName,
  memoryNames,
  textNames,
} from '../../src/data/registry.ts';
import type { Batch } from '../../src/data/images/batches.ts';
import type { ImageSource } from '../../src/data/images/source.ts';
import { Random } from '../../src/random.ts';
import { stemKinds } from '../../src/space/images/stem.ts';
import { releases } from '../../src/data/images/published/releases/releases.ts';
import { getTinyImageNet } from '../../src/data/images/tiny-imagenet/get.ts';
import { intoCache } from './images/published/small.ts';
import { smallTiny, writeInto } from './images/tiny-imagenet/small.ts';
import { temporaryFolder } from './temporary.ts';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));

afterEach(() => vi.unstubAllEnvs());

/** A batch is written over by the next. */
async function batchesOf(source: ImageSource): Promise<readonly Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of source.evaluationBatches({ batchSize: 10 })) batches.push(structuredClone(batch));
  return batches;
}

/** A cache that holds small ones of the published images: the CIFAR-10 of the fixtures, and others made on the spot. */
async function smallCache(): Promise<string> {
  const cache = await temporaryFolder();
  const tiny = await smallTiny('');
  const from = await writeInto(await temporaryFolder(), tiny.files);
  await getTinyImageNet({ cache, from }, tiny.release);
  for (const release of releases) if (release.name !== 'cifar10') await intoCache(cache, release);
  await cp(join(fixtures, 'cifar10'), join(cache, 'data/cifar10'), { recursive: true });
  return cache;
}

describe('the table of datasets', () => {
  it('gives every name a task, once', () => {
    expect(new Set(dataNames).size).toBe(dataNames.length);
    expect(dataNames.filter((name) => datasetNamed(name).task === 'images')).toEqual(imagesNames);
    expect(dataNames.filter((name) => datasetNamed(name).task === 'text')).toEqual(textNames);
    expect(memoryNames).toEqual([...releases.map(({ name }) => name), 'synthetic']);
    expect(isDataName('imagenet')).toBe(true);
    expect(isDataName('imagenette')).toBe(false);
  });

  it('has images for every stem', () => {
    for (const stem of stemKinds) expect(datasetNamed(stem).task).toBe('images');
  });

  it('opens images that are as the row says, whether they lie in memory or in files', async () => {
    vi.stubEnv('NASCENT_CACHE', await smallCache());
    for (const name of imagesNames) {
      const { normalisation, labels, held, open, origin } = datasetNamed(name);
      const folder = held === 'files' ? 'imagenet' : 'imagenet/train';
      const from = origin.kind !== 'yours' ? undefined : join(fixtures, folder);
      const source = await open({ split: 'test', images: 4, from, size: 16 });
      expect(source.name.startsWith(name)).toBe(true);
      expect(source).toMatchObject({ ...normalisation, count: 4, split: 'test' });
      if (labels !== null) expect(source.classes).toEqual(labels);
      await source.close();
      const own =
        source.channels === 1
          ? ({ mean: [0.1], std: [2] } as const)
          : ({ mean: [0.1, 0.2, 0.3], std: [1, 2, 3] } as const);
      const normalised = await open({ split: 'test', from, normalisation: own });
      expect(normalised).toMatchObject(own);
      await normalised.close();
    }
  });

  it('opens in memory what can be loaded', async () => {
    vi.stubEnv('NASCENT_CACHE', await smallCache());
    for (const name of memoryNames) {
      const opened = await datasetNamed(name).open({ split: 'test', images: 10 });
      const whole = await datasetNamed(name).load('test');
      const first = memorySource(whole, { images: 10 });
      const [batches, expected] = await Promise.all([batchesOf(opened), batchesOf(first)]);
      expect(batches).toEqual(expected);
      expect(batches[0]?.shape).toEqual([10, whole.channels, whole.height, whole.width]);
    }
  });

  it('mirrors images that are trained on, but no digits', async () => {
    vi.stubEnv('NASCENT_CACHE', await smallCache());
    const mirrorsSome = async (name: 'mnist' | 'fashion-mnist', flip?: boolean) => {
      const notes: string[] = [];
      const row = datasetNamed(name);
      const augmentation = { pad: 0, ...(flip !== undefined && { flip }) };
      const onNote = (note: string) => notes.push(note);
      const source = await row.open({ split: 'train', augmentation, onNote });
      const values = source.channels * source.height * source.width;
      const imagesOf = ({ images, size }: Batch) =>
        Array.from({ length: size }, (_, i) => images.slice(i * values, (i + 1) * values).join());
      const plain = new Set((await batchesOf(source)).flatMap(imagesOf));
      const trained = await source.trainBatches({ batchSize: source.count, random: new Random(1) }).next();
      return { mirrors: imagesOf(trained).some((image) => !plain.has(image)), notes };
    };
    expect(await mirrorsSome('fashion-mnist')).toEqual({ mirrors: true, notes: [] });
    expect(await mirrorsSome('mnist')).toEqual({
      mirrors: false,
      notes: ['the images of mnist are not mirrored: they would be of no class'],
    });
    expect(await mirrorsSome('mnist', false)).toEqual({ mirrors: false, notes: [] });
  });

  it('takes no folder for what lies in the cache or is made on the spot', async () => {
    for (const { name, from, origin, open } of datasets) {
      if (from !== null || origin.kind === 'yours') continue;
      await expect(open({ split: 'test', from: fixtures }), name).rejects.toMatchObject({
        code: 'input/invalid',
        message: expect.stringContaining(`not ${name === 'grammar' ? 'from' : 'read from'} ${fixtures}`),
      });
    }
  });

  it('opens texts of that name', async () => {
    for (const name of textNames) {
      const { from, origin, open } = datasetNamed(name);
      if (origin.kind === 'published') continue;
      const corpus = await open(from === null ? {} : { from: join(fixtures, 'text') });
      expect(corpus.name).toBe(name);
      expect(corpus.train.length).toBeGreaterThan(0);
    }
    await expect(datasetNamed('grammar').open({ from: 'x' })).rejects.toMatchObject({
      code: 'input/invalid',
    });
    await expect(datasetNamed('text').open({})).rejects.toMatchObject({ code: 'input/invalid' });
  });

  it('knows of each whether it is there, and how to get it', async () => {
    const cache = await temporaryFolder();
    vi.stubEnv('NASCENT_IMAGENET', '');
    const list = async () =>
      Promise.all(
        datasets.map(async (row) => {
          const { status, where } = await row.status({ cache });
          return `${row.name}: ${status}, ${where?.replace(cache, 'CACHE') ?? 'nowhere'}; ${howToGet(row)}`;
        }),
      );
    expect(await list()).toMatchInlineSnapshot(`
      [
        "cifar10: missing, CACHE/data/cifar10; nascent data get cifar10",
        "cifar100: missing, CACHE/data/cifar100; nascent data get cifar100",
        "mnist: missing, CACHE/data/mnist; nascent data get mnist",
        "fashion-mnist: missing, CACHE/data/fashion-mnist; nascent data get fashion-mnist",
        "svhn: missing, CACHE/data/svhn; nascent data get svhn",
        "tiny-imagenet: missing, CACHE/data/tiny-imagenet; nascent data get tiny-imagenet",
        "synthetic: ready, nowhere; made on the spot",
        "imagenet: given, nowhere; by --from: a folder with train/CLASS/… and val/CLASS/…, or set NASCENT_IMAGENET to it",
        "images: given, nowhere; by --from: a folder with CLASS/…, or train/CLASS/… and test/CLASS/…, or a CSV file",
        "ptb: missing, CACHE/data/ptb; nascent data get ptb",
        "wikitext2: missing, CACHE/data/wikitext2; nascent data get wikitext2",
        "grammar: ready, nowhere; made on the spot",
        "text: given, nowhere; by --from: a folder or archive with train.txt, valid.txt and test.txt",
      ]
    `);
    vi.stubEnv('NASCENT_IMAGENET', join(fixtures, 'imagenet'));
    expect(await datasetNamed('imagenet').status()).toEqual({
      status: 'ready',
      where: join(fixtures, 'imagenet'),
    });
    vi.stubEnv('NASCENT_IMAGENET', cache);
    expect(await datasetNamed('imagenet').status()).toEqual({ status: 'missing', where: cache });
    // Some of its files are not the published ones.
    expect(await datasetNamed('cifar10').status({ cache: await smallCache() })).toMatchObject({
      status: 'damaged',
    });
  });
});
