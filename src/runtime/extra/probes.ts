/** How the runtimes are tried whose packages are fetched by `nascent setup --runtimes`. */
import { cpus } from 'node:os';
import type { BrowserProvider } from '../onnxruntime/browser/file.ts';
import type { BrowserAnswer } from '../onnxruntime/browser/probe-browser.ts';
import { runProbe, type ProbeFailure, type ProbeOutcome } from '../probe/child.ts';
import type { Finding, Machine } from '../probe/finding.ts';
import { oneLine } from '../probe/reasons.ts';
import { findExtra, howToGetExtra, type ExtraName } from './packages.ts';

export async function probeOnnxruntimeWeb(machine: Machine): Promise<Finding> {
  return probeExtra('onnxruntime-web', new URL('../onnxruntime/web/probe-web', import.meta.url), machine);
}

/** One browser is enough for both providers: what came of it, for whoever asks next about the same machine. */
const browsers = new WeakMap<Machine, { readonly outcome: Promise<ProbeOutcome>; isSandboxTold: boolean }>();

/** A browser with onnxruntime-web in it. */
export async function probeBrowser(provider: BrowserProvider, machine: Machine): Promise<Finding> {
  const package_ = findExtra('onnxruntime-web')?.version ?? '';
  const script = new URL('../onnxruntime/browser/probe-browser', import.meta.url);
  const probed = browsers.get(machine) ?? { outcome: runProbe(script, machine), isSandboxTold: false };
  browsers.set(machine, probed);
  const outcome = await probed.outcome;
  const lacks = (version: string, { reason, fix }: Pick<ProbeFailure, 'reason' | 'fix'>): Finding => ({
    version,
    device: provider === 'wasm' ? processor() : provider,
    status: 'unavailable',
    reason: oneLine(reason),
    fix: fix ?? 'Start the browser by hand, and see what it says.',
  });
  if (!outcome.ok) return lacks(package_, outcome);
  const { browser, isSandboxed, tried } = outcome.value as BrowserAnswer;
  const version = `${package_} (${browser.replace('/', ' ')})`;
  const found = tried[provider];
  if (!found.ok) return lacks(version, found);
  const { adapter } = found;
  const notes: string[] = [];
  if (adapter?.isFallbackAdapter === true) {
    notes.push(`its WebGPU is no graphics card, but ${adapter.name} on the processor`);
  }
  if (!isSandboxed && !probed.isSandboxTold) {
    probed.isSandboxTold = true;
    notes.push(
      'its browser works without its sandbox (--no-sandbox), which refuses to be started by root; as another user it has one',
    );
  }
  return {
    version,
    device: adapter === undefined || adapter.isFallbackAdapter ? processor() : adapter.name,
    status: 'ready',
    ...(notes.length > 0 && { note: notes.join('; ') }),
  };
}

export async function probeTfjsWasm(machine: Machine): Promise<Finding> {
  const script = new URL('../tfjs/wasm/probe-wasm', import.meta.url);
  return probeExtra('@tensorflow/tfjs-backend-wasm', script, machine);
}

export async function probeOpenCv(machine: Machine): Promise<Finding> {
  const script = new URL('../opencv/probe-opencv', import.meta.url);
  return probeExtra('@techstark/opencv-js', script, machine);
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
