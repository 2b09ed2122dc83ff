/** The published files, downloaded from one of the addresses that have them. */

import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { DownloadError, download } from '../../../files/download.ts';
import { assertSpace, digestOfFile } from '../../../files/files.ts';
import { archiveName, filesInArchive, namesOf, unpacked } from './found.ts';
import { spaceFor } from './release.ts';
import type { Deliver, KeptFile, PublishedFile, Release, SourceRequest } from './release.ts';

/**
 * Downloads what the needed files are in, taking up an earlier attempt, and delivers them from it. What was downloaded,
 * or what has come of it, stays for the next attempt until `removeDownloads`.
 *
 * @throws DownloadError where something cannot be had or is not the official one
 */
export async function fromMirror(mirror: string, request: SourceRequest, deliver: Deliver): Promise<void> {
  const { release, needed } = request;
  const wanted = release.published.filter((file) => isArchive(file) || holds(file, needed) !== undefined);
  await fetchAll(mirror, wanted, request, spaceFor(release, needed));
  for (const file of wanted) await deliverFrom(file, request, deliver);
}

/**
 * Downloads published files that are not there whole yet, to `pathOf` of each.
 *
 * @param space bytes that are needed besides, for what will be unpacked
 * @throws DownloadError where one cannot be had or is not the official one; NascentError `disk/full`, `disk/failed`
 */
export async function fetchAll(
  mirror: string,
  wanted: readonly PublishedFile[],
  to: Downloading,
  space: number,
): Promise<void> {
  const { directory } = to;
  const missing: PublishedFile[] = [];
  for (const file of wanted) if (!(await isWhole(file, to))) missing.push(file);
  const arrived = await Promise.all(missing.map((file) => sizeOf(`${pathOf(directory, file)}.part`)));
  const total = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  const left = total - arrived.reduce((sum, bytes) => sum + bytes, 0);
  if (left > 0) await assertSpace(directory, left + space);
  let before = 0;
  for (const file of missing) {
    await fetchOne(mirror, file, to, { before, total });
    before += file.bytes;
  }
}

/** The needed file that a published one is, packed or not. */
function holds({ name }: PublishedFile, needed: readonly KeptFile[]): KeptFile | undefined {
  return needed.find((file) => namesOf(file).includes(name));
}

function isArchive({ name }: PublishedFile): boolean {
  return archiveName.test(name);
}

/** Where something is downloaded to, and who is told how far it is. */
type Downloading = Pick<SourceRequest, 'directory' | 'signal' | 'onProgress'>;

/** A run killed while it unpacked has left the whole of what it downloaded. */
async function isWhole(file: PublishedFile, { directory, signal }: Downloading): Promise<boolean> {
  const digest = await digestOfFile(pathOf(directory, file), 'md5', signal).catch(() => undefined);
  signal?.throwIfAborted();
  return digest === file.md5;
}

async function fetchOne(
  mirror: string,
  file: PublishedFile,
  to: Downloading,
  { before, total }: { readonly before: number; readonly total: number },
): Promise<void> {
  const { directory, signal, onProgress } = to;
  const url = `${mirror}${file.name}`;
  const path = pathOf(directory, file);
  const note = isArchive(file) ? `the official archive, ${url}` : `the official file, ${url}`;
  await download(url, path, {
    signal,
    // Of one file the server knows its length best; of several the sum must not change under way.
    onBytes: (done, length) =>
      onProgress?.({
        phase: 'download',
        done: before + done,
        total: before === 0 && total === file.bytes && length > 0 ? length : Math.max(total, before + done),
        unit: 'bytes',
        note,
      }),
  });
  if (await isWhole(file, to)) return;
  await rm(path, { force: true });
  throw new DownloadError(
    `${url} gave something else than ${isArchive(file) ? 'the archive' : 'the file'} (its MD5 is not ${file.md5})`,
  );
}

async function deliverFrom(file: PublishedFile, request: SourceRequest, deliver: Deliver): Promise<void> {
  const { release, needed, directory, signal } = request;
  const path = pathOf(directory, file);
  if (!isArchive(file)) {
    const kept = holds(file, needed);
    if (kept !== undefined) await deliver(kept, unpacked(path, release, kept, await readFile(path)));
    return;
  }
  const found = await filesInArchive(path, release, needed, signal);
  for (const kept of needed) {
    const bytes = found.get(kept);
    if (bytes === undefined) throw new DownloadError(`there is no ${kept.name} in ${file.name}`);
    await deliver(kept, bytes);
  }
}

/** Removes what was downloaded once nothing more is wanted from it. */
export async function removeDownloads(
  directory: string,
  { published }: Pick<Release, 'published'>,
): Promise<void> {
  for (const file of published) {
    const path = pathOf(directory, file);
    await rm(path, { force: true });
    await rm(`${path}.part`, { force: true });
  }
}

/** A file that is no archive may be one that is kept, and must not pass for it before it is proven. */
export function pathOf(directory: string, file: PublishedFile): string {
  return join(directory, isArchive(file) ? file.name : `${file.name}.download`);
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
