/**
 * `nascent setup`: fetches onnxruntime-node where npm left it out, and makes tfjs-node-gpu run on this machine, by the
 * first way that works.
 *
 *   1. It loads already, or what an earlier setup made needs only to be linked.
 *   2. The package's own installer.
 *   3. TensorFlow from its wheel, the addon compiled here (`wheel-way.ts`); with CUDA where there is an NVIDIA driver.
 *
 * Where the installer's TensorFlow of 2022 does not see a card that there is a driver for, the third way is tried all the
 * same, and the second one's result stays if that fails. On a processor ops of our own are compiled then (`native-ops.ts`),
 * without which everything works, too. With `cuda`, onnxruntime's CUDA provider is fetched as well.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheFolder } from '../files/cache.ts';
import { diskError, megabytes } from '../files/files.ts';
import { stopIfAborted } from '../files/progress.ts';
import { NascentError } from '../errors.ts';
import { acquireLease } from '../run/lease.ts';
import type { Lease } from '../run/lease.ts';
import { addonIn, setUpFolders } from '../runtime/native-preload.ts';
import { findOnnxruntime } from '../runtime/onnxruntime/package.ts';
import { findNvidiaDriver } from '../runtime/probe/nvidia.ts';
import { installedPackage } from '../runtime/tfjs/load.ts';
import type { TensorFlowAnswer } from '../runtime/tfjs/probe-tensorflow.ts';
import { resumeHelp } from './command.ts';
import { bytesUnder, WayFailed } from './context.ts';
import type { SetupContext, SetupProgress } from './context.ts';
import { setUpCudaProvider } from './cuda-provider.ts';
import { setUpWithInstaller } from './installer-way.ts';
import { linkPackage } from './link.ts';
import { setUpOnnxruntime } from './onnxruntime-package.ts';
import { nativeOpsSettled, setUpNativeOps } from './native-ops.ts';
import { packageSources } from './package-sources.ts';
import { tryAddon } from './try-addon.ts';
import { setUpFromWheel } from './wheel-way.ts';
import { makeFolders } from '../files/make-folders.ts';

export type { SetupProgress } from './context.ts';

export interface SetupOptions {
  /** Also fetch onnxruntime's CUDA provider. */
  readonly cuda?: boolean;
  /** Do it again although it works: after a driver was installed, or when something is broken. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SetupProgress) => void;
  /** Called with what is being done, a line each. */
  readonly log?: (line: string) => void;
  /** The cache folder; the platform's own by default. What is set up elsewhere is not found by other processes. */
  readonly cache?: string;
  /** The environment that programs are started in; this process's by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A way that was tried and did not work. */
export interface FailedWay {
  readonly way: string;
  readonly reason: string;
}

export interface SetupResult {
  readonly tensorflow: TensorFlowAnswer & {
    /** `ready`: it was so before. `linked`: an earlier setup's result was linked to this installation. */
    readonly how: 'ready' | 'linked' | 'installer' | 'wheel';
    /** Where it is kept and how much it takes there; absent where setup had nothing to do with it. */
    readonly kept?: { readonly folder: string; readonly bytes: number };
  };
  /** The files of onnxruntime's CUDA provider, if it was asked for. */
  readonly cudaProvider?: readonly string[];
  /** Ways that were tried before the one that worked. */
  readonly failed: readonly FailedWay[];
}

/**
 * Sets up, or says that everything is. May be called by several processes at once: one works, the others wait for it.
 *
 * @throws NascentError `setup/failed` with each way that was tried, why it failed and what to install; `disk/full`,
 * `disk/failed`, `interrupted`
 */
export async function setup(options: SetupOptions = {}): Promise<SetupResult> {
  const { cuda = false, force = false, signal } = options;
  const cache = options.cache ?? cacheFolder();
  const context: SetupContext = {
    cache,
    folders: setUpFolders(cache),
    driver: await findNvidiaDriver(),
    env: options.env ?? process.env,
    log: options.log ?? (() => {}),
    onProgress: options.onProgress ?? (() => {}),
    signal,
  };
  if (!force && !cuda && findOnnxruntime(cache) !== undefined && nativeOpsSettled(context)) {
    const ready = await readyAlready(context);
    if (ready !== undefined) return { tensorflow: ready, failed: [] };
  }
  const lock = join(cache, 'setup');
  await makeFolders(lock).catch((cause: unknown) => {
    throw diskError(cause, lock, 0);
  });
  const before = stampOf(context);
  const lease = await acquire(lock, context);
  try {
    const failed: FailedWay[] = [];
    if (findOnnxruntime(cache) === undefined) {
      await attempt('getting onnxruntime-node', () => setUpOnnxruntime(context), failed, context);
    }
    // If another setup finished while this one waited for it, that is the fresh one that was asked for.
    const doAnew = force && stampOf(context) === before;
    const ready = doAnew ? undefined : await readyAlready(context);
    const done = ready ?? (await setUpTensorFlow(context, failed));
    const tensorflow = await withNativeOps(done, failed, context);
    if (!cuda) return { tensorflow, failed };
    return { tensorflow, failed, cudaProvider: await cudaProvider(context) };
  } finally {
    lease.release();
  }
}

type Loaded = SetupResult['tensorflow'];

/**
 * What is there, if it loads: the addon in npm's package, else what an earlier setup kept, which is then linked to the
 * package, so that a fresh `npm ci` costs no second build.
 */
