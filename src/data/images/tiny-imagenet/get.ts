/** Getting Tiny ImageNet into the cache: from the archive or a folder given by hand, else from its address. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { cacheFolder } from '../../../files/cache.ts';
import { digestOfFile, prepareFolder } from '../../../files/files.ts';
import { requireSignal, stopIfAborted } from '../../../files/progress.ts';
import type { GetOptions, GetResult } from '../../get.ts';
import { requirePath } from '../../given-path.ts';
import type { DatasetStatus, StatusOptions } from '../../row.ts';
import { firstThatWorks } from '../published/network.ts';
import { fetchAll, pathOf, removeDownloads } from '../published/official.ts';
import { filesOfArchive, filesOfFolder } from './files.ts';
import type { TinyFiles } from './files.ts';
import { readTinyManifest, writeTinyManifest } from './manifest.ts';
import { tinyImageNet } from './release.ts';
import type { TinyRelease } from './release.ts';
import { unpackTiny } from './unpack.ts';

/** Where `nascent data get tiny-imagenet` puts it. */
export function tinyDirectory(cache: string = cacheFolder()): string {
  return join(cache, 'data', 'tiny-imagenet');
}

/** The folder of the images in `directory`, with `train` and `test` in it. */
export function imagesIn(directory: string): string {
  return join(directory, 'images');
}

/** Whether it was unpacked whole. Its 110,000 files are not counted for it: they are when it is opened. */
export async function tinyStatus({ cache }: StatusOptions = {}): Promise<DatasetStatus> {
  const where = tinyDirectory(cache);
  const [manifest] = await Promise.allSettled([readTinyManifest(where)]);
  const isThere = existsSync(imagesIn(where));
  if (manifest.status === 'fulfilled' && manifest.value !== undefined && isThere) {
    return { status: 'ready', where };
  }
  const isDamaged = isThere || manifest.status === 'rejected' || manifest.value !== undefined;
  return { status: isDamaged ? 'damaged' : 'missing', where };
}

/**
 * Makes sure that Tiny ImageNet is in the cache: the archive by its MD5, and as many images of each class as published.
 *
 * @throws NascentError `data/unreachable`, `data/missing` or `data/damaged` where what `from` names is not it,
 *   `disk/full`, `disk/failed`, `interrupted`
 */
export async function getTinyImageNet(
  options: GetOptions,
  release: TinyRelease = tinyImageNet,
): Promise<GetResult> {
  const { signal } = options;
  if (signal !== undefined) requireSignal(signal, `getting ${release.name}`);
  const again = `Run nascent data get ${release.name} again; it resumes where it stopped.`;
  try {
    stopIfAborted(signal, again);
    return await get(options, release);
  } catch (error) {
    stopIfAborted(signal, again);
    throw error;
  }
}

async function get(options: GetOptions, release: TinyRelease): Promise<GetResult> {
  const { from, cache, signal, onProgress } = options;
  const directory = tinyDirectory(cache);
  const entry = from === undefined ? undefined : await requirePath(from, /\.zip$/i, release.givenForm);
  const known = await readTinyManifest(directory).catch(() => undefined);
  if (known !== undefined && (await tinyStatus({ cache })).status === 'ready') {
    return { directory, source: known.source, alreadyThere: true };
  }
  await prepareFolder(directory);

  const unpack = async (files: TinyFiles, source: string, sha256: string | null) => {
    const classes = await unpackTiny(files, imagesIn(directory), source, release, { signal, onProgress });
    const { train, test } = release.perClass;
    const images = { train: classes.length * train, test: classes.length * test };
    await writeTinyManifest(directory, { source, sha256, classes: [...classes], images });
    return { directory, source, alreadyThere: false };
  };
  if (from !== undefined && entry?.isDirectory() === true) {
    return unpack(await filesOfFolder(from, release), from, null);
  }
  if (from !== undefined) {
    await assertArchive(from, release, signal);
    const files = await filesOfArchive(from, release, signal);
    return unpack(files, from, await digestOfFile(from, 'sha256', signal));
  }
  const { mirror, archive } = release;
  const url = `${mirror}${archive.name}`;
  // What is unpacked takes about as much as the archive: JPEG files do not shrink.
  const fetch = async () => fetchAll(mirror, [archive], { directory, signal, onProgress }, archive.bytes);
  await firstThatWorks(release, [{ name: url, get: fetch }], signal);
  const path = pathOf(directory, archive);
  const files = await filesOfArchive(path, release, signal);
  const result = await unpack(files, url, await digestOfFile(path, 'sha256', signal));
  await removeDownloads(directory, { published: [archive] });
  return result;
}

async function assertArchive(
  from: string,
  { name, archive }: TinyRelease,
  signal?: AbortSignal,
): Promise<void> {
  const digest = await digestOfFile(from, 'md5', signal);
  if (digest === archive.md5) return;
  throw new NascentError(
    'data/damaged',
    `${from} is not the official archive: its MD5 is ${digest} and should be ${archive.md5}`,
    { help: `Download it again, or unpack it and give the folder: nascent data get ${name} --from DIR.` },
  );
}
