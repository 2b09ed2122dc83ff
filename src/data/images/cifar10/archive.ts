/** The official binary archive, downloaded or given. */

import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { DownloadError, download } from '../../../files/download.ts';
import { assertSpace, digestOfFile } from '../../../files/files.ts';
import { readTarGz } from '../../../files/tar.ts';
import { recordBytes } from './format.ts';
import type { BatchFile, Release } from './format.ts';
import type { Deliver, SourceRequest } from './source.ts';

/**
 * Downloads the archive, taking up an earlier attempt, and delivers the needed files from it. The archive, or
 * what has come of it, stays for the next attempt until `removeArchive`.
 *
 * @throws DownloadError where the archive cannot be had or is not the official one
 */
export async function fromOfficialArchive(request: SourceRequest, deliver: Deliver): Promise<void> {
  const { release, needed, directory, signal, onProgress } = request;
  const { url, bytes, md5 } = release.archive;
  const path = archivePath(directory, release);
  const isOfficial = async () => (await digestOfFile(path, 'md5', signal).catch(() => undefined)) === md5;

  // A run killed while it unpacked has left the whole archive.
  if (!(await isOfficial())) {
    signal?.throwIfAborted();
    const arrived = (await stat(`${path}.part`).catch(() => undefined))?.size ?? 0;
    await assertSpace(directory, bytes - arrived + spaceFor(needed));
    const note = `the official archive, ${url}`;
    await download(url, path, {
      signal,
      onBytes: (done, total) =>
        onProgress?.({ phase: 'download', done, total: total > 0 ? total : bytes, unit: 'bytes', note }),
    });
    if (!(await isOfficial())) {
      signal?.throwIfAborted();
      await rm(path, { force: true });
      throw new DownloadError(`${url} gave something else than the archive (its MD5 is not ${md5})`);
    }
  }
  await fromArchive(path, needed, deliver, signal);
}

/**
 * Delivers the needed files from the official archive, or one like it, at `path`.
 *
 * @throws NascentError `data/damaged` where it is no archive, `data/missing` where a file is not in it
 */
export async function fromArchive(
  path: string,
  needed: readonly BatchFile[],
  deliver: Deliver,
  signal?: AbortSignal,
): Promise<void> {
  const names = new Set(needed.map((file) => file.name));
  const entries = new Map<string, Uint8Array>();
  for (const [name, bytes] of await readTarGz(path, (name) => names.has(basename(name)), signal)) {
    entries.set(basename(name), bytes);
  }
  for (const file of needed) {
    const bytes = entries.get(file.name);
    if (bytes === undefined) {
      throw new NascentError('data/missing', `there is no ${file.name} in ${path}`, {
        help: 'The archive to give is cifar-10-binary.tar.gz, the binary version, not the Python or Matlab one.',
      });
    }
    await deliver(file, bytes);
  }
}

/** Removes what is left of the archive once nothing more is wanted from it. */
export async function removeArchive(directory: string, release: Release): Promise<void> {
  const path = archivePath(directory, release);
  await rm(path, { force: true });
  await rm(`${path}.part`, { force: true });
}

function archivePath(directory: string, release: Release): string {
  return join(directory, basename(new URL(release.archive.url).pathname));
}

/** The disk space the files will take. */
export function spaceFor(files: readonly BatchFile[]): number {
  return files.reduce((sum, file) => sum + file.records * recordBytes, 0);
}
