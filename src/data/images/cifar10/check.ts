/**
 * Whether files are what they should be: their size and digest, and, once after they were fetched, what is in them.
 */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError, messageOf } from '../../../errors.ts';
import { digestOfFile, errorCodeOf, sha256 } from '../../../files/files.ts';
import type { OnProgress } from '../../../files/progress.ts';
import { classes, imageSize, pixelBytes, recordBytes } from './format.ts';
import type { BatchFile, Release } from './format.ts';

const getCommand = 'nascent data get cifar10';
const planeBytes = imageSize * imageSize;

/** The files of `files` that `directory` lacks or holds damaged. */
export async function filesToGet(
  directory: string,
  files: readonly BatchFile[],
  signal?: AbortSignal,
): Promise<readonly BatchFile[]> {
  const needed: BatchFile[] = [];
  for (const file of files) {
    const path = join(directory, file.name);
    const size = (await stat(path).catch(() => undefined))?.size;
    // The digest of a file of the wrong size need not be taken.
    const whole =
      size === file.records * recordBytes && (await digestOfFile(path, 'sha256', signal)) === file.sha256;
    if (!whole) needed.push(file);
  }
  return needed;
}

/**
 * A file's bytes, proven.
 *
 * @throws NascentError `data/missing` or `data/damaged`, naming the file
 */
export async function readBatchFile(
  directory: string,
  file: BatchFile,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const path = join(directory, file.name);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    if (errorCodeOf(cause) === 'ENOENT') {
      throw new NascentError('data/missing', `CIFAR-10 is not complete: there is no ${path}`, {
        help: `Get it: ${getCommand}`,
      });
    }
    throw damaged(path, messageOf(cause), cause);
  }
  assertBytes(path, file, bytes);
  return bytes;
}

/**
 * @param path what to call the file in the message
 * @throws NascentError `data/damaged` where `bytes` are not those of `file`
 */
export function assertBytes(path: string, file: BatchFile, bytes: Uint8Array): void {
  const expected = file.records * recordBytes;
  if (bytes.length !== expected)
    throw damaged(path, `it has ${bytes.length} bytes and should have ${expected}`);
  const digest = sha256(bytes);
  if (digest !== file.sha256) throw damaged(path, `its SHA-256 is ${digest} and should be ${file.sha256}`);
}

/**
 * Reads everything back from the disk and counts: records, images per class and split, channel means.
 *
 * The digests already imply all of it for CIFAR-10. It is counted anyway, once per download, because a digest proves
 * that files are the same and this proves that they are what the rest of the program takes them for.
 *
 * @throws NascentError `data/missing` or `data/damaged`, saying which count is off
 */
export async function checkContents(
  directory: string,
  release: Release,
  onProgress?: OnProgress,
  signal?: AbortSignal,
): Promise<void> {
  const perClass = { train: new Float64Array(classes.length), test: new Float64Array(classes.length) };
  const sums = [0, 0, 0];
  const total = release.files.reduce((sum, file) => sum + file.records, 0);
  let done = 0;
  for (const file of release.files) {
    const bytes = await readBatchFile(directory, file, signal);
    const counts = perClass[file.split];
    for (let record = 0; record < bytes.length; record += recordBytes) {
      const label = bytes[record] ?? 255;
      if (label >= classes.length) throw damaged(join(directory, file.name), `it holds the label ${label}`);
      counts[label] = (counts[label] ?? 0) + 1;
    }
    if (file.split === 'train') addChannelSums(bytes, sums);
    done += file.records;
    onProgress?.({ phase: 'check', done, total, unit: 'images' });
  }
  for (const split of ['train', 'test'] as const) {
    const records = recordsOf(release, split);
    perClass[split].forEach((count, label) => {
      if (count !== records / classes.length) {
        throw damaged(
          directory,
          `${split} holds ${count} images of ${classes[label]}, not ${records / classes.length}`,
        );
      }
    });
  }
  const values = recordsOf(release, 'train') * planeBytes * 255;
  release.mean.forEach((expected, channel) => {
    const actual = (sums[channel] ?? NaN) / values;
    if (!(Math.abs(actual - expected) <= 5e-5)) {
      throw damaged(
        directory,
        `the mean of channel ${channel} is ${actual.toFixed(4)}, not ${expected.toFixed(4)}`,
      );
    }
  });
}

function recordsOf(release: Release, split: 'train' | 'test'): number {
  return release.files.reduce((sum, file) => sum + (file.split === split ? file.records : 0), 0);
}

function addChannelSums(bytes: Uint8Array, sums: number[]): void {
  for (let record = 0; record < bytes.length; record += recordBytes) {
    for (let channel = 0; channel < pixelBytes / planeBytes; channel++) {
      const start = record + 1 + channel * planeBytes;
      let sum = 0;
      for (let i = start; i < start + planeBytes; i++) sum += bytes[i] ?? 0;
      sums[channel] = (sums[channel] ?? 0) + sum;
    }
  }
}

function damaged(path: string, why: string, cause?: unknown): NascentError {
  return new NascentError('data/damaged', `${path} is damaged: ${why}`, {
    help: `Run ${getCommand}: it finds damaged files and fetches them again.`,
    cause,
  });
}
