/** The data sets that can be named on the command line. */
import { loadCifar10 } from './cifar10/load.ts';
import { subset, type ImageDataset } from './images.ts';
import { syntheticImages } from './synthetic.ts';

export const datasetNames = ['cifar10', 'synthetic'] as const;
export type DatasetName = (typeof datasetNames)[number];

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

async function whole(name: DatasetName, split: 'train' | 'test'): Promise<ImageDataset> {
  if (name === 'cifar10') return loadCifar10(split);
  return syntheticImages({ count: syntheticCounts[split], seed: 1, split });
}
