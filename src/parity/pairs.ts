/** The ways to run one model: the file in onnxruntime, the graph that was read from it in every other runtime. */
import type { ImportedModel } from '../../exporters/onnx/import.ts';
import { internal } from '../errors.ts';
import type { Tensor, Tensors } from '../graph/tensor.ts';
import type { Provider } from '../runtime/onnxruntime/load.ts';
import { runtimeNames, runtimes } from '../runtime/registry.ts';
import type { Runtime, RuntimeName } from '../runtime/runtime.ts';
import type { PairName } from './gates.ts';
import { openOnProvider } from '../evaluate/open-session.ts';

export interface ModelUnderTest {
  readonly path: string;
  /** What was read from the file at `path`. */
  readonly imported: ImportedModel;
}

export interface OpenModel {
  run(feeds: Tensors): Promise<ReadonlyMap<string, Tensor>>;
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
  // Against itself as the file says it: what the baseline's optimiser does.
  fromFile('onnxruntime-cpu unoptimised', baseline, 'disabled'),
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

function fromFile(name: PairName, runtime: RuntimeName, optimization: 'disabled' | 'all'): Pair {
  return {
    name,
    runtime,
    runs: 'the file',
    slow: false,
    open: async ({ path }) => openFile(path, runtime, optimization),
  };
}

async function openFile(
  path: string,
  runtime: RuntimeName,
  optimization: 'disabled' | 'all',
): Promise<OpenModel> {
  const { session, note } = await openOnProvider(path, providerOf(runtime), optimization);
  return { run: async (feeds) => session.run(feeds), note, dispose: () => session.dispose() };
}

function providerOf(runtime: RuntimeName): Provider {
  const { runs } = runtimes[runtime];
  if (runs.what === 'file') return runs.provider;
  throw internal(`${runtime} is no provider of onnxruntime`);
}

async function compiled(runtime: Runtime, { imported }: ModelUnderTest): Promise<OpenModel> {
  const store = runtime.createStore();
  store.write(imported.weights);
  const program = await runtime.compile(imported.graph, { store });
  return {
    run: async (feeds) => program.run(feeds),
    note: undefined,
    dispose() {
      program.dispose();
      store.dispose();
    },
  };
}
