/** What each runtime is good for. */
import { contestants } from '../../src/parity/contestants.ts';
import { engineNamed } from '../../src/runtime/engine.ts';
import type { RuntimeName } from '../../src/runtime/runtime.ts';
import { table } from './table.ts';

/** A runtime that is missing here does not compile. */
const kernels: { readonly [N in RuntimeName]: string } = {
  'tfjs-node-gpu': 'TensorFlow’s, on the processor or on CUDA',
  'onnxruntime-cpu': 'onnxruntime’s, on the processor',
  'onnxruntime-cuda': 'onnxruntime’s, on CUDA',
  'onnxruntime-webgpu': 'onnxruntime’s, on WebGPU',
  'tfjs-cpu': 'tfjs’s, in plain JavaScript',
  reference: 'our own, in plain JavaScript and double precision',
};

/** An engine opens the processor's provider of onnxruntime, and no other. */
const searches = (name: string) => engineNamed(name) === name || name === 'onnxruntime-cpu';

export function runtimeFeatures(): string[] {
  const rows = Object.entries(kernels).map(([name, whose]) => {
    const asContestant = contestants.filter(({ runtime }) => runtime === name);
    const [one] = asContestant;
    const role = name === 'onnxruntime-cpu' ? 'what the others are held against' : (one?.runs ?? '—');
    return [name, whose, searches(name) ? '✔' : '—', role, one?.slow === true ? 'slow' : ''];
  });
  return [
    '## Runtimes',
    'What `search` and `train` can run on, and what `parity` runs there: the file itself, or the graph that was read from it.',
    table(['runtime', 'kernels', 'search, train', 'parity', ''], ...rows),
  ];
}
