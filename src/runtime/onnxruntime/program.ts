/** A graph, compiled to a session of onnxruntime. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { exportOnnx } from '../../../exporters/onnx/export.ts';
import { internal, NascentError, messageOf } from '../../errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Graph, GraphOutput, Value } from '../../graph/types.ts';
import { checkFeeds } from '../feeds.ts';
import { oneLine } from '../probe/reasons.ts';
import type { CompileOptions, Program } from '../runtime.ts';
import { type Onnxruntime, type Provider } from './load.ts';
import { rewrite } from './rewrite.ts';
import { openSession, runSession } from './session.ts';
import type { OrtStore } from './store.ts';
import { fromOrt, toOrt } from './tensors.ts';

export async function compileProgram(
  ort: Onnxruntime,
  provider: Provider,
  source: Graph,
  options: CompileOptions,
  store: OrtStore | undefined,
): Promise<Program> {
  const updates = options.updates ?? new Map<string, string>();
  checkUpdates(source, updates, store);
  const stateNames = new Set(
    source.inputs.map(({ value }) => value.name).filter((name) => store?.has(name) === true),
  );
  const isState = (name: string) => stateNames.has(name);
  const plan = planOf(rewrite(source, provider));
  const constants = new Map([...plan.constants].map(([name, tensor]) => [name, toOrt(ort, tensor)]));
  let session = plan.computed && (await open(ort, provider, plan.computed, options.occasional));
  let disposed = false;

  return {
    async run(feeds) {
      if (disposed) throw internal(`the program of graph "${source.name}" was disposed of`);
      checkFeeds(source, feeds, isState);
      const given = new Map<string, OrtTensor>();
      const inputOf = (name: string): OrtTensor => {
        const known = given.get(name);
        if (known !== undefined) return known;
        const feed = feeds.get(name);
        const tensor = isState(name) ? store?.get(name) : feed && toOrt(ort, feed);
        if (tensor === undefined) throw internal(`input "${name}" is neither fed nor state`);
        given.set(name, tensor);
        return tensor;
      };
      const computed = session === undefined ? {} : await runNamed(session, source, inputOf);

      const outputs = new Map<string, Tensor>();
      const written = new Map<string, OrtTensor>();
      for (const { name } of source.outputs) {
        const input = plan.inputs.get(name);
        const tensor =
          input === undefined
            ? (constants.get(name) ?? computed[plan.names.get(name) ?? ''])
            : inputOf(input);
        if (tensor === undefined) throw internal(`output "${name}" was not computed`);
        const state = updates.get(name);
        if (state === undefined) outputs.set(name, fromOrt(tensor, true));
        // A feed's array belongs to whoever fed it.
        else written.set(state, input === undefined || isState(input) ? tensor : copyOf(ort, tensor));
      }
      for (const [state, tensor] of written) store?.set(state, tensor);
      return outputs;
    },
    dispose() {
      disposed = true;
      // A session that cannot be released is gone all the same.
      session?.release().catch(() => undefined);
      session = undefined;
    },
  };
}

/** What has to be computed, and what comes out as it went in. */
interface Plan {
  /** Outputs that are inputs of the graph, by name. */
  readonly inputs: ReadonlyMap<string, string>;
  /** Outputs that are constants. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Each other output, as the output of `computed` that stands for it: outputs that are one value are computed once. */
  readonly names: ReadonlyMap<string, string>;
  readonly computed: Graph | undefined;
}

