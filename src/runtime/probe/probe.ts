/**
 * What this machine can run networks on: every runtime, really tried.
 *
 * A list of installed packages would lie (a provider's library may be missing, a driver too old), so each runtime
 * computes something small, in a child process that may crash or hang without harm.
 */
import { cpus } from 'node:os';
import { runProbe } from './child.ts';
import type { ProbeOutcome } from './child.ts';
import { findNvidiaDriver } from './nvidia.ts';
import type { NvidiaDriver } from './nvidia.ts';
import { findPackage } from './package.ts';
import { explainCuda, explainWebGpu, oneLine, whyNoCuda } from './reasons.ts';
import type { Explanation } from './reasons.ts';
import { cudaProviderInstalled, findOnnxruntime, howToGetOnnxruntime } from '../onnxruntime/package.ts';
import type { RuntimeName } from '../runtime.ts';
import type { TensorFlowAnswer } from '../tfjs/probe-tensorflow.ts';

interface About {
  readonly name: RuntimeName;
  /** Of the package, and of the library under it where that has its own; empty where the package is not installed. */
  readonly version: string;
  /** The device it runs on, or would. */
  readonly device: string;
}

/** What is known of one runtime here. */
export type RuntimeReport =
  | (About & {
      readonly status: 'ready';
      /** Something worth knowing although it works. */
      readonly note?: string;
    })
  | (About & {
      readonly status: 'unavailable';
      /** One line, in lower case, without a full stop. */
      readonly reason: string;
      /** What to do about it. */
      readonly fix: string;
    });

export interface ProbeRuntimesOptions {
  readonly signal?: AbortSignal;
  /** For each runtime; a graphics card that is being woken takes a while. */
  readonly timeoutMs?: number;
  /** Found already; looked for if left out. */
  readonly driver?: NvidiaDriver | undefined;
}

/**
 * Tries every runtime and reports on each, in a fixed order. Never rejects.
 *
 * Those on the processor are tried at once, those on a graphics card one after the other: they would compete for its
 * memory.
 */
export async function probeRuntimes(options: ProbeRuntimesOptions = {}): Promise<RuntimeReport[]> {
  const driver = 'driver' in options ? options.driver : await findNvidiaDriver();
  const limits = { timeoutMs: options.timeoutMs ?? 60_000, signal: options.signal };
  const [graphics, tfjsCpu, ortCpu] = await Promise.all([
    (async () => ({
      tensorflow: await probeTensorFlow(limits, driver),
      cuda: await probeCuda(limits, driver),
      webgpu: await probeWebGpu(limits, driver),
    }))(),
    probeTfjsCpu(limits),
    probeOnnxruntimeCpu(limits),
  ]);
  return [graphics.tensorflow, tfjsCpu, reference(), ortCpu, graphics.cuda, graphics.webgpu];
}

interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const processor = (): string => cpus()[0]?.model.trim() || 'cpu';

/** Plain JavaScript of our own: if this runs, that does. */
function reference(): RuntimeReport {
  return {
    name: 'reference',
    version: findPackage('nascent')?.version ?? '',
    device: processor(),
    status: 'ready',
  };
}

async function probeTensorFlow(limits: Limits, driver: NvidiaDriver | undefined): Promise<RuntimeReport> {
  const outcome = await runProbe(new URL('../tfjs/probe-tensorflow', import.meta.url), limits);
  if (outcome.ok) {
    const { version, libraryVersion, device, deviceName } = outcome.value as TensorFlowAnswer;
    const idle = driver !== undefined && device === 'cpu';
    return {
      name: 'tfjs-node-gpu',
      version: `${version} (TensorFlow ${libraryVersion})`,
      device: deviceName ?? device,
      status: 'ready',
      ...(idle
        ? {
            note: 'it uses the processor although there is an NVIDIA driver; `nascent setup --force` fetches TensorFlow with CUDA',
          }
        : {}),
    };
  }
  const version = findPackage('@tensorflow/tfjs-node-gpu')?.version ?? '';
  const reason = oneLine(outcome.reason).replace(/^tfjs-node-gpu cannot be used: /, '');
  const about = { name: 'tfjs-node-gpu', version, device: driver?.cards[0] ?? processor() } as const;
  return unavailable(about, { reason, fix: 'Run `nascent setup`.' });
}

async function probeTfjsCpu(limits: Limits): Promise<RuntimeReport> {
  const name = 'tfjs-cpu';
  const version = findPackage('@tensorflow/tfjs-core')?.version ?? '';
  const outcome = await runProbe(new URL('../tfjs/probe-cpu', import.meta.url), limits);
  return report({ name, version, device: processor() }, outcome, reinstall);
}

async function probeOnnxruntimeCpu(limits: Limits): Promise<RuntimeReport> {
  const about = onnxruntime('onnxruntime-cpu', processor());
  return report(about, await probeProvider('cpu', limits), ({ reason }) => ({
    reason: oneLine(reason),
    fix: howToGetOnnxruntime(),
  }));
}

async function probeCuda(limits: Limits, driver: NvidiaDriver | undefined): Promise<RuntimeReport> {
  const about = onnxruntime('onnxruntime-cuda', driver?.cards[0] ?? 'cuda');
  const { platform, arch } = process;
  const impossible = whyNoCuda({ platform, arch, driver, providerInstalled: cudaProviderInstalled() });
  if (impossible !== undefined) return unavailable(about, impossible);
  return report(about, await probeProvider('cuda', limits), (failure) => explainCuda(failure, driver));
}

async function probeWebGpu(limits: Limits, driver: NvidiaDriver | undefined): Promise<RuntimeReport> {
  const about = onnxruntime('onnxruntime-webgpu', driver?.cards[0] ?? 'webgpu');
  return report(about, await probeProvider('webgpu', limits), explainWebGpu);
}

async function probeProvider(provider: string, limits: Limits): Promise<ProbeOutcome> {
  const script = new URL('../onnxruntime/probe-provider', import.meta.url);
  return runProbe(script, { ...limits, args: [provider] });
}

function onnxruntime(name: RuntimeName, device: string): About {
  return { name, version: findOnnxruntime()?.version ?? '', device };
}

type Failure = Extract<ProbeOutcome, { readonly ok: false }>;

function report(
  about: About,
  outcome: ProbeOutcome,
  explain: (failure: Failure) => Explanation,
): RuntimeReport {
  return outcome.ok ? { ...about, status: 'ready' } : unavailable(about, explain(outcome));
}

function unavailable(about: About, { reason, fix }: Explanation): RuntimeReport {
  return { ...about, status: 'unavailable', reason, fix };
}

/** What npm installed whole and needs nothing else should simply work. */
function reinstall(failure: Failure): Explanation {
  return { reason: oneLine(failure.reason), fix: 'Install the packages again: `npm ci`.' };
}
