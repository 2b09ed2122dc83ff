/**
 * Getting onnxruntime-node where npm left it out because its install script could not reach its host: the archive from
 * npm's registry, without the script and without the libraries of other machines.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NascentError } from '../errors.ts';
import { DownloadError } from '../files/download.ts';
import { npmTarball } from '../files/npm-tarball.ts';
import type { NpmTarballOptions } from '../files/npm-tarball.ts';
import { readTarGz } from '../files/tar.ts';
import {
  findOnnxruntime,
  keptOnnxruntime,
  librariesForThisMachine,
  onnxruntimeVersion,
} from '../runtime/onnxruntime/package.ts';
import { once, WayFailed } from './context.ts';
import type { SetupContext } from './context.ts';

/**
 * Gets the package where there is none, for whoever needs it.
 *
 * @throws NascentError `setup/failed` with npm's reason; `interrupted`, `disk/full`
 */
export async function requireOnnxruntime(
  context: Pick<SetupContext, 'cache' | 'log' | 'signal'>,
  npm?: NpmTarballOptions['npm'],
): Promise<void> {
  if (findOnnxruntime(context.cache) !== undefined) return;
  await setUpOnnxruntime(context, npm).catch((error: unknown) => {
    if (!(error instanceof WayFailed)) throw error;
    throw new NascentError('setup/failed', `onnxruntime-node could not be fetched: ${error.message}`, {
      help: 'Check that npm reaches its registry, then run `nascent setup`.',
      cause: error,
    });
  });
}

/**
 * Puts the package, with the one module that it imports, into the cache folder, unless it is there.
 *
 * @throws WayFailed where npm cannot get it; NascentError `interrupted`, `disk/full`
 */
export async function setUpOnnxruntime(
  { cache, log, signal }: Pick<SetupContext, 'cache' | 'log' | 'signal'>,
  npm?: NpmTarballOptions['npm'],
): Promise<void> {
  await once(keptOnnxruntime(cache), async (folder) => {
    log(`Getting onnxruntime-node ${onnxruntimeVersion} with npm (about 115 MB)`);
    const common = join(folder, 'node_modules', 'onnxruntime-common');
    await unpack('onnxruntime-common', /^(package\.json|dist\/.*)$/, common);
    const needed = new RegExp(
      String.raw`^(package\.json|dist/[\w.-]+|script/[\w.-]+|${librariesForThisMachine}/[\w.-]+)$`,
    );
    const names = await unpack('onnxruntime-node', needed, folder);
    if (!names.some((name) => name.startsWith(librariesForThisMachine))) {
      throw new WayFailed(`onnxruntime-node has no library for ${process.platform} on ${process.arch}`);
    }
  });

  async function unpack(name: string, needed: RegExp, into: string): Promise<readonly string[]> {
    const work = join(into, 'archive');
    await mkdir(work, { recursive: true });
    // npm has just tried to install it, so its archive is most likely in npm's own cache.
    const options = { signal, npm, usersCache: true };
    const archive = await npmTarball(`${name}@${onnxruntimeVersion}`, work, options).catch(
      (error: unknown) => {
        throw error instanceof DownloadError ? new WayFailed(error.message) : error;
      },
    );
    const files = await readTarGz(archive, (path) => isInside(path) && needed.test(within(path)), signal);
    await rm(work, { recursive: true });
    for (const [path, bytes] of files) {
      const file = join(into, within(path));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    return [...files.keys()].map(within);
  }
}

/** npm's archives hold everything in one folder of this name. */
const top = 'package/';
const within = (path: string): string => path.slice(top.length);

/** A name in an archive is foreign: it may not lead out of the folder. */
function isInside(path: string): boolean {
  return path.startsWith(top) && !path.split('/').includes('..');
}
