/** A release from what somebody brings: a folder with its files, or an archive. */

import type { Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { NascentError } from '../../../errors.ts';
import { requirePath } from '../../given-path.ts';
import { archiveName, fileInFolder, filesInArchive, unpacked } from './found.ts';
import type { Deliver, KeptFile, Release } from './release.ts';

/** @throws NascentError as `requirePath` */
export function requireGiven(from: string, { givenForm }: Release): Promise<Stats> {
  return requirePath(from, archiveName, givenForm);
}

/**
 * Delivers the needed files from `from`, and returns it.
 *
 * @throws NascentError `data/missing` or `data/damaged`, naming the file and what to bring
 */
export async function fromGiven(
  from: string,
  release: Release,
  needed: readonly KeptFile[],
  deliver: Deliver,
  signal?: AbortSignal,
): Promise<string> {
  const entry = await requireGiven(from, release);
  const archived = entry.isDirectory() ? undefined : await filesInArchive(from, release, needed, signal);
  for (const file of needed) {
    const bytes = archived === undefined ? await readGiven(from, release, file) : archived.get(file);
    if (bytes === undefined) throw missing(from, release, file);
    await deliver(file, bytes).catch((error: unknown) => {
      throw error instanceof NascentError && error.code === 'data/damaged' ? notOfficial(from, error) : error;
    });
  }
  return from;
}

async function readGiven(from: string, release: Release, file: KeptFile): Promise<Uint8Array | undefined> {
  const path = await fileInFolder(from, release, file);
  return path === undefined ? undefined : unpacked(path, release, file, await readFile(path));
}

/** For files that are there already: checks that `from` has some of them, and that those are right. */
export async function lookAt(
  from: string,
  release: Release,
  proven: Deliver,
  signal?: AbortSignal,
): Promise<void> {
  const entry = await requireGiven(from, release);
  const { files } = release;
  const found: KeptFile[] = [];
  if (entry.isDirectory()) {
    for (const file of files) {
      if ((await fileInFolder(from, release, file)) !== undefined) found.push(file);
    }
  }
  await fromGiven(from, release, found.length === 0 ? files : found, proven, signal);
}

function missing(from: string, release: Release, { name }: KeptFile): NascentError {
  return new NascentError('data/missing', `there is no ${name} in ${from}`, {
    help: `Bring ${release.files.map((file) => file.name).join(', ')}: nascent data get ${release.name} ${release.bring}.`,
  });
}

/** Running `get` again, the usual advice, does not mend what the user gave. */
function notOfficial(from: string, error: NascentError): NascentError {
  return new NascentError('data/damaged', `in ${from}: ${error.message}`, {
    help: 'Copy the official file there again, or leave --from out to fetch it.',
    cause: error,
  });
}
