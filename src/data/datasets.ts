/** The data sets that can be named on the command line. */
import type { AugmentOptions } from './images/augment.ts';
import { loadCifar10 } from './images/cifar10/load.ts';
import { openImageNet, type ImageNetOptions } from './images/imagenet/source.ts';
import { subset, type ImageDataset } from './images/dataset.ts';
import { datasetSource, type ImageSource } from './images/source.ts';
import { syntheticImages } from './images/synthetic.ts';

/** Those that fit in memory. */
export const datasetNames = ['cifar10', 'synthetic'] as const;
export type DatasetName = (typeof datasetNames)[number];

/** Those that can be trained on: also what is decoded from files as it is needed. */
export const sourceNames = [...datasetNames, 'imagenet'] as const;
export type SourceName = (typeof sourceNames)[number];

const syntheticCounts = { train: 4096, test: 1024 } as const;

/**
 * A split of a data set, or its first `images`.
 *
 * `synthetic` is made on the spot, of the shape of CIFAR-10 and learnable by a small network: for trying things without
 * a download.
 *
 * @throws NascentError 'data/missing' or 'data/damaged' where it is not there whole.
 */
export async function loadDataset(
  name: DatasetName,
  split: 'train' | 'test',
  images?: number | null,
): Promise<ImageDataset> {
  const all = await whole(name, split);
  return images === undefined || images === null || images >= all.count ? all : subset(all, 0, images);
}

export interface SourceOptions {
  /** Take only so many images. */
  readonly images?: number | null | undefined;
  /** For images in memory: what is done to those trained on. Left out, they are only normalised. */
  readonly augmentation?: AugmentOptions | undefined;
  /** For `imagenet`: where it is, and how it is read. */
  readonly imagenet?: Omit<ImageNetOptions, 'split' | 'images'> | undefined;
}

/**
 * A split of a data set as a source of batches; to be closed.
 *
 * @throws NascentError 'data/missing' or 'data/damaged' where it is not there whole.
 */
export async function openImageSource(
  name: SourceName,
  split: 'train' | 'test',
  options: SourceOptions = {},
): Promise<ImageSource> {
  const { images, augmentation, imagenet } = options;
  if (name === 'imagenet') return openImageNet({ ...imagenet, split, images });
  return datasetSource(await loadDataset(name, split, images), augmentation);
}

async function whole(name: DatasetName, split: 'train' | 'test'): Promise<ImageDataset> {
  if (name === 'cifar10') return loadCifar10(split);
  return syntheticImages({ count: syntheticCounts[split], seed: 1, split });
}
