/**
 * Where onnxruntime-node is: where npm put it, else where `nascent setup` did.
 *
 * On Linux with an x64 processor its install script wants CUDA libraries from a host of its own. Where that host cannot
 * be reached the script fails, and npm leaves the whole package out, for it is an optional dependency, so that Nascent
 * still installs. Nothing but CUDA needs the script; setup therefore fetches the package as an archive from npm's
 * registry and keeps it in the cache folder.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as OrtModule from 'onnxruntime-node';
import { cacheFolder } from '../../files/cache.ts';
import { findPackage } from '../probe/package.ts';
import type { InstalledPackage } from '../probe/package.ts';

/** The version that Nascent is written against. */
export const onnxruntimeVersion = '1.30.0';

/** Where setup keeps it, in the cache folder. The folder exists only when all of it does. */
export function keptOnnxruntime(cache: string = cacheFolder()): string {
  return join(cache, `onnxruntime-node-${onnxruntimeVersion}-${process.platform}-${process.arch}`);
}

/** The package as Nascent would load it; undefined where there is none. */
export function findOnnxruntime(cache?: string): InstalledPackage | undefined {
  const npm = findPackage('onnxruntime-node');
  if (npm !== undefined) return npm;
  const folder = keptOnnxruntime(cache);
  return existsSync(folder) ? { folder, version: onnxruntimeVersion } : undefined;
}

/** The folder of its libraries for this machine, from its own folder. */
export const librariesForThisMachine = ['bin', 'napi-v6', process.platform, process.arch].join('/');

/** The folder of its libraries for this machine; undefined where there is no package. */
export function onnxruntimeLibraries(): string | undefined {
  const found = findOnnxruntime();
  return found && join(found.folder, librariesForThisMachine);
}

/** Whether the CUDA provider is where onnxruntime looks for it. */
export function cudaProviderInstalled(): boolean {
  const folder = onnxruntimeLibraries();
  return folder !== undefined && existsSync(join(folder, 'libonnxruntime_providers_cuda.so'));
}

/** What to do where it does not load: get it, or get it again. */
export function howToGetOnnxruntime(): string {
  return findOnnxruntime() === undefined
    ? 'Run `nascent setup`, which fetches it from npm.'
    : 'Install the packages again: `npm ci`.';
}

/** Loads it. @throws Error where there is none, or what it throws itself */
export async function importOnnxruntime(): Promise<typeof OrtModule> {
  const found = findOnnxruntime();
  if (found === undefined) throw new Error('onnxruntime-node is not installed');
  if (found.folder !== keptOnnxruntime()) return import('onnxruntime-node');
  const entry = pathToFileURL(join(found.folder, 'dist', 'index.js'));
  return (await import(entry.href)) as typeof OrtModule;
}
