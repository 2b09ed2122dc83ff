/** A package out of npm's registry, unpacked: its archive alone, without its scripts and without what is not needed of it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DownloadError } from '../files/download.ts';
import { npmTarball, type NpmTarballOptions } from '../files/npm-tarball.ts';
import { readTarGz } from '../files/tar.ts';
import { WayFailed } from './context.ts';
import { makeFolders } from '../files/make-folders.ts';

export interface WantedPackage {
  readonly name: string;
  readonly version: string;
  /** Which of its files. */
  readonly needed: RegExp;
  /** What the archive must be, as npm's lock files say it, whatever the registry says. */
  readonly integrity?: string;
}

/**
 * Puts what is needed of a package into a folder, and says which files there were.
 *
 * @throws WayFailed where npm cannot get it, or it is another one; NascentError `interrupted`, `disk/full`
 */
export async function unpackPackage(
  { name, version, needed, integrity }: WantedPackage,
  into: string,
  { npm, signal }: Pick<NpmTarballOptions, 'npm' | 'signal'>,
): Promise<readonly string[]> {
  const work = join(into, 'archive');
  await makeFolders(work);
  // npm may have tried to install it, and then its archive is most likely in npm's own cache.
  const options = { signal, npm, usersCache: true };
  const archive = await npmTarball(`${name}@${version}`, work, options).catch((error: unknown) => {
    throw error instanceof DownloadError ? new WayFailed(error.message) : error;
  });
  if (integrity !== undefined && (await integrityOf(archive)) !== integrity) {
    throw new WayFailed(`the registry's ${name} ${version} is not the archive that Nascent knows`);
  }
  const files = await readTarGz(archive, (path) => isInside(path) && needed.test(within(path)), signal);
  await rm(work, { recursive: true });
  for (const [path, bytes] of files) {
    const file = join(into, within(path));
    await makeFolders(dirname(file));
    await writeFile(file, bytes);
  }
  return [...files.keys()].map(within);
}

async function integrityOf(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return `sha512-${hash.digest('base64')}`;
}

/** npm's archives hold everything in one folder of this name. */
const top = 'package/';
const within = (path: string): string => path.slice(top.length);

/** A name in an archive is foreign: it may not lead out of the folder. */
function isInside(path: string): boolean {
  return path.startsWith(top) && !path.split('/').includes('..');
}
