/** Images in memory as a source, or the first of them. */

import type { OpenImages } from '../row.ts';
import { subset } from './dataset.ts';
import type { ImageDataset } from './dataset.ts';
import { datasetSource } from './source.ts';
import type { ImageSource } from './source.ts';

type MemoryOptions = Pick<OpenImages, 'images' | 'normalisation' | 'augmentation'>;

export function memorySource(dataset: ImageDataset, options: MemoryOptions): ImageSource {
  const { mean, std } = options.normalisation ?? dataset;
  return datasetSource({ ...firstImages(dataset, options.images), mean, std }, options.augmentation);
}

/** All of them where there are no more, or where none are said. */
export function firstImages(dataset: ImageDataset, images: number | null | undefined): ImageDataset {
  if (images === undefined || images === null || images >= dataset.count) return dataset;
  return subset(dataset, 0, images);
}
