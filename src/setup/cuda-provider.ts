/**
 * onnxruntime's CUDA provider: three libraries, too large for npm, that onnxruntime-node's own install script fetches.
 *
 * As with tfjs-node-gpu the script is run in a copy, the libraries are kept in the cache folder and linked from the
 * package, so that a failure leaves nothing half-written and a fresh `npm ci` needs no second download.
 */
import { existsSync } from 'node:fs';
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findOnnxruntime, keptOnnxruntime, onnxruntimeLibraries } from '../runtime/onnxruntime/package.ts';
import { runCommand } from './command.ts';
import { bytesUnder, once, WayFailed } from './context.ts';
import type { SetupContext } from './context.ts';
import { withModulesOf } from './installer-way.ts';
import { link } from './link.ts';
import { makeFolders } from '../files/make-folders.ts';

/** What must be there for the provider to be. */
export const providerLibrary = 'libonnxruntime_providers_cuda.so';

/** About so large; for the progress bar. */
const downloadBytes = 300_000_000;

/**
 * Makes the CUDA provider part of the installed onnxruntime-node; returns its files' names.
 *
 * @throws WayFailed with the reason; NascentError `interrupted`, `disk/full`
 */
export async function setUpCudaProvider(context: SetupContext): Promise<readonly string[]> {
  const { cache, log, signal } = context;
  const installed = findOnnxruntime();
  const target = onnxruntimeLibraries();
  if (installed === undefined || target === undefined) {
    throw new WayFailed('the package onnxruntime-node is not installed');
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new WayFailed(
      `onnxruntime has a CUDA provider for Linux on x64 only, and this is ${process.platform} on ${process.arch}`,
    );
  }
  const keep = join(cache, `onnxruntime-node-${installed.version}-cuda12-linux-x64`);
  await once(keep, async (folder) => {
    if (installed.folder === keptOnnxruntime(cache)) {
      throw new WayFailed(
        'npm left onnxruntime-node out because its install script could not fetch this; install Nascent again where it can',
      );
    }
    log("Downloading onnxruntime's CUDA provider with its own installer (about 300 MB)");
    const copy = join(folder, 'package');
    const temporary = join(folder, 'temporary');
    await makeFolders(temporary);
    for (const name of ['package.json', 'script']) {
      await cp(join(installed.folder, name), join(copy, name), { recursive: true });
    }
    const done = () => bytesUnder(folder);
    const report = setInterval(() => {
      void done().then((bytes) =>
        context.onProgress({
          phase: 'download',
          done: bytes,
          total: downloadBytes,
          unit: 'bytes',
          note: "onnxruntime's CUDA provider",
        }),
      );
    }, 500);
    try {
      const result = await runCommand(process.execPath, [join('script', 'install.js')], {
        cwd: copy,
        env: {
          ...withModulesOf(installed.folder, context.env),
          TMPDIR: temporary,
          // Its newer setting, ONNXRUNTIME_NODE_INSTALL=cuda12, is documented and not understood by 1.30.
          ONNXRUNTIME_NODE_INSTALL: undefined,
          npm_config_onnxruntime_node_install: undefined,
          ONNXRUNTIME_NODE_INSTALL_CUDA: 'v12',
        },
        timeoutMs: 60 * 60_000,
        silenceMs: 60_000,
        alive: done,
        signal,
      });
      if (!result.ok) throw new WayFailed(result.reason);
    } finally {
      clearInterval(report);
    }
    const fetched = join(copy, 'bin', 'napi-v6', 'linux', 'x64');
    if (!existsSync(join(fetched, providerLibrary))) {
      throw new WayFailed(`its installer said it was done and left no ${providerLibrary}`);
    }
    await cp(fetched, folder, { recursive: true });
    await rm(copy, { recursive: true });
    await rm(temporary, { recursive: true, force: true });
  });

  const files = (await readdir(keep)).filter((name) => name.endsWith('.so')).toSorted();
  for (const name of files) {
    await link(join(target, name), join(keep, name));
  }
  return files;
}
