/**
 * Whether TensorFlow's addon can be loaded into this process, found out in another one: a library that is cut short
 * ends the process that loads it (SIGBUS), and with it a search that could have run on onnxruntime.
 *
 * A success is remembered in the cache folder, with the size and the date of every library that was loaded, so that the
 * trial is made once and not at every search. A failure is not: whoever mends it should not be told of it again.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../files/cache.ts';
import { writeFileWhole } from '../../files/files.ts';
import { NascentError } from '../../errors.ts';
import { runProbe } from '../probe/child.ts';
import { explainTensorFlow } from '../probe/reasons.ts';
import { findAddon } from './load.ts';
import { nativeOpsFor } from './native-ops.ts';

/** @throws NascentError 'runtime/unavailable' where the addon that would be loaded is missing or does not load */
export async function requireAddon(): Promise<void> {
  const addon = findAddon();
  const file = join(cacheFolder(), 'tfjs-node-gpu-tried.json');
  const now = stampOf(addon);
  if (now === read(file)) return;
  const outcome = await runProbe(new URL('probe-tensorflow', import.meta.url), {
    args: [addon],
    timeoutMs: 120_000,
  });
  if (!outcome.ok) {
    const { reason, fix } = explainTensorFlow(outcome);
    throw new NascentError('runtime/unavailable', `tfjs-node-gpu cannot be used: ${reason}`, { help: fix });
  }
  // Where it cannot be kept the next search tries again.
  await writeFileWhole(file, now).catch(() => {});
}

/** What would change if another library were loaded. */
function stampOf(addon: string): string {
  const path = realpathSync(addon);
  const folder = join(dirname(dirname(dirname(path))), 'deps');
  const libraries = ['lib', 'cuda']
    .map((name) => join(folder, name))
    .filter((each) => existsSync(each))
    .flatMap((each) => readdirSync(each).map((name) => join(each, name)));
  const ops = nativeOpsFor(addon);
  const files = [path, ...libraries, ...(ops === undefined ? [] : [ops])].map((file) => {
    // A link that leads nowhere is no library.
    const about = statSync(file, { throwIfNoEntry: false });
    return { file, size: about?.size, mtimeMs: about?.mtimeMs };
  });
  return `${JSON.stringify({ node: process.versions.node, files }, undefined, 2)}\n`;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
