/** A model file in one runtime: the file itself in onnxruntime, the graph that is read from it in the others. */
import type { OnnxModel, OnnxNumericType, OnnxTensor, OnnxValueInfo } from '../../proto/onnx.ts';
import { importOnnx, type ImportedModel, type ImportOptions } from '../../exporters/onnx/import.ts';
import { fromOnnxTensor } from '../../exporters/onnx/tensors.ts';
import { readModelFile, requireModelFile } from '../evaluate/model-file.ts';
import { readInStages } from '../parity/graph-for.ts';
import { readModelParts } from '../evaluate/model-parts.ts';
import { internal, NascentError } from '../errors.ts';
import { extentName } from '../graph/extent.ts';
import type { Tensor, Tensors } from '../graph/tensor.ts';
import type { AnyTensor } from '../runtime/any-tensor.ts';
import type { OpenFile } from '../runtime/file-runtime.ts';
import { openStored } from '../runtime/onnxruntime/stored.ts';
import { runtimes, type RuntimeName } from '../runtime/registry.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { isHeld, numbersOf, tensorOf } from '../tensors/numbers.ts';
import { watched } from './beyond.ts';

/** An input or an output. */
export interface Port {
  readonly name: string;
  /** Whether it is no sequence, no map and no value that may be missing, as far as the file says. */
  readonly isTensor: boolean;
  /** Undefined where it is no tensor, or the file does not say. */
  readonly dtype: string | undefined;
  /** An extent that is left open is its name; undefined where not even the rank is known. */
  readonly shape: readonly (number | string)[] | undefined;
}

export interface OpenedModel {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  run(feeds: ReadonlyMap<string, OnnxTensor>): Promise<ReadonlyMap<string, OnnxTensor>>;
  close(): Promise<void>;
}

/**
 * Opens a model in a runtime.
 *
 * @throws NascentError 'runtime/unavailable', 'data/missing', 'onnx/invalid', 'onnx/unsupported', 'input/invalid' where it is no
 *   regular file
 */
export async function openModel(path: string, runtime: RuntimeName): Promise<OpenedModel> {
  await requireModelFile(path);
  const { runs } = runtimes[runtime];
  if (runs.what === 'graph') return openGraph(path, runtime);
  return runs.provider === null ? openOwnFile(path, runs.openFile) : openFile(path, runs.provider);
}

/** In a runtime that opens files in its own way. */
async function openOwnFile(path: string, open: OpenFile): Promise<OpenedModel> {
  const { model } = await readModelFile(path);
  const session = await open(await readModelParts(path));
  return {
    inputs: fedBy(model).map(portOf),
    outputs: model.graph.outputs.map(portOf),
    async run(feeds) {
      const given = [...feeds].map(([name, tensor]) => [name, asAny(name, tensor)] as const);
      const results = await session.run(new Map(given));
      return new Map(
        [...results].map(([name, { dtype, shape, data }]) => [name, tensorOf(name, dtype, shape, data)]),
      );
    },
    close: async () => session.dispose(),
  };
}

function asAny(name: string, tensor: OnnxTensor): AnyTensor {
  const numbers = tensor.dtype === 'string' ? undefined : numbersOf(tensor);
  if (numbers !== undefined && tensor.dtype !== 'string') {
    return { dtype: tensor.dtype, shape: tensor.dims, data: Float64Array.from(numbers) };
  }
  throw new NascentError('onnx/unsupported', `the input "${name}" is of type ${tensor.dtype}`, {
    help: 'Run it in onnxruntime: --runtime onnxruntime-cpu.',
  });
}

async function openFile(path: string, provider: 'cpu' | 'cuda' | 'webgpu'): Promise<OpenedModel> {
  const session = await openStored(path, provider);
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    run: async (feeds) => session.run(feeds),
    close: async () => session.release(),
  };
}

async function openGraph(path: string, name: RuntimeName): Promise<OpenedModel> {
  const { model } = await readModelFile(path);
  const outputs = model.graph.outputs.map(portOf);
  const runtime = await runtimes[name].open();
  // Where shapes hang on what is fed, there is a graph only for that.
  const read = readGraph(model, path);
  let opened = read === undefined ? undefined : await compiled(runtime, read);
  const stored = (results: Tensors): ReadonlyMap<string, OnnxTensor> =>
    new Map(
      outputs.map(({ name: output, dtype }) => {
        const result = results.get(output);
        if (result === undefined) throw internal(`no output "${output}" came out`);
        return [output, asStored(output, dtype, result)];
      }),
    );
  return {
    inputs: fedBy(model).map(portOf),
    outputs,
    async run(feeds) {
      const given = new Map([...feeds].map(([input, tensor]) => [input, asOurs(input, tensor)] as const));
      // In WebAssembly a sum of nothing is what memory held before.
      const extents = name === 'tfjs-wasm' ? undefined : emptyExtents(model, given);
      if (extents !== undefined) {
        const imported = await readFor(model, path, given, runtime, extents);
        return stored(await ranOnce(runtime, imported, given));
      }
      if (read === undefined) {
        opened?.close();
        opened = await compiled(runtime, await readFor(model, path, given, runtime));
      }
      return stored((await opened?.run(given)) ?? new Map());
    },
    async close() {
      opened?.close();
    },
  };
}

