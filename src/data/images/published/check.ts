/** Whether files are what they should be, by their size and digest. */

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError, messageOf } from '../../../errors.ts';
import { digestOfFile, errorCodeOf } from '../../../files/files.ts';
import type { KeptFile, Release } from './release.ts';

type Named = Pick<Release, 'name' | 'title' | 'format'>;

/** The files of `files` that `directory` lacks or holds damaged. */
export async function filesToGet(
  directory: string,
  { files, format }: Release,
  signal?: AbortSignal,
): Promise<readonly KeptFile[]> {
  const needed: KeptFile[] = [];
  for (const file of files) {
    const path = join(directory, file.name);
    const size = (await stat(path).catch(() => undefined))?.size;
    const { algorithm, hex } = file.digest;
    // The digest of a file of the wrong size need not be taken.
    const whole =
      size !== undefined &&
      size === (format.bytesOf(file) ?? size) &&
      (await digestOfFile(path, algorithm, signal)) === hex;
    if (!whole) needed.push(file);
  }
  return needed;
}

/**
 * A file's bytes, proven.
 *
 * @throws NascentError `data/missing` or `data/damaged`, naming the file
 */
export async function readKeptFile(
  directory: string,
  release: Named,
  file: KeptFile,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const path = join(directory, file.name);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    if (errorCodeOf(cause) === 'ENOENT') {
      throw new NascentError('data/missing', `${release.title} is not complete: there is no ${path}`, {
        help: `Get it: nascent data get ${release.name}`,
      });
    }
    throw damaged(release, path, messageOf(cause), cause);
  }
  assertBytes(path, release, file, bytes);
  return bytes;
}

const digestTitles = { sha256: 'SHA-256', md5: 'MD5' } as const;

/**
 * @param path what to call the file in the message
 * @throws NascentError `data/damaged` where `bytes` are not those of `file`
 */
export function assertBytes(path: string, release: Named, file: KeptFile, bytes: Uint8Array): void {
  const expected = release.format.bytesOf(file) ?? bytes.length;
  if (bytes.length !== expected)
    throw damaged(release, path, `it has ${bytes.length} bytes and should have ${expected}`);
  const { algorithm, hex } = file.digest;
  const digest = createHash(algorithm).update(bytes).digest('hex');
  if (digest !== hex)
    throw damaged(release, path, `its ${digestTitles[algorithm]} is ${digest} and should be ${hex}`);
}

export function damaged(
  { name }: Pick<Release, 'name'>,
  path: string,
  why: string,
  cause?: unknown,
): NascentError {
  return new NascentError('data/damaged', `${path} is damaged: ${why}`, {
    help: `Run nascent data get ${name}: it finds damaged files and fetches them again.`,
    cause,
  });
}
