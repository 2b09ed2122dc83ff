/**
 * The table of datasets: all that the rest of the program knows of which there are. What a row needs to open or get its
 * dataset is loaded when that is asked for, so that a list of names costs nothing.
 */

import { join } from 'node:path';

import { NascentError } from '../errors.ts';
import { cacheFolder } from '../files/cache.ts';
import * as imagenet from './images/imagenet/normalisation.ts';
import type { Release } from './images/published/release.ts';
import { cifar10 } from './images/published/releases/cifar10.ts';
import { cifar100 } from './images/published/releases/cifar100.ts';
import { fashionMnist } from './images/published/releases/fashion-mnist.ts';
import { mnist } from './images/published/releases/mnist.ts';
import { svhn } from './images/published/releases/svhn.ts';
import { syntheticLabels, syntheticNormalisation } from './images/synthetic.ts';
import type { DatasetRow, DatasetStatus, ImagesRow, MemoryRow, OpenImages, TextRow } from './row.ts';
import { tinyImageNet } from './images/tiny-imagenet/release.ts';
import { ptb, wikitext2 } from './text/releases.ts';
import type { TextRelease } from './text/releases.ts';

const rows = [
  {
    name: 'cifar10',
    description: '60,000 images of 32×32 in ten classes; 10,000 of them are the test images',
    ...publishedImages(cifar10),
  },
  {
    name: 'cifar100',
    description: '60,000 images of 32×32 in a hundred classes; 10,000 of them are the test images',
    ...publishedImages(cifar100),
  },
  {
    name: 'mnist',
    description: '70,000 handwritten digits, 28×28 in grey; 10,000 of them are the test images',
    ...publishedImages(mnist),
  },
  {
    name: 'fashion-mnist',
    description:
      '70,000 articles of clothing in ten classes, 28×28 in grey; 10,000 of them are the test images',
    ...publishedImages(fashionMnist),
  },
  {
    name: 'svhn',
    description: '99,289 digits of house numbers, 32×32 in colours; 26,032 of them are the test images',
    ...publishedImages(svhn),
  },
  {
    name: 'tiny-imagenet',
    title: tinyImageNet.title,
    description: '110,000 images of 64×64 in two hundred classes; 10,000 of them are the test images',
    task: 'images',
    origin: {
      kind: 'published',
      get: async (options) => (await import('./images/tiny-imagenet/get.ts')).getTinyImageNet(options),
      from: tinyImageNet.givenForm,
    },
    from: null,
    status: async (options) => (await import('./images/tiny-imagenet/get.ts')).tinyStatus(options),
    held: 'decoded',
    normalisation: null,
    labels: null,
    open: async (options) => (await import('./images/tiny-imagenet/source.ts')).openTinyImageNet(options),
  },
  {
    name: 'synthetic',
    title: 'Synthetic images',
    description:
      '5,120 images of 32×32 in ten classes that a small network can learn, to try things without a download',
    task: 'images',
    origin: { kind: 'made' },
    from: null,
    status: async () => ({ status: 'ready', where: null }),
    normalisation: syntheticNormalisation,
    labels: syntheticLabels,
    ...inMemory('synthetic', async (split, images) => {
      const { syntheticImages } = await import('./images/synthetic.ts');
      const all = split === 'train' ? 4096 : 1024;
      // Drawn one after the other: the first of them are the same, however many follow.
      return syntheticImages({ count: Math.min(images ?? all, all), seed: 1, split });
    }),
  },
  {
    name: 'imagenet',
    title: 'ImageNet',
    description: 'images in files, laid out and augmented as ImageNet, which comes from image-net.org',
    task: 'images',
    origin: { kind: 'yours' },
    from: 'a folder with train/CLASS/… and val/CLASS/…, or set NASCENT_IMAGENET to it',
    status: async () => (await import('./images/imagenet/folder.ts')).imageNetStatus(),
    held: 'files',
    normalisation: { mean: imagenet.mean, std: imagenet.std },
    labels: null,
    open: async ({ augmentation, ...options }) => {
      const { dartsAugmentation, openImageNet } = await import('./images/imagenet/source.ts');
      const flip = augmentation?.flip ?? true;
      return openImageNet({ ...options, augmentation: { ...dartsAugmentation, flip } });
    },
  },
  {
    name: 'images',
    title: 'Your own images',
    description: 'PNG, JPEG, WebP, AVIF, TIFF or GIF files of any size, a folder for each class',
    task: 'images',
    origin: { kind: 'yours' },
    from: 'a folder with CLASS/…, or train/CLASS/… and test/CLASS/…, or a CSV file',
    status: async () => ({ status: 'given', where: null }),
    held: 'decoded',
    normalisation: null,
    labels: null,
    open: async (options) => (await import('./images/own/source.ts')).openOwnImages(options),
    openValidation: async (options) => (await import('./images/own/source.ts')).openOwnValidation(options),
  },
  {
    name: 'ptb',
    description:
      'words of the Wall Street Journal, 10,000 different ones, as the paper’s language models are trained on',
    ...publishedText(ptb),
  },
  {
    name: 'wikitext2',
    description: 'two million words of Wikipedia articles, 33,278 different ones',
    ...publishedText(wikitext2),
  },
  {
    name: 'grammar',
    title: 'Grammar',
    description:
      'sentences made by a small grammar that a small cell can learn, to try things without a download',
    task: 'text',
    origin: { kind: 'made' },
    from: null,
    status: async () => ({ status: 'ready', where: null }),
    open: async (options) => (await import('./text/corpus.ts')).loadGrammar(options),
  },
  {
    name: 'text',
    title: 'Your own text',
    description: 'three files of words, a sentence a line',
    task: 'text',
    origin: { kind: 'yours' },
    from: 'a folder or archive with train.txt, valid.txt and test.txt',
    status: async () => ({ status: 'given', where: null }),
    open: async (options) => (await import('./text/corpus.ts')).loadOwnText(options),
  },
] as const satisfies readonly DatasetRow[];

