/** What a resumed run recognises the images of a folder by, without reading them: there may be more than a million. */

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { ImageFolder } from './folder.ts';

/** Files that are asked for their size; all of 50,000 take about a second, and a million would take a minute. */
const sized = 50_000;

/** Lines hashed at once: a million small pieces take longer. */
const linesAtOnce = 4096;

/** Files asked at once. */
const atOnce = 64;

/**
 * Of every path within the folder and its label, in order, and of the sizes of at most 50,000 files at even distances.
 * Where the folder lies makes no difference. A file that is not there has no size; it is passed over when it is decoded.
 */
export async function folderDigest({ directory, files, labels }: ImageFolder): Promise<string> {
  const hash = createHash('sha256');
  for (let start = 0; start < files.length; start += linesAtOnce) {
    const some = files.slice(start, start + linesAtOnce);
    hash.update(some.map((file, i) => `${labels[start + i]} ${file}\n`).join(''));
  }
  const asked = Math.min(files.length, sized);
  for (let start = 0; start < asked; start += atOnce) {
    const sizes = await Promise.all(
      Array.from({ length: Math.min(atOnce, asked - start) }, async (_, i) => {
        const file = files[Math.floor(((start + i) * files.length) / asked)] ?? '';
        return (await stat(join(directory, file)).catch(() => undefined))?.size ?? 'missing';
      }),
    );
    hash.update(`${sizes.join(' ')}\n`);
  }
  return hash.digest('hex');
}
