/**
 * onnxruntime for browsers, as far as a page needs it: its script and its WebAssembly. From node_modules where it is
 * there, else from npm's registry, once, and kept in the cache folder. What a page is given is on its own server: it asks
 * no other.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NascentError } from '../../errors.ts';
import { cacheFolder } from '../../files/cache.ts';
import { DownloadError } from '../../files/download.ts';
import { writeFileWhole } from '../../files/files.ts';
import { npmTarball } from '../../files/npm-tarball.ts';
import { readTarGz } from '../../files/tar.ts';
import type { Reporter } from '../../run/reporter.ts';
import { findPackage } from '../../runtime/probe/package.ts';
import type { FormatFile } from './format.ts';
import { makeFolders } from '../../files/make-folders.ts';

const version = '1.30.0';

/** Where each is in the package, and what it is called beside a page: `.js`, for which every server knows the type. */
const parts = [
  ['dist/ort.wasm.bundle.min.mjs', 'onnxruntime.js'],
  ['dist/ort-wasm-simd-threaded.wasm', 'onnxruntime.wasm'],
] as const;

/** @throws NascentError 'data/unreachable' where it is not there and npm cannot get it; the signal's reason */
export async function onnxruntimeWeb(
  reporter: Reporter,
  signal: AbortSignal,
  cache: string = cacheFolder(),
): Promise<readonly FormatFile[]> {
  const installed = findPackage('onnxruntime-web');
  const kept = join(cache, `onnxruntime-web-${version}`);
  const folder = installed?.version === version ? installed.folder : kept;
  if (folder === kept && !parts.every(([from]) => existsSync(join(kept, from)))) {
    await fetched(kept, cache, reporter, signal);
  }
  return Promise.all(parts.map(async ([from, name]) => ({ name, data: await readFile(join(folder, from)) })));
}

async function fetched(kept: string, cache: string, reporter: Reporter, signal: AbortSignal): Promise<void> {
  reporter.stage('fetch', `Getting onnxruntime-web ${version} with npm (33 MB)`);
  await makeFolders(cache);
  const work = await mkdtemp(join(cache, 'npm-'));
  try {
    const archive = await npmTarball(`onnxruntime-web@${version}`, work, { signal, usersCache: true });
    const wanted = new Set<string>(parts.map(([from]) => `package/${from}`));
    const files = await readTarGz(archive, (name) => wanted.has(name), signal);
    for (const [from] of parts) {
      const data = files.get(`package/${from}`);
      if (data === undefined) throw new DownloadError(`the package has no ${from}`);
      await writeFileWhole(join(kept, from), data);
    }
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throw new NascentError('data/unreachable', `onnxruntime-web cannot be fetched: ${error.message}`, {
      help: 'Check that npm reaches its registry; it is fetched once, and then kept in the cache folder.',
      cause: error,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
