/**
 * Runs graphs on a tfjs device.
 *
 * Compiling settles layouts, and makes a list of steps (`steps.ts`); a run uploads what is fed, walks the list, brings
 * back what is asked for, and then lets state change.
 */
import { internal } from '../../errors.ts';
import { lower } from '../../graph/definitions.ts';
import { dependsOnExtents, specialise } from '../../graph/specialise.ts';
import type { Tensor, Tensors } from '../../graph/tensor.ts';
import type { Graph, Value } from '../../graph/types.ts';
import { checkFeeds } from '../feeds.ts';
import type { CompileOptions, Program } from '../runtime.ts';
import type { Device } from './device.ts';
import { assignLayouts, type Layout } from './layout.ts';
import { compileSteps } from './steps.ts';
import { downloadFrom, relayout, uploadAs, type DeviceStore } from './store.ts';
import type { Table } from './table.ts';

type Options<H> = CompileOptions & { readonly store?: DeviceStore<H> };

/** Where kernels must know the open extents, there is a program for each set of them that comes by. */
export function compileFor<H>(device: Device<H>, source: Graph, options: Options<H>): Program {
  if (!dependsOnExtents(source)) return compileClosed(device, source, options);
  const programs = new Map<string, Program>();
  return {
    async run(feeds) {
      const binding = checkFeeds(source, feeds, (name) => options.store?.has(name) ?? false);
      const key = JSON.stringify([...binding]);
      const program = programs.get(key) ?? compileClosed(device, specialise(source, binding), options);
      programs.set(key, program);
      return program.run(feeds);
    },
    dispose: () => programs.forEach((program) => program.dispose()),
  };
}

function compileClosed<H>(device: Device<H>, source: Graph, options: Options<H>): Program {
  const graph = lower(device.faster?.(source) ?? source, (op) => device.kernels[op] !== undefined);
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

  const steps = compileSteps(device, graph, layoutOf);
  const { slotOf, constants } = steps;

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
    const table: Table<H> = Array.from({ length: steps.size });
    for (const [slot, handle] of constants) table[slot] = handle;
    for (const { name, slot } of state) table[slot] = store?.handle(name);
    const outputs = new Map<string, Tensor>();
    try {
      for (const { name, slot, layout } of fed) {
        const feed = feeds.get(name);
        if (feed === undefined) throw internal(`"${name}" is not fed`);
        table[slot] = uploadAs(device, feed, layout);
      }
      steps.run(table);
      for (const { name, value, slot, layout } of results) {
        const handle = table[slot];
        if (handle === undefined) throw internal(`output "${name}" was not computed`);
        if (!updates.has(name)) outputs.set(name, downloadFrom(device, handle, value.type.dtype, layout));
      }
      // Only now, with everything computed, does state change.
      const taken = new Map<string, H>();
      const owned = new Set<H>();
      for (const { name, slot, layout } of results) {
        const target = updates.get(name);
        if (target === undefined || store === undefined) continue;
        const handle = table[slot] as H;
        const own = updateHandle(handle, store, target, layout, stateSlots.has(slot) || owned.has(handle));
        owned.add(own);
        taken.set(target, own);
      }
      for (const [target, handle] of taken) store?.replace(target, handle);
      table.forEach((held, slot) => held !== undefined && owned.has(held) && (table[slot] = undefined));
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
    dispose: () => steps.dispose(),
  };
}
