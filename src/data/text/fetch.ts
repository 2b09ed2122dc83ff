/** Fetching the files of a text from where it is published. */

import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { NascentError } from '../../errors.ts';
import { DownloadError, download } from '../../files/download.ts';
import type { OnProgress } from '../../files/progress.ts';
import { withPlainLineEnds } from './check.ts';
import { readGiven, whatToGive } from './given.ts';
import type { TextFile, TextRelease, TextSource } from './releases.ts';

export interface FetchRequest {
  readonly release: TextRelease;
  /** The files that are wanted; the others are there already. */
  readonly needed: readonly TextFile[];
  /** Where they go; what is half fetched lies here too. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Takes the bytes of one file; throws `data/damaged` where they are not the file's. */
export type Deliver = (file: TextFile, path: string, bytes: Uint8Array) => Promise<void>;

/**
 * Delivers the needed files from the first source that has them, and returns its address. Half-fetched files stay for the
 * next attempt until `removeFetched`.
 *
 * @throws NascentError `data/unreachable` with each source's reason, `disk/full`, `disk/failed`; the abort's error
 */
export async function fetchText(request: FetchRequest, deliver: Deliver): Promise<string> {
  const { release, signal } = request;
  const reasons: string[] = [];
  for (const source of release.sources) {
    try {
      await (source.kind === 'files'
        ? fetchFiles(request, source, deliver)
        : fetchArchive(request, source.url, deliver));
      return source.url;
    } catch (error) {
      signal?.throwIfAborted();
      reasons.push(`${source.url}: ${reasonToGoOn(error)}`);
    }
  }
  throw new NascentError('data/unreachable', `${release.title} cannot be fetched: ${reasons.join('; ')}`, {
    help:
      `Connect to the network and try again, or bring the files: nascent data get ${release.name} --from DIR. ` +
      whatToGive(release),
  });
}

/** Why a source is given up for the next one. What is wrong here (a full disk) would be wrong with the next, too. */
function reasonToGoOn(error: unknown): string {
  if (error instanceof DownloadError) return error.message;
  const isOfTheSource = ['data/damaged', 'data/missing', 'input/invalid'];
  if (error instanceof NascentError && isOfTheSource.includes(error.code)) {
    return error.message.replace(/\.$/, '');
  }
  throw error;
}

async function fetchFiles(
  request: FetchRequest,
  source: TextSource & { readonly kind: 'files' },
  deliver: Deliver,
): Promise<void> {
  for (const file of request.needed) {
    const url = `${source.url}${source.name(file.split)}`;
    const path = fetchedFile(request.directory, file);
    await fetchOne(request, url, path);
    const bytes = withPlainLineEnds(await readFile(path));
    await rm(path, { force: true });
    await deliver(file, url, bytes);
  }
}

async function fetchArchive(request: FetchRequest, url: string, deliver: Deliver): Promise<void> {
  const { release, needed, directory, signal } = request;
  const path = fetchedArchive(directory, url);
  await fetchOne(request, url, path);
  try {
    const found = await readGiven(path, release, needed, signal);
    for (const file of needed) {
      const given = found.get(file.split);
      if (given === undefined) throw new DownloadError(`there is no ${file.names[0]} in it`);
      await deliver(file, `${file.names[0]} of ${url}`, given.bytes);
    }
  } finally {
    // A whole archive that was of no use must not be taken for half of a right one next time.
    await rm(path, { force: true });
  }
}

async function fetchOne({ signal, onProgress }: FetchRequest, url: string, path: string): Promise<void> {
  await download(url, path, {
    signal,
    onBytes: (done, total) =>
      onProgress?.({ phase: 'download', done, total: Math.max(done, total), unit: 'bytes', note: url }),
  });
}

/** Removes what half-done downloads left, once nothing more is wanted of them. */
export async function removeFetched(directory: string, release: TextRelease): Promise<void> {
  const archives = release.sources.filter(({ kind }) => kind === 'archive');
  const paths = [
    ...release.files.map((file) => fetchedFile(directory, file)),
    ...archives.map(({ url }) => fetchedArchive(directory, url)),
  ];
  for (const path of paths) {
    await rm(path, { force: true });
    await rm(`${path}.part`, { force: true });
  }
}

function fetchedFile(directory: string, file: TextFile): string {
  return join(directory, `${file.names[0]}.fetched`);
}

function fetchedArchive(directory: string, url: string): string {
  return join(directory, basename(new URL(url).pathname));
}
