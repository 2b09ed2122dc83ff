/** The ways to run one model: the file in onnxruntime, the graph that was read from it in every other runtime. */
import type { ImportedModel } from '../../exporters/onnx/import.ts';
import { internal } from '../errors.ts';
import type { Tensor, Tensors } from '../graph/tensor.ts';
import { createReferenceRuntime } from '../runtime/reference/runtime.ts';
import type { Runtime, RuntimeName } from '../runtime/runtime.ts';
import type { ContestantName } from './gates.ts';
import { openOnProvider } from '../evaluate/open-session.ts';

export interface ModelUnderTest {
  readonly path: string;
  /** What was read from the file at `path`. */
  readonly imported: ImportedModel;
}

export interface Runner {
  run(feeds: Tensors): Promise<ReadonlyMap<string, Tensor>>;
  /** Something worth knowing about how it runs. */
  readonly note: string | undefined;
  dispose(): void;
}

export interface Contestant {
  readonly name: ContestantName;
  readonly runtime: RuntimeName;
  readonly runs: 'the file' | 'the graph read from it';
  /** Plain JavaScript: a real network takes it a second an image and more. */
  readonly slow: boolean;
  open(model: ModelUnderTest): Promise<Runner>;
}

/** In the order in which they are compared: the slow ones last. */
export const contestants: readonly Contestant[] = [
  fromFile('onnxruntime-cpu unoptimised', 'onnxruntime-cpu', 'disabled'),
  {
    name: 'tfjs-node-gpu',
    runtime: 'tfjs-node-gpu',
    runs: 'the graph read from it',
    slow: false,
    open: async (model) => compiled(await tfjs('tensorflow'), model),
  },
  fromFile('onnxruntime-cuda', 'onnxruntime-cuda', 'all'),
  fromFile('onnxruntime-webgpu', 'onnxruntime-webgpu', 'all'),
  {
    name: 'tfjs-cpu',
    runtime: 'tfjs-cpu',
    runs: 'the graph read from it',
    slow: true,
    open: async (model) => compiled(await tfjs('cpu'), model),
  },
  {
    name: 'reference',
    runtime: 'reference',
    runs: 'the graph read from it',
    slow: true,
    open: async (model) => compiled(createReferenceRuntime(), model),
  },
];

/** What the others are held against. */
export async function openBaseline({ path }: ModelUnderTest): Promise<Runner> {
  return fileRunner(path, 'onnxruntime-cpu', 'all');
}

function fromFile(name: ContestantName, runtime: RuntimeName, optimization: 'disabled' | 'all'): Contestant {
  return {
    name,
    runtime,
    runs: 'the file',
    slow: false,
    open: async ({ path }) => fileRunner(path, runtime, optimization),
  };
}

async function fileRunner(
  path: string,
  runtime: RuntimeName,
  optimization: 'disabled' | 'all',
): Promise<Runner> {
  const { session, note } = await openOnProvider(path, providerOf(runtime), optimization);
  return { run: async (feeds) => session.run(feeds), note, dispose: () => session.dispose() };
}

function providerOf(runtime: RuntimeName): 'cpu' | 'cuda' | 'webgpu' {
  switch (runtime) {
    case 'onnxruntime-cpu':
      return 'cpu';
    case 'onnxruntime-cuda':
      return 'cuda';
    case 'onnxruntime-webgpu':
      return 'webgpu';
    case 'tfjs-node-gpu':
    case 'tfjs-cpu':
    case 'reference':
      throw internal(`${runtime} is no provider of onnxruntime`);
  }
}

/** Loaded only where it takes part: it brings a native library of its own. */
async function tfjs(backend: 'tensorflow' | 'cpu'): Promise<Runtime> {
  return (await import('../runtime/tfjs/runtime.ts')).createTfjsRuntime(backend);
}

async function compiled(runtime: Runtime, { imported }: ModelUnderTest): Promise<Runner> {
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
