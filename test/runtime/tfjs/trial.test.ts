/** A library that is cut short ends the process that loads it: that must be another one. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NascentError } from '../../../src/errors.ts';
import { openEngine } from '../../../src/runtime/engine.ts';
import { addonIn, setUpFolders } from '../../../src/runtime/native-preload.ts';
import { installedPackage } from '../../../src/runtime/tfjs/load.ts';
import type * as Load from '../../../src/runtime/tfjs/load.ts';
import { requireAddon } from '../../../src/runtime/tfjs/trial.ts';

/** What `findAddon` finds: the test's own, whatever is set up on this machine. */
const found = vi.hoisted(() => ({ addon: '' }));
vi.mock('../../../src/runtime/tfjs/load.ts', async (original) => ({
  ...(await original<typeof Load>()),
  findAddon: () => found.addon,
}));

const scratch = mkdtempSync(join(tmpdir(), 'nascent-trial-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let cache = '';
beforeEach(() => {
  cache = mkdtempSync(join(scratch, 'cache-'));
  vi.stubEnv('NASCENT_CACHE', cache);
});
afterEach(() => vi.unstubAllEnvs());

/** The addon that is set up here, if one is. */
const setUp = [installedPackage(), ...Object.values(setUpFolders())]
  .map((folder) => folder && addonIn(folder))
  .find((addon) => addon && existsSync(addon));

/** A copy of the addon, with the libraries that it needs where it looks for them. */
function copyOf(addon: string, name: string): string {
  const real = realpathSync(addon);
  const folder = join(scratch, name);
  const copy = addonIn(folder);
  mkdirSync(dirname(copy), { recursive: true });
  cpSync(dirname(real), dirname(copy), { recursive: true });
  symlinkSync(join(dirname(dirname(dirname(real))), 'deps'), join(folder, 'deps'));
  return copy;
}

async function failureOf(promise: Promise<unknown>): Promise<NascentError> {
  const error: unknown = await promise.catch((error: unknown) => error);
  if (!(error instanceof NascentError)) throw new Error(`expected a NascentError, got ${String(error)}`);
  return error;
}

it('a file that is no library is refused with the reason, and a search takes onnxruntime and says so', async () => {
  found.addon = addonIn(join(scratch, 'text'));
  mkdirSync(dirname(found.addon), { recursive: true });
  writeFileSync(found.addon, 'not a library');
  const error = await failureOf(requireAddon());
  expect(error.code).toBe('runtime/unavailable');
  expect(error.message).toMatch(/^tfjs-node-gpu cannot be used: .*tfjs_binding\.node/);
  expect((await failureOf(openEngine('tfjs-node-gpu'))).message).toBe(error.message);
  const { runtime, why } = await openEngine();
  expect(runtime.name).toBe('onnxruntime-cpu');
  expect(why).toBe(`onnxruntime-cpu, because ${error.message}`);
});

describe.skipIf(setUp === undefined)('TensorFlow’s addon', () => {
  it('cut short, ends another process and not this one', async () => {
    found.addon = copyOf(setUp ?? '', 'short');
    // One page is left: what the file says it has, and has not, is what SIGBUS is sent for.
    truncateSync(found.addon, 4096);
    const error = await failureOf(requireAddon());
    const how = process.platform === 'linux' ? 'loading it crashes (SIGBUS)' : '';
    expect(error.message).toContain(`tfjs-node-gpu cannot be used: ${how}`);
    expect(error.help).toContain('nascent setup');
    const { runtime, why } = await openEngine();
    expect(runtime.name).toBe('onnxruntime-cpu');
    expect(why).toContain(error.message);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('whole, is tried once, and again when it is another', async () => {
    found.addon = copyOf(setUp ?? '', 'whole');
    await requireAddon();
    const [record = ''] = readdirSync(cache);
    const tried = readFileSync(join(cache, record), 'utf8');
    expect(tried).toContain(found.addon);

    // Without a second trial nothing is written.
    const { mtimeMs } = statSync(join(cache, record));
    await requireAddon();
    expect(statSync(join(cache, record)).mtimeMs).toBe(mtimeMs);

    truncateSync(found.addon, Math.floor(statSync(found.addon).size / 2));
    await expect(requireAddon()).rejects.toThrow(/tfjs-node-gpu cannot be used/);
  });
});
