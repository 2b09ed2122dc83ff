/** The ways to run one model: the file in onnxruntime, the graph that was read from it in every other runtime. */
import type { ImportedModel } from '../../exporters/onnx/import.ts';
import { internal } from '../errors.ts';
import type { AnyTensor, AnyTensors } from '../runtime/any-tensor.ts';
import { asFed } from './graph-feeds.ts';
import type { Provider } from '../runtime/onnxruntime/load.ts';
import { runtimeNames, runtimes } from '../runtime/registry.ts';
import type { Runtime, RuntimeName } from '../runtime/runtime.ts';
import type { PairName } from './gates.ts';
import { openOnProvider, type Optimization } from '../evaluate/open-session.ts';

export interface ModelUnderTest {
  readonly path: string;
  /** What was read from the file at `path`; undefined where it uses what is not here. */
  readonly imported: ImportedModel | undefined;
}

export interface OpenModel {
  run(feeds: AnyTensors): Promise<ReadonlyMap<string, AnyTensor>>;
  /** Something worth knowing about how it runs. */
  readonly note: string | undefined;
  dispose(): void;
}

const baseline = 'onnxruntime-cpu';

export interface Pair {
  readonly name: PairName;
  readonly runtime: RuntimeName;
  readonly runs: 'the file' | 'the graph read from it';
  /** Plain JavaScript: a real network takes it a second an image and more. */
  readonly slow: boolean;
  open(model: ModelUnderTest): Promise<OpenModel>;
}

/** In the order in which they are compared: the slow ones last, as the table has them. */
export const allPairs: readonly Pair[] = [
  // Against itself as the file says it, and with a part of what the baseline's optimiser does.
  fromFile('onnxruntime-cpu unoptimised', baseline, 'disabled'),
  fromFile('onnxruntime-cpu basic', baseline, 'basic'),
  fromFile('onnxruntime-cpu extended', baseline, 'extended'),
  ...runtimeNames.filter((name) => name !== baseline).map(pairOf),
];

function pairOf(name: Exclude<RuntimeName, typeof baseline>): Pair {
  const { runs, slow, open } = runtimes[name];
  if (runs.what === 'file') return fromFile(name, name, 'all');
  return {
    name,
    runtime: name,
    runs: 'the graph read from it',
    slow,
    open: async (model) => compiled(await open(), model),
  };
}

/** What the others are held against. */
export async function openBaseline({ path }: ModelUnderTest): Promise<OpenModel> {
  return openFile(path, baseline, 'all');
}

function fromFile(name: PairName, runtime: RuntimeName, optimization: Optimization): Pair {
  return {
    name,
    runtime,
    runs: 'the file',
    slow: false,
    open: async ({ path }) => openFile(path, runtime, optimization),
  };
}

async function openFile(path: string, runtime: RuntimeName, optimization: Optimization): Promise<OpenModel> {
  const { session, note } = await openOnProvider(path, providerOf(runtime), optimization);
  return { run: async (feeds) => session.runAny(feeds), note, dispose: () => session.dispose() };
}

function providerOf(runtime: RuntimeName): Provider {
  const { runs } = runtimes[runtime];
  if (runs.what === 'file') return runs.provider;
  throw internal(`${runtime} is no provider of onnxruntime`);
}

async function compiled(runtime: Runtime, { imported }: ModelUnderTest): Promise<OpenModel> {
  if (imported === undefined) throw internal('a graph that was not read is to be run');
  const store = runtime.createStore();
  store.write(imported.weights);
  const program = await runtime.compile(imported.graph, { store });
  return {
    run: async (feeds) => program.run(asFed(imported.graph, feeds)),
    note: undefined,
    dispose() {
      program.dispose();
      store.dispose();
    },
  };
}
