/** Who is held to the truth: every runtime, onnxruntime-cpu at each level of its optimiser, modules of the user's. */
import { basename } from 'node:path';
import { runtimeNames, runtimes, type RuntimeName } from '../runtime/registry.ts';
import type { Way } from './ways.ts';

export interface Pair {
  readonly name: string;
  /** Of the table, or the path of a module. */
  readonly runtime: string;
  readonly runs: 'the file' | 'the graph read from it';
  /** Plain JavaScript: a real network takes it a second an image and more. */
  readonly slow: boolean;
  readonly way: Way;
}

const baseline = 'onnxruntime-cpu';

/** What stands in for the truth where that is not known: the file as it says, rewritten by nobody. */
export const standInName = 'onnxruntime-cpu unoptimised';
export const standInWay: Way = { what: 'file', provider: 'cpu', optimization: 'disabled' };

/** In the order in which they are compared: the slow ones last, as the table has them. */
export const allPairs: readonly Pair[] = [
  // As the file says it, with a part of what its optimiser does, and with all of it.
  levelPair('unoptimised', 'disabled'),
  levelPair('basic', 'basic'),
  levelPair('extended', 'extended'),
  pairOf(baseline),
  // The reference is the truth.
  ...runtimeNames.filter((name) => name !== baseline && name !== 'reference').map(pairOf),
];

function levelPair(level: string, optimization: 'disabled' | 'basic' | 'extended'): Pair {
  const way = { what: 'file', provider: 'cpu', optimization } as const;
  return { name: `${baseline} ${level}`, runtime: baseline, runs: 'the file', slow: false, way };
}

/** A runtime with all that its optimiser does. */
export function pairOf(name: RuntimeName): Pair {
  const { runs, slow } = runtimes[name];
  const common = { name, runtime: name, slow };
  if (runs.what === 'graph') {
    return { ...common, runs: 'the graph read from it', way: { what: 'graph', runtime: name } };
  }
  const { provider } = runs;
  const way: Way =
    provider === null ? { what: 'own file', runtime: name } : { what: 'file', provider, optimization: 'all' };
  return { ...common, runs: 'the file', way };
}

/** A module that opens model files, as a runtime. */
export function pluginPair(module: string): Pair {
  const name = basename(module);
  return { name, runtime: module, runs: 'the file', slow: false, way: { what: 'plugin', module } };
}

/** Whether a runtime computes in double precision where a file does. */
export function computesDoubles({ runtime }: Pair): boolean {
  return doubling.has(runtime);
}

const doubling: ReadonlySet<string> = new Set<RuntimeName>([
  'onnxruntime-cpu',
  'onnxruntime-cuda',
  'onnxruntime-web',
  'browser-wasm',
]);

/** Cards are shared: their memory is for one at a time. */
export function laneOf({ runtime }: Pair): string | undefined {
  const name = runtimeNames.find((one) => one === runtime);
  return name === undefined || runtimes[name].device === 'processor' ? undefined : 'a card';
}
