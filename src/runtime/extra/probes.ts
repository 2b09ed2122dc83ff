/** How the runtimes are tried whose packages are fetched by `nascent setup --runtimes`. */
import { cpus } from 'node:os';
import { runProbe } from '../probe/child.ts';
import type { Finding, Machine } from '../probe/finding.ts';
import { oneLine } from '../probe/reasons.ts';
import { findExtra, howToGetExtra, type ExtraName } from './packages.ts';

export async function probeOnnxruntimeWeb(machine: Machine): Promise<Finding> {
  return probeExtra('onnxruntime-web', new URL('../onnxruntime/web/probe-web', import.meta.url), machine);
}

export async function probeTfjsWasm(machine: Machine): Promise<Finding> {
  const script = new URL('../tfjs/wasm/probe-wasm', import.meta.url);
  return probeExtra('@tensorflow/tfjs-backend-wasm', script, machine);
}

async function probeExtra(name: ExtraName, script: URL, machine: Machine): Promise<Finding> {
  const found = findExtra(name);
  const about = { version: found?.version ?? '', device: cpus()[0]?.model.trim() || 'cpu' };
  const fix = howToGetExtra(name);
  if (found === undefined)
    return { ...about, status: 'unavailable', reason: `${name} is not installed`, fix };
  const outcome = await runProbe(script, machine);
  return outcome.ok
    ? { ...about, status: 'ready' }
    : { ...about, status: 'unavailable', reason: oneLine(outcome.reason), fix };
}
