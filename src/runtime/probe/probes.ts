/** How each runtime is tried, and what its failures mean. */
import { cpus } from 'node:os';
import { cudaProviderInstalled, findOnnxruntime, howToGetOnnxruntime } from '../onnxruntime/package.ts';
import { nativeOpsWanted } from '../tfjs/native-ops.ts';
import type { TensorFlowAnswer } from '../tfjs/probe-tensorflow.ts';
import { runProbe } from './child.ts';
import type { ProbeFailure, ProbeOutcome } from './child.ts';
import type { About, Finding, Machine } from './finding.ts';
import { findPackage } from './package.ts';
import { explainCuda, explainTensorFlow, explainWebGpu, oneLine, whyNoCuda } from './reasons.ts';
import type { Explanation } from './reasons.ts';

const processor = (): string => cpus()[0]?.model.trim() || 'cpu';

/** Plain JavaScript of our own: if this runs, that does. */
export async function probeReference(): Promise<Finding> {
  const version = findPackage('nascent')?.version ?? '';
  return Promise.resolve({ version, device: processor(), status: 'ready' });
}

export async function probeTensorFlow(machine: Machine): Promise<Finding> {
  const { driver } = machine;
  const outcome = await runProbe(new URL('../tfjs/probe-tensorflow', import.meta.url), machine);
  if (outcome.ok) {
    const { version, libraryVersion, device, deviceName, nativeOps } = outcome.value as TensorFlowAnswer;
    const idle = driver !== undefined && device === 'cpu';
    return {
      version: `${version} (TensorFlow ${libraryVersion}${nativeOps ? ', own ops' : ''})`,
      device: deviceName ?? device,
      status: 'ready',
      ...(idle
        ? {
            note: 'it uses the processor although there is an NVIDIA driver; `nascent setup --force` fetches TensorFlow with CUDA',
          }
        : device === 'cpu' && !nativeOps
          ? { note: withoutNativeOps() }
          : {}),
    };
  }
  const version = findPackage('@tensorflow/tfjs-node-gpu')?.version ?? '';
  return unavailable({ version, device: driver?.cards[0] ?? processor() }, explainTensorFlow(outcome));
}

function withoutNativeOps(): string {
  return nativeOpsWanted()
    ? "it runs without Nascent's own ops, which make searches faster; `nascent setup` compiles them where there is a C++ compiler"
    : "Nascent's own ops, which make searches faster, are turned off by NASCENT_NATIVE=0";
}

export async function probeTfjsCpu(machine: Machine): Promise<Finding> {
  const version = findPackage('@tensorflow/tfjs-core')?.version ?? '';
  const outcome = await runProbe(new URL('../tfjs/probe-cpu', import.meta.url), machine);
  return found({ version, device: processor() }, outcome, ({ reason }) => ({
    reason: oneLine(reason),
    fix: 'Install the packages again: `npm ci`.',
  }));
}

export async function probeOnnxruntimeCpu(machine: Machine): Promise<Finding> {
  return found(onnxruntime(processor()), await probeProvider('cpu', machine), ({ reason }) => ({
    reason: oneLine(reason),
    fix: howToGetOnnxruntime(),
  }));
}

export async function probeCuda(machine: Machine): Promise<Finding> {
  const { driver } = machine;
  const about = onnxruntime(driver?.cards[0] ?? 'cuda');
  const { platform, arch } = process;
  const impossible = whyNoCuda({ platform, arch, driver, providerInstalled: cudaProviderInstalled() });
  if (impossible !== undefined) return unavailable(about, impossible);
  return found(about, await probeProvider('cuda', machine), (failure) => explainCuda(failure, driver));
}

export async function probeWebGpu(machine: Machine): Promise<Finding> {
  const about = onnxruntime(machine.driver?.cards[0] ?? 'webgpu');
  if (findOnnxruntime() === undefined) {
    return unavailable(about, { reason: 'onnxruntime-node is not installed', fix: howToGetOnnxruntime() });
  }
  return found(about, await probeProvider('webgpu', machine), explainWebGpu);
}

async function probeProvider(provider: string, machine: Machine): Promise<ProbeOutcome> {
  const script = new URL('../onnxruntime/probe-provider', import.meta.url);
  return runProbe(script, { ...machine, args: [provider] });
}

function onnxruntime(device: string): About {
  return { version: findOnnxruntime()?.version ?? '', device };
}

function found(
  about: About,
  outcome: ProbeOutcome,
  explain: (failure: ProbeFailure) => Explanation,
): Finding {
  return outcome.ok ? { ...about, status: 'ready' } : unavailable(about, explain(outcome));
}

function unavailable(about: About, { reason, fix }: Explanation): Finding {
  return { ...about, status: 'unavailable', reason, fix };
}
