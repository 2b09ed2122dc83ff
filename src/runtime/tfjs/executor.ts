/**
 * Runs graphs on a tfjs device.
 *
 * Compiling settles everything that can be settled: layouts, kernels with their attributes, the slot of every value,
 * and after which step each value is freed. A run is then a walk over a flat list.
 */
import { internal, NascentError } from '../../errors.ts';
import type { OpName } from '../../graph/attributes.ts';
import { lower } from '../../graph/definitions.ts';
import type { Tensor, Tensors } from '../../graph/tensor.ts';
import type { Graph, Node, Value } from '../../graph/types.ts';
import { checkFeeds } from '../feeds.ts';
import type { CompileOptions, Program } from '../runtime.ts';
import type { Device, Kernel, Run } from './device.ts';
import { assignLayouts, demandOf, inGraphOrder, type Layout } from './layout.ts';
import { downloadFrom, relayout, uploadAs, type DeviceStore } from './store.ts';

interface Step<H> {
  readonly run: Run<H>;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Slots that nothing reads after this step. */
  readonly last: readonly number[];
  readonly node: Node;
}

export function compileFor<H>(
  device: Device<H>,
  source: Graph,
  options: CompileOptions & { readonly store?: DeviceStore<H> },
): Program {
  const graph = lower(source, (op) => device.kernels[op] !== undefined);
  const { store, updates = new Map<string, string>() } = options;
  const isState = (name: string) => store?.has(name) ?? false;

  const pinned = new Map<Value, Layout>();
  for (const { value } of graph.inputs) {
    const layout = isState(value.name) ? store?.layoutOf(value.name) : undefined;
    if (layout !== undefined) pinned.set(value, layout);
  }
  const layouts = assignLayouts(graph, pinned);
  const layoutOf = (value: Value): Layout => layouts.get(value) ?? 'plain';
  for (const { value } of graph.inputs) if (isState(value.name)) store?.settle(value.name, layoutOf(value));

  const slots = new Map<Value, number>();
  const slotOf = (value: Value): number => {
    const slot = slots.get(value) ?? slots.size;
    slots.set(value, slot);
    return slot;
  };
  graph.inputs.forEach(({ value }) => slotOf(value));

  const keep = new Set<Value>([
    ...graph.outputs.map(({ value }) => value),
    ...graph.inputs.map(({ value }) => value),
  ]);
  const lastUse = new Map<Value, Node>();
  for (const node of graph.nodes)
    for (const value of [...node.outputs, ...node.inputs]) lastUse.set(value, node);

  // Constants are put on the device once.
  const constants = new Map<number, H>();
  const steps: Step<H>[] = [];
  for (const node of graph.nodes) {
    if (node.op === 'Constant') {
      const value = node.outputs[0];
      if (value === undefined) throw internal('a constant has no output');
      const { dtype, shape, values } = node.attributes;
      const data =
        dtype === 'float32'
          ? Float32Array.from(values)
          : dtype === 'bool'
            ? Uint8Array.from(values)
            : Int32Array.from(values);
      constants.set(slotOf(value), uploadAs(device, { dtype, shape, data }, layoutOf(value)));
      keep.add(value);
      continue;
    }
    steps.push({
      run: compileNode(
        device,
        node,
        layoutOf,
        node.outputs.map((value) => keep.has(value) || lastUse.get(value) !== node),
      ),
      inputs: node.inputs.map(slotOf),
      outputs: node.outputs.map(slotOf),
      last: [...new Set([...node.inputs, ...node.outputs])]
        .filter((value) => lastUse.get(value) === node && !keep.has(value))
        .map(slotOf),
      node,
    });
  }

  const state = graph.inputs.flatMap(({ value }) =>
    isState(value.name) ? [{ name: value.name, slot: slotOf(value) }] : [],
  );
  const fed = graph.inputs.flatMap(({ value }) =>
    isState(value.name) ? [] : [{ name: value.name, slot: slotOf(value), layout: layoutOf(value) }],
  );
  const stateSlots = new Set([...state.map(({ slot }) => slot), ...constants.keys()]);
  const results = graph.outputs.map(({ name, value }) => ({
    name,
    value,
    slot: slotOf(value),
    layout: layoutOf(value),
  }));

  const run = async (feeds: Tensors): Promise<Map<string, Tensor>> => {
    checkFeeds(graph, feeds, isState);
    const table: (H | undefined)[] = Array.from({ length: slots.size });
    for (const [slot, handle] of constants) table[slot] = handle;
    for (const { name, slot } of state) table[slot] = store?.handle(name);
    const outputs = new Map<string, Tensor>();
    try {
      for (const { name, slot, layout } of fed) {
        const feed = feeds.get(name);
        if (feed === undefined) throw internal(`"${name}" is not fed`);
        table[slot] = uploadAs(device, feed, layout);
      }
      for (const step of steps) {
        const made = runStep(step, table);
        step.outputs.forEach((slot, i) => {
          table[slot] = made[i];
        });
        for (const slot of step.last) {
          const handle = table[slot];
          if (handle !== undefined) device.free(handle);
          table[slot] = undefined;
        }
      }
      for (const { name, value, slot, layout } of results) {
        const handle = table[slot];
        if (handle === undefined) throw internal(`output "${name}" was not computed`);
        if (!updates.has(name)) outputs.set(name, downloadFrom(device, handle, value.type.dtype, layout));
      }
      // Only now, with everything computed, does state change.
      const taken = new Map<string, H>();
      for (const { name, slot, layout } of results) {
        const target = updates.get(name);
        if (target === undefined || store === undefined) continue;
        const handle = table[slot] as H;
        const shared = stateSlots.has(slot) || [...taken.values()].includes(handle);
        taken.set(target, updateHandle(handle, store, target, layout, shared));
      }
      for (const [target, handle] of taken) store?.replace(target, handle);
      for (const handle of taken.values())
        table.forEach((held, slot) => held === handle && (table[slot] = undefined));
    } finally {
      const freed = new Set<H>();
      table.forEach((handle, slot) => {
        if (handle === undefined || stateSlots.has(slot) || freed.has(handle)) return;
        freed.add(handle);
        device.free(handle);
      });
    }
    return outputs;
  };

  function runStep(step: Step<H>, table: readonly (H | undefined)[]): readonly H[] {
    try {
      return device.keeping(() => step.run(step.inputs.map((slot) => table[slot] as H)));
    } catch (error) {
      if (error instanceof NascentError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new NascentError('runtime/failed', `${step.node.op} "${step.node.name}" failed: ${reason}`, {
        help: 'If memory ran out, use a smaller batch_size or channels; otherwise run `nascent doctor`.',
        cause: error,
      });
    }
  }

  /** A handle that the store may own: the result itself, or a copy where the layouts differ or it is shared. */
  function updateHandle(handle: H, to: DeviceStore<H>, target: string, from: Layout, shared: boolean): H {
    if (to.layoutOf(target) === undefined) to.settle(target, from);
    const shape = to.shapeOf(target);
    const moved = relayout(device, handle, shape, from, to.layoutOf(target) ?? from);
    if (moved !== handle || !shared) return moved;
    // An output that is an input or a constant: the store needs a tensor of its own.
    return device.reshape(handle, device.shapeOf(handle));
  }

  return {
    run,
    dispose() {
      for (const handle of constants.values()) device.free(handle);
      constants.clear();
    },
  };
}

/** The kernel of a node, with the transposes that its neighbours make necessary. */
function compileNode<H>(
  device: Device<H>,
  node: Node,
  layoutOf: (value: Value) => Layout,
  wanted: readonly boolean[],
): Run<H> {
  const kernel = device.kernels[node.op] as Kernel<OpName, H> | undefined;
  if (kernel === undefined) throw internal(`this backend has no kernel for ${node.op}`);
  const demand = demandOf(node);
  const every = [...node.inputs, ...node.outputs];
  const demands = [...demand.inputs, ...demand.outputs];
  const sharing = every.find((value, i) => demands[i] === 'shared' && value.type.shape.length === 4);
  const shared = sharing === undefined ? 'plain' : layoutOf(sharing);
  const inputLayouts = demand.inputs.map((want) => (want === 'shared' ? shared : want));
  const outputLayouts = demand.outputs.map((want) => (want === 'shared' ? shared : want));

  const run = kernel({ node, attributes: node.attributes, inputLayouts, outputLayouts, wanted });
  const moves = (values: readonly Value[], layouts: readonly Layout[]) =>
    values.some((value, i) => value.type.shape.length === 4 && layoutOf(value) !== layouts[i]);
  if (!moves(node.inputs, inputLayouts) && !moves(node.outputs, outputLayouts)) return run;

  const move = (handle: H, value: Value, from: Layout, to: Layout): H =>
    value.type.shape.length === 4
      ? relayout(device, handle, inGraphOrder(device.shapeOf(handle), from), from, to)
      : handle;
  return (inputs) =>
    run(
      inputs.map((handle, i) =>
        move(handle, node.inputs[i] as Value, layoutOf(node.inputs[i] as Value), inputLayouts[i] ?? 'plain'),
      ),
    ).map((handle, i) => {
      const value = node.outputs[i] as Value;
      return move(handle, value, outputLayouts[i] ?? 'plain', layoutOf(value));
    });
}
