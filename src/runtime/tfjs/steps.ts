/**
 * A graph as a flat list of steps over a table of tensors.
 *
 * Compiling settles everything that can be settled: kernels with their attributes, the slot of every value, and after
 * which step each value is freed. Running is then a walk over the list. What has slots in the table before the walk
 * (inputs, constants) and after it (outputs too) is the caller's to free.
 */
import { internal, NascentError, messageOf } from '../../errors.ts';
import type { OpName } from '../../graph/attributes.ts';
import { zeros } from '../../graph/tensor.ts';
import type { Graph, Node, NodeOf, Value } from '../../graph/types.ts';
import { within32 } from '../within32.ts';
import type { Device, Kernel, KernelContext, Run } from './device.ts';
import { demandOf, inGraphOrder, inMemoryOrder, type Layout } from './layout.ts';
import { compileScan } from './scan.ts';
import { relayout, uploadAs } from './store.ts';
import type { Steps, Table } from './table.ts';
import { together } from './together.ts';

interface Step<H> {
  /** The first, where it is several that are computed together. */
  readonly node: Node;
  readonly run: Run<H>;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Slots that nothing reads after this step. */
  readonly last: readonly number[];
}

/** `graph` has ops only that the device has kernels for. */
export function compileSteps<H>(
  device: Device<H>,
  graph: Graph,
  layoutOf: (value: Value) => Layout,
): Steps<H> {
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
  const { small } = device;
  const groups = together(graph, (node) => small?.takes(node, layoutOf) === true && !isOfNothing(node));
  const lastUse = new Map<Value, readonly Node[]>();
  for (const group of groups)
    for (const node of group)
      for (const value of [...node.outputs, ...node.inputs]) lastUse.set(value, group);

  const readers = new Map<Value, number>();
  for (const { inputs } of graph.nodes)
    for (const value of inputs) readers.set(value, (readers.get(value) ?? 0) + 1);

  const constants = new Map<number, H>();
  const steps: Step<H>[] = [];
  const owned: { readonly dispose: () => void }[] = [];
  for (const group of groups) {
    const [node] = group;
    if (node === undefined) continue;
    if (node.op === 'Constant') {
      const value = node.outputs[0];
      if (value === undefined) throw internal('a constant has no output');
      constants.set(slotOf(value), uploadConstant(device, node, layoutOf(value)));
      keep.add(value);
      continue;
    }
    const isWanted = (value: Value) => keep.has(value) || lastUse.get(value) !== group;
    const made = group.flatMap(({ outputs }) => outputs);
    const read = [...new Set(group.flatMap(({ inputs }) => inputs))];
    const step = (run: Run<H>, inputs: readonly Value[], outputs: readonly Value[]): Step<H> => ({
      run,
      inputs: inputs.map(slotOf),
      outputs: outputs.map(slotOf),
      last: [...new Set([...inputs, ...outputs])]
        .filter((value) => lastUse.get(value) === group && !keep.has(value))
        .map(slotOf),
      node,
    });
    if (small !== undefined && group.length > 1) {
      const own = new Set(made);
      const inputs = read.filter((value) => !own.has(value));
      const outputs = made.filter(isWanted);
      if (outputs.length === 0) continue;
      const compiled = small.compile({ nodes: group, inputs, outputs }, layoutOf);
      owned.push(compiled);
      steps.push(step(compiled.run, inputs, outputs));
      continue;
    }
    if (isOfNothing(node)) {
      steps.push(step(nothing(device, node, layoutOf), node.inputs, node.outputs));
      continue;
    }
    const body = node.op === 'Scan' ? compileScan(device, node, compileSteps) : undefined;
    if (body !== undefined) owned.push(body);
    const wanted = node.outputs.map(isWanted);
    const alone = node.inputs.map((value) => readers.get(value) === 1 && !keep.has(value));
    const run = compileNode(device, node, layoutOf, (demanded) =>
      body === undefined ? compileKernel(device, node, { ...demanded, wanted, alone }) : body.run,
    );
    steps.push(step(run, node.inputs, node.outputs));
  }

  return {
    size: slots.size,
    slotOf,
    constants,
    run(table) {
      for (const step of steps) {
        const made = runStep(device, step, table);
        step.outputs.forEach((slot, i) => {
          table[slot] = made[i];
        });
        for (const slot of step.last) {
          const handle = table[slot];
          if (handle !== undefined) device.free(handle);
          table[slot] = undefined;
        }
      }
    },
    dispose() {
      for (const handle of constants.values()) device.free(handle);
      constants.clear();
      for (const one of owned) one.dispose();
    },
  };
}