async function readyAlready(context: SetupContext): Promise<Loaded | undefined> {
  const npm = installedPackage();
  if (npm !== undefined && existsSync(addonIn(npm))) {
    const loaded = await tryAddon(npm, context);
    if (loaded.ok) return { ...loaded.about, how: 'ready' };
    context.log(`The addon in ${npm} does not load: ${loaded.reason}`);
  }
  for (const kept of keptFolders(context)) {
    const loaded = await tryAddon(kept, context);
    if (!loaded.ok) {
      context.log(`What an earlier setup left does not load: ${loaded.reason}`);
      continue;
    }
    const linked = npm !== undefined && (await linkPackage(npm, kept));
    return { ...loaded.about, how: linked ? 'linked' : 'ready' };
  }
  return undefined;
}

/** TensorFlow with ops of our own, where it runs on the processor and they can be compiled. */
async function withNativeOps(
  tensorflow: Loaded,
  failed: FailedWay[],
  context: SetupContext,
): Promise<Loaded> {
  if (tensorflow.device !== 'cpu' || tensorflow.nativeOps || nativeOpsSettled(context)) return tensorflow;
  const made = await attempt('compiling our own ops', () => setUpNativeOps(context), failed, context);
  return { ...tensorflow, nativeOps: made };
}

/** The finished results of earlier setups, the better first. */
function keptFolders({ folders }: SetupContext): string[] {
  return [folders.built, folders.installed].filter((folder) => existsSync(addonIn(folder)));
}

/** Changes whenever a setup finishes something. */
function stampOf(context: SetupContext): string {
  return keptFolders(context)
    .map((folder) => `${folder} ${statSync(folder).ino}`)
    .join();
}

/** Ways two and three. `failed` collects what did not work. */
async function setUpTensorFlow(context: SetupContext, failed: FailedWay[]): Promise<Loaded> {
  const { driver, folders, log } = context;
  const trying = (way: string, work: () => Promise<void>) => attempt(way, work, failed, context);

  let sources: { readonly folder: string; readonly installed: boolean } | undefined;
  await trying('getting the package', async () => {
    sources = await packageSources(context);
  });
  if (sources === undefined) throw nothingWorked(failed);
  const { folder, installed } = sources;

  if (installed && (await trying("the package's own installer", () => setUpWithInstaller(folder, context)))) {
    const done = await finish(folders.installed, 'installer', context);
    if (driver === undefined || done.device === 'gpu') return done;
    log(`It works on the processor only, although there is an NVIDIA driver; trying TensorFlow's CUDA wheel`);
  }
  const variants = driver === undefined ? (['cpu'] as const) : (['cuda', 'cpu'] as const);
  for (const variant of variants) {
    const way = `TensorFlow's ${variant === 'cuda' ? 'CUDA ' : ''}wheel`;
    if (await trying(way, () => setUpFromWheel(variant, folder, context))) {
      return finish(folders.built, 'wheel', context);
    }
    if (variant === 'cuda' && existsSync(addonIn(folders.installed))) break;
  }
  if (existsSync(addonIn(folders.installed))) return finish(folders.installed, 'installer', context);
  throw nothingWorked(failed);
}

/** Does what may not work on every machine; whether it did. */
async function attempt(
  way: string,
  work: () => Promise<void>,
  failed: FailedWay[],
  { log }: SetupContext,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error;
    log(`${way} did not work: ${error.message}`);
    failed.push({ way, reason: error.message });
    return false;
  }
}

/** Links what was made, tries it as any process would find it, and says what it takes. */
async function finish(folder: string, how: 'installer' | 'wheel', context: SetupContext): Promise<Loaded> {
  const npm = installedPackage();
  if (npm !== undefined) await linkPackage(npm, folder);
  const loaded = await tryAddon(folder, context);
  if (!loaded.ok) throw nothingWorked([{ way: 'loading what was made', reason: loaded.reason }]);
  const kept = { folder, bytes: await bytesUnder(folder) };
  if (context.driver !== undefined && loaded.about.device === 'cpu') {
    context.log('TensorFlow works, on the processor only: it could not use the NVIDIA card');
  }
  context.log(`tfjs-node-gpu is set up; it takes ${megabytes(kept.bytes)} in ${folder}`);
  return { ...loaded.about, how, kept };
}

async function cudaProvider(context: SetupContext): Promise<readonly string[]> {
  try {
    return await setUpCudaProvider(context);
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error;
    throw new NascentError(
      'setup/failed',
      `onnxruntime's CUDA provider could not be set up: ${error.message}. (tfjs-node-gpu works.)`,
      {
        help: 'Check that this is Linux on x64 with an NVIDIA card, and that the network lets NuGet through, then run `nascent setup --cuda` again. Everything else works without it.',
        cause: error,
      },
    );
  }
}

function nothingWorked(failed: readonly FailedWay[]): NascentError {
  const reasons = failed.map(({ way, reason }) => `\n  - ${way}: ${reason}`).join('');
  return new NascentError('setup/failed', `tfjs-node-gpu could not be set up. Tried:${reasons}`, {
    help: 'Put right what is named above and run `nascent setup` again. Until then everything runs on onnxruntime: `--engine onnxruntime`.',
  });
}

/** Waits for another setup on this cache folder, if there is one. */
async function acquire(folder: string, { log, signal }: SetupContext): Promise<Lease> {
  for (let told = false; ; told = true) {
    try {
      return acquireLease(folder);
    } catch (error) {
      if (!(error instanceof NascentError && error.code === 'run/busy')) throw error;
    }
    if (!told) log('Another `nascent setup` is at work; waiting for it');
    // The abort itself is told below, in setup's own words.
    await delay(500, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    stopIfAborted(signal, resumeHelp);
  }
}
