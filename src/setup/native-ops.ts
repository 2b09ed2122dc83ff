/** Compiles Nascent's own ops for TensorFlow, for the processor at hand. A help, not a need: whatever fails is told. */
import { existsSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { rm } from 'node:fs/promises';
import { addonIn } from '../runtime/native-preload.ts';
import {
  nativeOpsFile,
  nativeOpsFit,
  nativeOpsFlags,
  nativeOpsSources,
  nativeOpsWanted,
} from '../runtime/tfjs/native-ops.ts';
import { runCommand } from './command.ts';
import { once, WayFailed } from './context.ts';
import type { SetupContext } from './context.ts';
import { findCompiler } from './tools.ts';
import { tryAddon } from './try-addon.ts';

/** Whether nothing is to be done: the library is there, or there is no TensorFlow that it fits, or nobody wants it. */
export function nativeOpsSettled({ cache, folders }: Pick<SetupContext, 'cache' | 'folders'>): boolean {
  const addon = addonIn(folders.built);
  if (!nativeOpsWanted() || !existsSync(addon) || !nativeOpsFit(addon, cache)) return true;
  return existsSync(nativeOpsFile(cache));
}

/**
 * Makes the library, unless it is there, and tries it.
 *
 * @throws WayFailed with the compiler's reason, or that the library does not load; NascentError `interrupted`,
 * `disk/full`, `disk/failed`
 */
export async function setUpNativeOps(context: SetupContext): Promise<void> {
  const { cache, folders, env, signal, log } = context;
  if (nativeOpsSettled(context)) return;
  const compiler = await findCompiler(env, signal);
  if (compiler === undefined) throw new WayFailed('there is no C++ compiler');
  log('Compiling ops of our own for this processor');
  const file = nativeOpsFile(cache);
  await once(dirname(file), async (folder) => {
    const output = join(folder, 'nascent_ops.so');
    const libraries = join(folders.built, 'deps', 'lib');
    const framework =
      process.platform === 'darwin' ? 'libtensorflow_framework.2.dylib' : 'libtensorflow_framework.so.2';
    const args = [
      ...nativeOpsFlags,
      ...nativeOpsSources(),
      '-o',
      output,
      join(libraries, framework),
      '-pthread',
    ];
    const result = await runCommand(compiler, args, { cwd: folder, env, timeoutMs: 10 * 60_000, signal });
    if (!result.ok) throw new WayFailed(`${compiler}: ${result.reason}`);
  });
  const loaded = await tryAddon(folders.built, context);
  if (loaded.ok && loaded.about.nativeOps) return;
  await rm(dirname(file), { recursive: true, force: true });
  throw new WayFailed(loaded.ok ? 'TensorFlow does not take the library' : loaded.reason);
}
