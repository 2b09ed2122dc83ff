/**
 * Getting onnxruntime-node where npm left it out because its install script could not reach its host: the archive from
 * npm's registry, without the script and without the libraries of other machines.
 */
import { join } from 'node:path';
import { NascentError } from '../errors.ts';
import type { NpmTarballOptions } from '../files/npm-tarball.ts';
import {
  findOnnxruntime,
  keptOnnxruntime,
  librariesForThisMachine,
  onnxruntimeVersion,
} from '../runtime/onnxruntime/package.ts';
import { once, WayFailed } from './context.ts';
import type { SetupContext } from './context.ts';
import { unpackPackage } from './npm-package.ts';

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
    return unpackPackage({ name, version: onnxruntimeVersion, needed }, into, { signal, npm });
  }
}