function planOf(graph: Graph): Plan {
  const inputs = new Map<string, string>();
  const constants = new Map<string, Tensor>();
  const names = new Map<string, string>();
  const first = new Map<Value, string>();
  const outputs: GraphOutput[] = [];
  for (const output of graph.outputs) {
    const { name, value } = output;
    if (value.node === undefined) inputs.set(name, value.name);
    else if (value.node.op === 'Constant') constants.set(name, constantOf(value.node.attributes));
    else {
      const known = first.get(value);
      names.set(name, known ?? name);
      if (known === undefined) {
        first.set(value, name);
        outputs.push(output);
      }
    }
  }
  if (outputs.length === 0) return { inputs, constants, names, computed: undefined };
  // onnxruntime wants every input of a model, and our graphs may have inputs that nothing reads.
  const read = new Set(graph.nodes.flatMap((node) => node.inputs));
  const computed = { ...graph, inputs: graph.inputs.filter(({ value }) => read.has(value)), outputs };
  return { inputs, constants, names, computed };
}

function constantOf({
  dtype,
  shape,
  values,
}: {
  dtype: Tensor['dtype'];
  shape: readonly number[];
  values: readonly number[];
}): Tensor {
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: Float32Array.from(values) };
    case 'int64':
      return { dtype, shape, data: Int32Array.from(values) };
    case 'bool':
      return { dtype, shape, data: Uint8Array.from(values) };
    default:
      throw internal(`no constants of ${String(dtype)}`);
  }
}

async function open(
  ort: Onnxruntime,
  provider: Provider,
  graph: Graph,
  occasional = false,
): Promise<InferenceSession> {
  try {
    const optimization = optimizationFor(graph);
    const arena = !occasional && wantsArena(graph);
    return await openSession(ort, exportOnnx(graph), { provider, optimization, arena });
  } catch (error) {
    if (error instanceof NascentError) throw error;
    throw failed(`onnxruntime refused graph "${graph.name}"`, error);
  }
}

async function runNamed(
  session: InferenceSession,
  graph: Graph,
  inputOf: (name: string) => OrtTensor,
): Promise<Readonly<Record<string, OrtTensor>>> {
  const feeds = Object.fromEntries(session.inputNames.map((name) => [name, inputOf(name)]));
  try {
    return await runSession(session, feeds);
  } catch (error) {
    throw failed(`onnxruntime failed to run graph "${graph.name}"`, error);
  }
}

function failed(what: string, error: unknown): NascentError {
  return new NascentError('runtime/failed', `${what}: ${oneLine(messageOf(error))}`, {
    help: 'If memory ran out, use a smaller batch_size or channels; otherwise run `nascent doctor`.',
    cause: error,
  });
}

/**
 * onnxruntime's own optimizer takes time that grows faster than the graph: on a training step of 30,000 nodes half a
 * minute at the level `basic`, for a step that is no faster. On a small network for inference it takes nothing and
 * helps.
 */
function optimizationFor(graph: Graph): 'disabled' | 'all' {
  return graph.nodes.length > 2000 ? 'disabled' : 'all';
}

/**
 * A search has a session for its alphas and one for its weights, and an arena each keeps what its largest run needed.
 * For the paper's searches that was measured to be 10.6 GB where 4.5 are in use at a time (recurrent, 18,000 words), and
 * 9.9 where 6.1 are (CIFAR-10, batch 64), at the same speed. Steps on small tensors are some 5 % faster with it.
 */
function wantsArena(graph: Graph): boolean {
  const bytes = graph.nodes
    .flatMap(({ outputs }) => outputs)
    // An open extent is of a graph that infers, which is small.
    .map(({ type }) =>
      type.shape.reduce<number>((size, dim) => (typeof dim === 'number' ? size * dim : size), 4),
    );
  return bytes.reduce((total, size) => total + size, 0) < 16 * 2 ** 30;
}

function copyOf(ort: Onnxruntime, tensor: OrtTensor): OrtTensor {
  return toOrt(ort, fromOrt(tensor), true);
}

function checkUpdates(graph: Graph, updates: ReadonlyMap<string, string>, store: OrtStore | undefined): void {
  for (const [output, state] of updates) {
    if (!graph.outputs.some(({ name }) => name === output)) {
      throw internal(`graph "${graph.name}" has no output "${output}" to update "${state}" with`);
    }
    if (store?.has(state) !== true) throw internal(`the store has no "${state}" to update`);
  }
}
