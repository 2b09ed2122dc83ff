/** The files of a split as images and labels in memory, proven on the way. */

import { join } from 'node:path';

import { messageOf } from '../../../errors.ts';
import { damaged, readKeptFile } from './check.ts';
import { imagesIn, valuesOf } from './release.ts';
import type { Decoded, KeptFile, Release } from './release.ts';

interface DecodeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onFile?: ((file: KeptFile) => void) | undefined;
}

/** @throws NascentError `data/missing` or `data/damaged`, naming the file */
export async function decodeSplit(
  directory: string,
  release: Release,
  files: readonly KeptFile[],
  split: 'train' | 'test',
  { signal, onFile }: DecodeOptions = {},
): Promise<Decoded> {
  const count = imagesIn(files, split);
  const into = { pixels: new Uint8Array(count * valuesOf(release)), labels: new Uint8Array(count) };
  // Images and labels may be in files of their own, and each is counted for itself.
  const read = { images: 0, labels: 0 };
  for (const file of files) {
    if (file.split !== split) continue;
    const path = join(directory, file.name);
    const bytes = await readKeptFile(directory, release, file, signal);
    try {
      release.format.decode(bytes, file, file.holds === 'labels' ? read.labels : read.images, into);
    } catch (cause) {
      throw damaged(release, path, messageOf(cause), cause);
    }
    if (file.holds !== 'labels') read.images += file.records;
    if (file.holds !== 'images') {
      const labels = into.labels.subarray(read.labels, (read.labels += file.records));
      const stray = labels.find((label) => label >= release.classes.length);
      if (stray !== undefined) throw damaged(release, path, `it holds the label ${stray}`);
    }
    onFile?.(file);
  }
  return into;
}
