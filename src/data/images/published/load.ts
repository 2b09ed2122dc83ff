/** A published set from the disk into memory, proven on the way. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { cacheFolder } from '../../../files/cache.ts';
import type { ImageDataset } from '../dataset.ts';
import { decodeSplit } from './decode.ts';
import { readManifest } from './manifest.ts';
import type { Release } from './release.ts';

export interface LoadOptions {
  /** The cache folder. Default: the platform's. */
  readonly cache?: string | undefined;
  /** The folder with the files itself, instead of the one in the cache. */
  readonly directory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where `nascent data get NAME` puts the files. */
export function releaseDirectory({ name }: Pick<Release, 'name'>, cache: string = cacheFolder()): string {
  return join(cache, 'data', name);
}

/**
 * One split of a release, in the order of the official files. The training split of CIFAR-10 takes 154 MB.
 *
 * Each file's size and SHA-256 are compared with the manifest's beside it, or with the official ones where there is no
 * manifest.
 *
 * @throws NascentError `data/missing` with the command that gets it, or `data/damaged` with the file's name
 */
export async function loadRelease(
  release: Release,
  split: 'train' | 'test',
  options: LoadOptions = {},
): Promise<ImageDataset> {
  const { name, title, channels, side, classes, mean, std } = release;
  const directory = options.directory ?? releaseDirectory(release, options.cache);
  if ((await stat(directory).catch(() => undefined))?.isDirectory() !== true) {
    throw new NascentError('data/missing', `${title} is not there: ${directory} does not exist`, {
      help: `Get it: nascent data get ${name}`,
    });
  }
  const manifest = await readManifest(directory, release);
  const files = (manifest ?? release).files;
  const { pixels, labels } = await decodeSplit(directory, release, files, split, { signal: options.signal });
  return {
    name: manifest?.name ?? name,
    split,
    count: labels.length,
    channels,
    height: side,
    width: side,
    classes,
    pixels,
    labels,
    mean,
    std,
  };
}
