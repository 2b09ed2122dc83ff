/**
 * Native libraries that `nascent setup` put into the cache folder, and how a process comes by them.
 *
 * Two things go wrong when TensorFlow is simply loaded. Its CUDA libraries come from separate wheels, and it asks for
 * them by bare name, in places that depend on how each wheel was linked. And while it is being loaded it writes two
 * lines to stderr before it reads its own log level. Setup therefore builds a second, tiny addon (its source is in
 * `src/setup/preload-addon.ts`) that loads a list of libraries by path, so that later requests by name find them there,
 * and keeps stderr shut meanwhile.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../files/cache.ts';

/** The version of @tensorflow/tfjs-node-gpu that Nascent is written against. */
export const tfjsNodeVersion = '4.22.0';

/** The TensorFlow release that setup builds the addon against. */
export const tensorflowVersion = '2.21.0';

/** Where setup keeps what it made, in the cache folder. A folder exists only when all of it does. */
export interface SetUpFolders {
  /** The addon built from the package's sources, with TensorFlow from its wheel. */
  readonly built: string;
  /** What the package's own installer fetched. */
  readonly installed: string;
}

export function setUpFolders(cache: string = cacheFolder()): SetUpFolders {
  const machine = `${process.platform}-${process.arch}`;
  return {
    built: join(cache, `tfjs-node-gpu-${tfjsNodeVersion}-tensorflow-${tensorflowVersion}-napi-v8-${machine}`),
    installed: join(cache, `tfjs-node-gpu-${tfjsNodeVersion}-installer-napi-v8-${machine}`),
  };
}

/** The addon inside a copy of the package, or inside one of the folders above, which have its shape. */
export function addonIn(folder: string): string {
  // Node-API 8 is in every Node since 16, so one build serves all of them.
  return join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

/** The loader of libraries, beside the addon. Absent where the package's own installer made the addon. */
export function preloadAddonIn(folder: string): string {
  return join(folder, 'lib', 'napi-v8', 'nascent_preload.node');
}

/** What an addon needs, to be loaded before it: CUDA's libraries first, then TensorFlow's, then `more`, which need those. */
export function preloadTensorFlow(addon: string, more: readonly string[] = []): void {
  const folder = dirname(dirname(dirname(realpathSync(addon))));
  const libraries = join(folder, 'deps', 'lib');
  const names = process.platform === 'darwin' ? macLibraries : linuxLibraries;
  preload(folder, [...cudaLibraries(folder), ...names.map((name) => join(libraries, name)), ...more]);
}

const linuxLibraries = ['libtensorflow_framework.so.2', 'libtensorflow_cc.so.2'];
const macLibraries = ['libtensorflow_framework.2.dylib', 'libtensorflow_cc.2.dylib'];

/**
 * Makes the CUDA libraries that setup fetched known to this process, for onnxruntime's CUDA provider; nothing where
 * there are none, and the system's own are then used.
 */
export function preloadCuda(folder: string = setUpFolders().built): void {
  const libraries = cudaLibraries(folder);
  if (libraries.length > 0) preload(folder, libraries);
}

/** CUDA's libraries, less those that cuDNN picks and loads by itself from beside its own file. */
function cudaLibraries(folder: string): string[] {
  const cuda = join(folder, 'deps', 'cuda');
  if (!existsSync(cuda)) return [];
  return readdirSync(cuda)
    .filter((name) => /\.so(\.\d+)*$/.test(name) && !name.startsWith('libcudnn_'))
    .map((name) => join(cuda, name));
}

/** Loads the libraries that can be loaded; whoever then needs one that could not be gives the better error. */
function preload(folder: string, libraries: readonly string[]): void {
  const addon = preloadAddonIn(folder);
  if (!existsSync(addon)) return;
  // The addon does its work while it is being loaded, so its arguments come this way; Node hands the environment on.
  process.env['NASCENT_PRELOAD'] = libraries.join('\n');
  try {
    process.dlopen({ exports: {} }, addon);
  } finally {
    delete process.env['NASCENT_PRELOAD'];
  }
}
