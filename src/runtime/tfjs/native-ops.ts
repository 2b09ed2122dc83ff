/**
 * The library of ops of our own for TensorFlow on a CPU: which sources it is made of, and where it is kept.
 *
 * `nascent setup` compiles the sources in `native/` for the very processor that it runs on, and keeps the library in the
 * cache folder under a name that holds all that it depends on: another processor, another TensorFlow or other sources
 * have another. Without it everything works, by TensorFlow's own kernels.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../files/cache.ts';
import { setUpFolders, tensorflowVersion } from '../native-preload.ts';

/**
 * For this processor, and as exact as written: sums are not put in another order. A loop that begins in the middle of a line of
 * the cache took up to one part in twenty longer.
 */
export const nativeOpsFlags = [
  '-std=c++17',
  '-O3',
  '-march=native',
  '-falign-loops=64',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
];

/** What to give the compiler. */
export function nativeOpsSources(): string[] {
  return sourcesIn(sourceFolder, /\.cc$/);
}

/** Where the library for this machine is, once it is made. */
export function nativeOpsFile(cache: string = cacheFolder()): string {
  const hash = createHash('sha256');
  const about = [tensorflowVersion, process.platform, process.arch, processor(), ...nativeOpsFlags];
  hash.update(about.join('\n'));
  for (const file of sourcesIn(sourceFolder, /\.(cc|h)$/)) hash.update(readFileSync(file));
  return join(cache, 'native-ops', hash.digest('hex').slice(0, 16), 'nascent_ops.so');
}

/** The user may want TensorFlow's own kernels: to compare, or because ours are at fault. */
export function nativeOpsWanted(): boolean {
  return process.env['NASCENT_NATIVE'] !== '0';
}

/** Whether the library fits the TensorFlow of an addon: the one that setup built, on whose release it depends. */
export function nativeOpsFit(addon: string, cache: string = cacheFolder()): boolean {
  const { built } = setUpFolders(cache);
  return existsSync(built) && realpathSync(addon).startsWith(realpathSync(built));
}

/** The library that a process that loads `addon` is to load, too, where it is there. */
export function nativeOpsFor(addon: string): string | undefined {
  if (!nativeOpsWanted() || !nativeOpsFit(addon)) return undefined;
  const file = nativeOpsFile();
  return existsSync(file) ? file : undefined;
}

const sourceFolder = join(import.meta.dirname, 'native');

function sourcesIn(folder: string, name: RegExp): string[] {
  return readdirSync(folder)
    .filter((file) => name.test(file))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((file) => join(folder, file));
}

/** The processor and what it can do, of which the compiler makes use; the model alone does not tell. */
function processor(): string {
  const model = cpus()[0]?.model ?? '';
  if (process.platform !== 'linux') return model;
  const about = readFileSync('/proc/cpuinfo', 'utf8');
  return `${model}\n${/^(flags|Features)\s*:.*$/m.exec(about)?.[0] ?? ''}`;
}