type Row = (typeof rows)[number];
/** The name of a dataset. */
export type DataName = Row['name'];
export type ImagesName = Extract<Row, { readonly task: 'images' }>['name'];
export type MemoryName = Extract<Row, { readonly held: 'memory' }>['name'];
export type TextName = Extract<Row, { readonly task: 'text' }>['name'];

/** Every row, in the order in which datasets are listed. */
export const datasets: readonly (DatasetRow & { readonly name: DataName })[] = rows;

/** The names of all datasets, as commands take them. */
export const dataNames: readonly DataName[] = rows.map(({ name }) => name);
export const imagesNames: readonly ImagesName[] = rows.flatMap((row) =>
  row.task === 'images' ? [row.name] : [],
);
export const memoryNames: readonly MemoryName[] = rows.flatMap((row) =>
  row.task === 'images' && row.held === 'memory' ? [row.name] : [],
);
export const textNames: readonly TextName[] = rows.flatMap((row) => (row.task === 'text' ? [row.name] : []));

export function isDataName(name: string): name is DataName {
  return dataNames.some((each) => each === name);
}

/** The names that are language and not images. */
export function isTextName(name: string): name is TextName {
  return textNames.some((each) => each === name);
}

/** The row of a dataset. */
export function datasetNamed(name: MemoryName): MemoryRow;
export function datasetNamed(name: ImagesName): ImagesRow;
export function datasetNamed(name: TextName): TextRow;
export function datasetNamed(name: DataName): DatasetRow;
export function datasetNamed(name: DataName): DatasetRow {
  const row = datasets.find((each) => each.name === name);
  if (row === undefined) throw new Error(`internal: no dataset ${name}`);
  return row;
}

/** What to do to have it, in a few words. */
export function howToGet({ name, origin, from }: DatasetRow): string {
  if (origin.kind === 'published') return `nascent data get ${name}`;
  if (origin.kind === 'made') return 'made on the spot';
  return `by --from: ${from ?? ''}`;
}

/** @param mirrored false where images are never mirrored, whatever the settings say */
function inMemory(name: string, load: MemoryRow['load'], mirrored = true) {
  return {
    held: 'memory',
    load,
    open: async (options: OpenImages) => {
      const { from } = options;
      if (from !== undefined) {
        throw new NascentError('input/invalid', `${name} is not read from ${from}`, {
          help: 'Leave --from out, or name the dataset that lies there: --data images for images of your own.',
        });
      }
      const { memorySource } = await import('./images/memory.ts');
      const { augmentation } = options;
      const flips = augmentation !== undefined && (augmentation.flip ?? true);
      if (!mirrored && flips && options.split === 'train') {
        options.onNote?.(`the images of ${name} are not mirrored: they would be of no class`);
      }
      return memorySource(await load(options.split, options.images), {
        ...options,
        ...(!mirrored && flips && { augmentation: { ...augmentation, flip: false } }),
      });
    },
  } as const;
}

function publishedImages(release: Release) {
  const { name, title, mean, std, classes, mirrored, givenForm }: Release = release;
  return {
    title,
    task: 'images',
    origin: {
      kind: 'published',
      get: async (options) => (await import('./images/published/get.ts')).getRelease(release, options),
      from: givenForm,
    },
    from: null,
    status: async (options) => (await import('./images/published/get.ts')).releaseStatus(release, options),
    normalisation: { mean, std },
    labels: classes,
    ...inMemory(
      name,
      async (split) => (await import('./images/published/load.ts')).loadRelease(release, split),
      mirrored,
    ),
  } as const satisfies Omit<MemoryRow, 'name' | 'description'>;
}

function publishedText(release: TextRelease) {
  const from = `a folder or archive with ${release.files.map(({ names }) => names[0]).join(', ')}`;
  return {
    title: release.title,
    task: 'text',
    origin: {
      kind: 'published',
      get: async (options) => (await import('./text/get.ts')).getText(release, options),
      from,
    },
    from,
    status: async ({ cache = cacheFolder(), signal } = {}): Promise<DatasetStatus> => {
      const status = await (await import('./text/get.ts')).textStatus(release, { cache, signal });
      return { status, where: join(cache, 'data', release.name) };
    },
    open: async (options) => (await import('./text/corpus.ts')).loadRelease(release, options),
  } as const satisfies Omit<TextRow, 'name' | 'description'>;
}
