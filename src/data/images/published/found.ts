/** The files of a release where they are found: in a folder, in an archive, or as a file that is one of them. */

import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { NascentError, messageOf } from '../../../errors.ts';
import { readTarGz } from '../../../files/tar.ts';
import { readZip } from '../../../files/zip.ts';
import { gunzipped, isGzipName } from './idx.ts';
import type { KeptFile, Release } from './release.ts';

export const archiveName = /\.(tgz|tar\.gz|zip)$/i;

/** The names that a file goes by, its own first: one that is kept unpacked may be found as it is published, packed. */
export function namesOf({ name }: KeptFile): readonly string[] {
  return isGzipName(name) ? [name] : [name, `${name}.gz`];
}

/** Where a file lies in a folder, or in one that the archive of the release unpacks to; undefined where it does not. */
export async function fileInFolder(
  folder: string,
  release: Release,
  file: KeptFile,
): Promise<string | undefined> {
  for (const inner of ['.', ...release.folders]) {
    for (const name of namesOf(file)) {
      const path = join(folder, inner, name);
      const entry = await stat(path).catch(() => undefined);
      if (entry?.isFile() === true) return path;
    }
  }
  return undefined;
}

/**
 * Those of `files` that are in an archive, in whatever folder of it.
 *
 * @throws NascentError `data/damaged` where it is no archive
 */
export async function filesInArchive(
  path: string,
  release: Release,
  files: readonly KeptFile[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<KeptFile, Uint8Array>> {
  const names = new Set(files.flatMap(namesOf));
  const read = /\.zip$/i.test(path) ? readZip : readTarGz;
  const entries = new Map<string, Uint8Array>();
  for (const [name, bytes] of await read(path, (name) => names.has(basename(name)), signal)) {
    entries.set(basename(name), bytes);
  }
  return new Map(
    files.flatMap((file) => {
      const name = namesOf(file).find((each) => entries.has(each));
      const bytes = name === undefined ? undefined : entries.get(name);
      return name === undefined || bytes === undefined
        ? []
        : [[file, unpacked(`${name} in ${path}`, release, file, bytes)]];
    }),
  );
}

/**
 * A file as it is kept: what is kept unpacked is unpacked.
 *
 * @param path what to call it in the message
 * @throws NascentError `data/damaged` where it cannot be unpacked
 */
export function unpacked(
  path: string,
  { format }: Pick<Release, 'format'>,
  file: KeptFile,
  bytes: Uint8Array,
): Uint8Array {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (isGzipName(file.name) || !isPacked) return bytes;
  try {
    return gunzipped(bytes, format.bytesOf(file) ?? 2 ** 30);
  } catch (cause) {
    throw new NascentError('data/damaged', `${path} is damaged: ${messageOf(cause)}`, {
      help: 'Delete it and fetch it again.',
      cause,
    });
  }
}