/**
 * Whether all that a node makes has no element. Such shapes are known before a run: an extent that is open is 1 or more. Kernels
 * of libraries give nothing other shapes, or refuse it.
 */
function isOfNothing({ outputs }: Node): boolean {
  return outputs.every(
    ({ type: { shape } }) => shape.includes(0) && shape.every((dim) => typeof dim === 'number'),
  );
}

function nothing<H>(device: Device<H>, { outputs }: Node, layoutOf: (value: Value) => Layout): Run<H> {
  const made = outputs.map((value) => {
    const { dtype, shape } = value.type;
    return { dtype, shape: inMemoryOrder(shape.map(Number), layoutOf(value)), data: zeros(dtype, [0]) };
  });
  return () => made.map(({ dtype, shape, data }) => device.upload(dtype, shape, data));
}

function uploadConstant<H>(device: Device<H>, { attributes }: NodeOf<'Constant'>, layout: Layout): H {
  const { dtype, shape, values } = attributes;
  const data =
    dtype === 'float32'
      ? Float32Array.from(values)
      : dtype === 'bool'
        ? Uint8Array.from(values)
        : Int32Array.from(values, within32);
  return uploadAs(device, { dtype, shape, data }, layout);
}

function runStep<H>(device: Device<H>, step: Step<H>, table: Readonly<Table<H>>): readonly H[] {
  try {
    return device.keeping(() => step.run(step.inputs.map((slot) => table[slot] as H)));
  } catch (error) {
    if (error instanceof NascentError) throw error;
    const reason = messageOf(error);
    throw new NascentError('runtime/failed', `${step.node.op} "${step.node.name}" failed: ${reason}`, {
      help: 'If memory ran out, use a smaller batch_size or channels; otherwise run `nascent doctor`.',
      cause: error,
    });
  }
}

/** In which layouts a node takes its inputs and gives its outputs. */
interface Demanded {
  readonly inputLayouts: readonly Layout[];
  readonly outputLayouts: readonly Layout[];
}

function compileKernel<H>(
  device: Device<H>,
  node: Node,
  rest: Demanded & Pick<KernelContext<OpName>, 'wanted' | 'alone'>,
): Run<H> {
  const kernel = device.kernels[node.op] as Kernel<OpName, H> | undefined;
  if (kernel === undefined) throw internal(`this backend has no kernel for ${node.op}`);
  return kernel({ node, attributes: node.attributes, ...rest });
}

/** What runs a node, with the transposes that its neighbours make necessary. */
function compileNode<H>(
  device: Device<H>,
  node: Node,
  layoutOf: (value: Value) => Layout,
  compile: (demanded: Demanded) => Run<H>,
): Run<H> {
  const demand = demandOf(node);
  const every = [...node.inputs, ...node.outputs];
  const demands = [...demand.inputs, ...demand.outputs];
  const sharing = every.find((value, i) => demands[i] === 'shared' && value.type.shape.length === 4);
  const shared = sharing === undefined ? 'plain' : layoutOf(sharing);
  const inputLayouts = demand.inputs.map((want) => (want === 'shared' ? shared : want));
  const outputLayouts = demand.outputs.map((want) => (want === 'shared' ? shared : want));

  const run = compile({ inputLayouts, outputLayouts });
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
