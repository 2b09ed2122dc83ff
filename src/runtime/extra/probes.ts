/** How the runtimes are tried whose packages are fetched by `nascent setup --runtimes`. */
import { cpus } from 'node:os';
import type { BrowserProvider } from '../onnxruntime/browser/file.ts';
import type { BrowserAnswer } from '../onnxruntime/browser/probe-browser.ts';
import { runProbe } from '../probe/child.ts';
import type { Finding, Machine } from '../probe/finding.ts';
import { oneLine } from '../probe/reasons.ts';
import { findExtra, howToGetExtra, type ExtraName } from './packages.ts';

export async function probeOnnxruntimeWeb(machine: Machine): Promise<Finding> {
  return probeExtra('onnxruntime-web', new URL('../onnxruntime/web/probe-web', import.meta.url), machine);
}

/** A browser with onnxruntime-web in it. */
export async function probeBrowser(provider: BrowserProvider, machine: Machine): Promise<Finding> {
  const package_ = findExtra('onnxruntime-web')?.version ?? '';
  const script = new URL('../onnxruntime/browser/probe-browser', import.meta.url);
  const outcome = await runProbe(script, { ...machine, args: [provider] });
  if (!outcome.ok) {
    const { reason, fix = 'Start the browser by hand, and see what it says.' } = outcome;
    const device = provider === 'wasm' ? processor() : provider;
    return { version: package_, device, status: 'unavailable', reason: oneLine(reason), fix };
  }
  const { browser, adapter } = outcome.value as BrowserAnswer;
  const isProcessor = adapter === undefined || adapter.isFallbackAdapter;
  return {
    version: `${package_} (${browser.replace('/', ' ')})`,
    device: isProcessor ? processor() : adapter.name,
    status: 'ready',
    ...(adapter?.isFallbackAdapter === true && {
      note: `its WebGPU is no graphics card, but ${adapter.name} on the processor`,
    }),
  };
}

export async function probeTfjsWasm(machine: Machine): Promise<Finding> {
  const script = new URL('../tfjs/wasm/probe-wasm', import.meta.url);
  return probeExtra('@tensorflow/tfjs-backend-wasm', script, machine);
}

const processor = (): string => cpus()[0]?.model.trim() || 'cpu';

async function probeExtra(name: ExtraName, script: URL, machine: Machine): Promise<Finding> {
  const found = findExtra(name);
  const about = { version: found?.version ?? '', device: processor() };
  const fix = howToGetExtra(name);
  if (found === undefined)
    return { ...about, status: 'unavailable', reason: `${name} is not installed`, fix };
  const outcome = await runProbe(script, machine);
  return outcome.ok
    ? { ...about, status: 'ready' }
    : { ...about, status: 'unavailable', reason: oneLine(outcome.reason), fix };
}
