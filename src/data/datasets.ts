/** Datasets of images by name: what the table of datasets holds, under the names that callers of old know. */
import type { AugmentOptions } from './images/augment.ts';
import type { ImageDataset } from './images/dataset.ts';
import { openImageNet, type ImageNetOptions } from './images/imagenet/source.ts';
import { firstImages } from './images/memory.ts';
import type { ImageSource } from './images/source.ts';
import { datasetNamed, imagesNames, memoryNames, type ImagesName, type MemoryName } from './registry.ts';

/** Those that fit in memory. */
export const datasetNames = memoryNames;
/** A dataset of images that fits in memory. */
export type DatasetName = MemoryName;

/** Those that can be trained on: also what is decoded from files as it is needed. */
export const sourceNames = imagesNames;
export type SourceName = ImagesName;

/**
 * A split of a dataset, or its first `images`.
 *
 * @throws NascentError 'data/missing' or 'data/damaged' where it is not there whole.
 */
export async function loadDataset(
  name: DatasetName,
  split: 'train' | 'test',
  images?: number | null,
): Promise<ImageDataset> {
  return firstImages(await datasetNamed(name).load(split), images);
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
 * A split of a dataset as a source of batches; to be closed.
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
  return datasetNamed(name).open({ split, images, augmentation });
}
