/**
 * The reference runtime: the graph, walked node by node in plain JavaScript and double precision.
 *
 * It is the oracle of the tests and the exact side of every gradient check, so it favours clarity over speed: no
 * fusion, no reordering, every op of the vocabulary (our own ones included, not through their definitions).
 */
import { internal } from '../../errors.ts';
import type { Tensor, TensorData, Tensors } from '../../graph/tensor.ts';
import type { Graph, Node, Value } from '../../graph/types.ts';
import { checkFeeds, checkTensor, resolveShape } from '../feeds.ts';
import type { CompileOptions, Program, Runtime } from '../runtime.ts';
import { computingIn, rounded, type Rounding } from './arithmetic.ts';
import { evaluate, requireHoldable } from './kernels.ts';
import { valuesDeadAfter } from './liveness.ts';
import { walk } from './walk.ts';
import { createReferenceStore, ownCopy, widened, type ReferenceStore } from './store.ts';

/** Of any reference runtime: whatever it computes in, its store holds double precision. */
const stores = new WeakSet<object>();

/**
 * The runtime that the others are held to: every op in plain JavaScript and double precision.
 *
 * @param rounding how it computes in float32 instead, to find out what that costs a graph
 * @param known values that are not computed, but taken as they are here while it runs
 */
export function createReferenceRuntime(rounding?: Rounding, known?: ReadonlyMap<Value, Tensor>): Runtime {
  return {
    name: 'reference',
    device: 'cpu',
    createStore() {
      const store = createReferenceStore();
      stores.add(store);
      return store;
    },
    async compile(graph, options = {}) {
      if (options.store !== undefined && !stores.has(options.store)) {
        throw internal('the store was made by another runtime');
      }
      // Only stores of this kind are in the set.
      const store = options.store as ReferenceStore | undefined;
      return Promise.resolve(compile(graph, options, store, rounding, known));
    },
  };
}

function compile(
  graph: Graph,
  options: CompileOptions,
  store: ReferenceStore | undefined,
  rounding: Rounding | undefined,
  known: ReadonlyMap<Value, Tensor> = new Map(),
): Program {
  const stateNames = new Set(
    graph.inputs.map(({ value }) => value.name).filter((name) => store?.has(name) === true),
  );
  const isState = (name: string) => stateNames.has(name);
  const updates = options.updates ?? new Map<string, string>();
  checkUpdates(graph, updates, store);
  const dead = valuesDeadAfter(graph);
  const constants = new Map<Node, readonly Tensor[]>(
    graph.nodes
      .filter((node) => node.op === 'Constant')
      .map((node) => [node, computingIn(rounding, () => evaluateConstant(node))]),
  );

  const heldAs = roundedOnce(rounding);

  const run = (feeds: Tensors): Map<string, Tensor> => {
    const binding = new Map(checkFeeds(graph, feeds, isState));
    const live = new Map<Value, Tensor>();
    for (const { value } of graph.inputs) {
      const tensor = isState(value.name) ? store?.get(value.name) : feeds.get(value.name);
      if (tensor === undefined) throw internal(`input "${value.name}" is neither fed nor state`);
      if (isState(value.name)) checkTensor(value, tensor, binding);
      const wide = widened(tensor);
      const held = isState(value.name)
        ? heldAs(wide)
        : computingIn(rounding, () => rounded(wide.dtype, wide.data));
      live.set(value, { ...wide, data: held });
    }
    for (const node of graph.nodes) {
      requireHoldable(
        node,
        node.outputs.map((value) => resolveShape(value.type.shape, binding)),
      );
    }
    const results = computingIn(rounding, () =>
      walk(
        graph,
        live,
        binding,
        dead,
        (node, inputs, shapes) =>
          constants.get(node) ?? withKnown(node, known, () => evaluate(node, inputs, shapes)),
      ),
    );
    // Outputs may share arrays with inputs, constants and each other: what leaves the program is a copy.
    const returned = new Map<string, Tensor>();
    const written = new Map<string, Tensor>();
    graph.outputs.forEach(({ name }, i) => {
      const [state, tensor] = [updates.get(name), results[i]];
      if (tensor === undefined) throw internal(`output "${name}" was not computed`);
      if (state === undefined) returned.set(name, ownCopy(tensor));
      else written.set(state, tensor);
    });
    store?.write(written);
    return returned;
  };

  return {
    // Async, so that what goes wrong in a run is a rejection as in every other runtime.
    run: async (feeds) => Promise.resolve(run(feeds)),
    dispose: () => constants.clear(),
  };
}

/** The outputs of a node, of which what is known is not computed. */
function withKnown(
  node: Node,
  known: ReadonlyMap<Value, Tensor>,
  compute: () => readonly Tensor[],
): readonly Tensor[] {
  const told = node.outputs.map((value) => known.get(value));
  if (told.every((tensor) => tensor !== undefined)) return told;
  const computed = compute();
  return computed.map((tensor, i) => told[i] ?? tensor);
}

/** State, rounded when it is first read: most weights are float32 already, and are not held twice. */
function roundedOnce(rounding: Rounding | undefined): (tensor: Tensor) => TensorData {
  const known = new WeakMap<TensorData, TensorData>();
  return ({ dtype, data }) => {
    const before = known.get(data);
    if (before !== undefined) return before;
    const result = computingIn(rounding, () => rounded(dtype, data));
    const held = result.every((number, i) => Object.is(number, data[i])) ? data : result;
    known.set(data, held);
    return held;
  };
}

function evaluateConstant(node: Node): readonly Tensor[] {
  return evaluate(
    node,
    [],
    node.outputs.map((value) => resolveShape(value.type.shape, new Map())),
  );
}

function checkUpdates(
  graph: Graph,
  updates: ReadonlyMap<string, string>,
  store: ReferenceStore | undefined,
): void {
  for (const [output, state] of updates) {
    if (!graph.outputs.some(({ name }) => name === output)) {
      throw internal(`graph "${graph.name}" has no output "${output}" to update "${state}" with`);
    }
    if (store?.has(state) !== true) throw internal(`the store has no "${state}" to update`);
  }
}
