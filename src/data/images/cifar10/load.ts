/** CIFAR-10 from the disk into memory, proven on the way. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { cacheFolder } from '../../../files/cache.ts';
import type { ImageDataset } from '../dataset.ts';
import { readBatchFile } from './check.ts';
import { cifar10, classes, imageSize, mean, pixelBytes, recordBytes, std } from './format.ts';
import { readManifest } from './manifest.ts';

export interface LoadOptions {
  /** The cache folder. Default: the platform's. */
  readonly cache?: string | undefined;
  /** The folder with the `.bin` files itself, instead of the one in the cache. */
  readonly directory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where `nascent data get cifar10` puts the files. */
export function cifar10Directory(cache: string = cacheFolder()): string {
  return join(cache, 'data', 'cifar10');
}

/**
 * One split of CIFAR-10, in the order of the official files. The training split takes 154 MB.
 *
 * Each file's size and SHA-256 are compared with the manifest's beside it, or with the official ones where there is no
 * manifest.
 *
 * @throws NascentError `data/missing` with the command that gets it, or `data/damaged` with the file's name
 */
export async function loadCifar10(split: 'train' | 'test', options: LoadOptions = {}): Promise<ImageDataset> {
  const directory = options.directory ?? cifar10Directory(options.cache);
  if ((await stat(directory).catch(() => undefined))?.isDirectory() !== true) {
    throw new NascentError('data/missing', `CIFAR-10 is not there: ${directory} does not exist`, {
      help: 'Get it: nascent data get cifar10',
    });
  }
  const manifest = await readManifest(directory);
  const files = (manifest ?? cifar10).files.filter((file) => file.split === split);
  const count = files.reduce((sum, file) => sum + file.records, 0);
  const pixels = new Uint8Array(count * pixelBytes);
  const labels = new Uint8Array(count);
  let image = 0;
  for (const file of files) {
    const bytes = await readBatchFile(directory, file, options.signal);
    for (let at = 0; at < bytes.length; at += recordBytes) {
      labels[image] = bytes[at] ?? 0;
      pixels.set(bytes.subarray(at + 1, at + recordBytes), image * pixelBytes);
      image += 1;
    }
  }
  return {
    name: manifest?.name ?? 'cifar10',
    split,
    count,
    channels: 3,
    height: imageSize,
    width: imageSize,
    classes,
    pixels,
    labels,
    mean,
    std,
  };
}