/** The graph for what is fed; shapes that hang on numbers that are computed are those that the runtime itself computes. */
async function readFor(
  model: OnnxModel,
  path: string,
  feeds: Tensors,
  runtime: Runtime,
  extents: Readonly<Record<string, number>> = {},
): Promise<ImportedModel> {
  const forThese = readGraph(model, path, { feeds, extents });
  if (forThese !== undefined) return forThese;
  const { imported } = await readInStages(model, path, { feeds, extents }, async (part) =>
    ranOnce(runtime, part, feeds),
  );
  return imported;
}

/**
 * What open extents are, where one of them is 0: a graph for any extents is for such as there is something of. Undefined where none
 * is.
 */
function emptyExtents(model: OnnxModel, feeds: Tensors): Readonly<Record<string, number>> | undefined {
  const open = fedBy(model)
    .map(portOf)
    .flatMap(({ name, shape = [] }) =>
      shape.flatMap((dim, axis): [string, number][] => {
        const extent = feeds.get(name)?.shape[axis];
        return typeof dim === 'string' && extent !== undefined ? [[extentName(dim), extent]] : [];
      }),
    );
  return open.some(([, extent]) => extent === 0) ? Object.fromEntries(open) : undefined;
}

async function ranOnce(runtime: Runtime, part: ImportedModel, feeds: Tensors): Promise<Tensors> {
  const once = await compiled(runtime, part);
  try {
    return await once.run(feeds);
  } finally {
    once.close();
  }
}

/** The graph whatever is fed; undefined where there is none. */
function readGraph(model: OnnxModel, path: string, options: ImportOptions = {}): ImportedModel | undefined {
  try {
    return importOnnx(model, path, options);
  } catch (error) {
    if (!(error instanceof NascentError) || error.code !== 'onnx/unsupported') throw error;
    return undefined;
  }
}

interface Compiled {
  run(feeds: Tensors): Promise<Tensors>;
  close(): void;
}

async function compiled(runtime: Runtime, { graph: read, weights }: ImportedModel): Promise<Compiled> {
  const store = runtime.createStore();
  store.write(weights);
  // The reference refuses by itself.
  const watch = runtime.name === 'reference' ? undefined : watched(read);
  const program = await runtime.compile(watch?.graph ?? read, { store });
  return {
    async run(feeds) {
      const results = await program.run(feeds);
      return watch?.checked(results) ?? results;
    },
    close() {
      program.dispose();
      store.dispose();
    },
  };
}

/** The inputs that are fed: before IR 4, weights are among them, and may be after. */
export function fedBy({ graph }: OnnxModel): readonly OnnxValueInfo[] {
  const held = new Set(graph.initializers.map((tensor) => tensor.name));
  return graph.inputs.filter((input) => !held.has(input.name));
}

export function portOf({ name, type }: OnnxValueInfo): Port {
  if (type.kind !== 'tensor') {
    return { name, isTensor: type.kind === 'unknown', dtype: undefined, shape: undefined };
  }
  return {
    name,
    isTensor: true,
    dtype: type.dtype,
    shape: type.shape?.map((dim, axis) => dim ?? `${name}.${axis}`),
  };
}

function asOurs(input: string, tensor: OnnxTensor): Tensor {
  const ours = fromOnnxTensor(tensor);
  if (typeof ours !== 'string') return ours;
  throw new NascentError('onnx/unsupported', `the input "${input}" ${ours}`, {
    help: 'Run it in onnxruntime: --runtime onnxruntime-cpu.',
  });
}

/** A result as the type that the file says, which the graph may hold as another. */
function asStored(name: string, said: string | undefined, { dtype, shape, data }: Tensor): OnnxTensor {
  const type = said as OnnxNumericType | undefined;
  return tensorOf(name, type !== undefined && isHeld(type) ? type : dtype, shape, data);
}
