/**
 * Which values of a network have the same channels, and where these lie once some values are given more of them.
 *
 * Values that a node leaves channel for channel as they are (a sum, a pool, a depthwise convolution) are one group, and get
 * one layout. What is put together of several has their layouts one after the other. A group that something else reads or
 * makes, the model's inputs and outputs among them, is held as it is.
 */
import type { NumericTensor, OnnxGraph, OnnxNode } from '../../proto/onnx.ts';
import { intOf, numbersOf, readsOf } from './rewriting.ts';

/** Where each channel of a value is afterwards, and how many there are then; what is between holds zeros. */
export interface Layout {
  readonly places: readonly number[];
  readonly width: number;
}

/** What a node does with channels. */
export type Role = 'convolution' | 'depthwise' | 'product' | 'together' | 'same' | 'other';

export interface ChannelGroups {
  readonly roleOf: (node: OnnxNode) => Role;
  /** Of every value that has channels, its layout. */
  readonly layouts: ReadonlyMap<string, Layout>;
}

/** What has for each channel that goes in one that comes out, and makes zeros of zeros. */
const keepsChannels = new Set([
  'Relu',
  'Add',
  'Sum',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'Identity',
]);

/** @param wanted how many channels a depthwise convolution of so many is to have */
export function channelGroups(
  graph: OnnxGraph,
  wanted: (depthwise: OnnxNode, channels: number) => number,
): ChannelGroups {
  const roleOf = rolesIn(graph);
  const groupOf = joined(graph, roleOf);
  const { widths, concats, held } = facts(graph, roleOf, groupOf);
  const wishes = new Map<string, number>();
  for (const node of graph.nodes) {
    if (roleOf(node) !== 'depthwise') continue;
    const group = groupOf(node.outputs[0] ?? '');
    const width = widths.get(group) ?? 0;
    wishes.set(group, Math.max(wishes.get(group) ?? width, wanted(node, width)));
  }
  // Whoever is found to need a layout that it cannot have is held as it is, and all is worked out again.
  for (;;) {
    const { layoutOf, conflicts } = attempt({ widths, concats, held, wishes });
    const layouts = new Map<string, Layout>();
    for (const name of graph.nodes.flatMap(({ outputs }) => outputs)) {
      const layout = layoutOf(groupOf(name));
      if (layout !== undefined) layouts.set(name, layout);
    }
    if (conflicts.size === 0) return { roleOf, layouts };
    for (const group of conflicts) held.add(group);
  }
}

function rolesIn(graph: OnnxGraph): (node: OnnxNode) => Role {
  const numbers = numbersOf(graph);
  const reads = readsOf(graph);
  const maker = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const own = (name = ''): NumericTensor | undefined => {
    const tensor = numbers.get(name);
    return tensor?.dtype === 'float32' && reads.get(name) === 1 ? tensor : undefined;
  };
  return (node) => {
    const { opType, domain, inputs } = node;
    if (domain !== '') return 'other';
    const [data = '', weight, bias = ''] = inputs;
    if (keepsChannels.has(opType) && inputs.every((input) => !numbers.has(input))) return 'same';
    if (opType === 'Concat' && intOf(node, 'axis') === 1 && inputs.every((input) => !numbers.has(input)))
      return 'together';
    // One position of each channel is left, so that these and the channels are the same.
    if (opType === 'Flatten' && intOf(node, 'axis', 1) === 1)
      return maker.get(data)?.opType === 'GlobalAveragePool' ? 'same' : 'other';
    if (opType === 'Slice') {
      const axes = numbers.get(inputs[3] ?? '');
      return axes !== undefined && Array.from(axes.data, Number).every((axis) => axis > 1) ? 'same' : 'other';
    }
    const filters = own(weight);
    if (filters === undefined || (bias !== '' && own(bias) === undefined)) return 'other';
    if (opType === 'Gemm') {
      return intOf(node, 'transB') === 1 && intOf(node, 'transA') === 0 ? 'product' : 'other';
    }
    if (opType !== 'Conv') return 'other';
    const group = intOf(node, 'group', 1);
    if (group === 1) return 'convolution';
    return group === filters.dims[0] && filters.dims[1] === 1 ? 'depthwise' : 'other';
  };
}

/** Gives for each value the name of its group. */
function joined(graph: OnnxGraph, roleOf: (node: OnnxNode) => Role): (name: string) => string {
  const above = new Map<string, string>();
  const groupOf = (name: string): string => {
    const next = above.get(name);
    if (next === undefined) return name;
    const top = groupOf(next);
    above.set(name, top);
    return top;
  };
  for (const node of graph.nodes) {
    const role = roleOf(node);
    if (role !== 'same' && role !== 'depthwise') continue;
    const [output = ''] = node.outputs;
    for (const input of dataOf(node, role)) {
      const [one, other] = [groupOf(input), groupOf(output)];
      if (one !== other) above.set(other, one);
    }
  }
  return groupOf;
}

/** The inputs that have channels, of a node whose role says what the others are. */
function dataOf({ opType, inputs }: OnnxNode, role: Role): readonly string[] {
  const onlyFirst =
    role === 'convolution' || role === 'depthwise' || role === 'product' || opType === 'Slice';
  return onlyFirst ? inputs.slice(0, 1) : inputs;
}

interface Facts {
  /** How many channels a group has. */
  readonly widths: ReadonlyMap<string, number>;
  /** The groups that are put together, wherever a value of a group is made so. */
  readonly concats: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** Groups that stay as they are. */
  readonly held: Set<string>;
}

function facts(graph: OnnxGraph, roleOf: (node: OnnxNode) => Role, groupOf: (name: string) => string): Facts {
  const numbers = numbersOf(graph);
  const widths = new Map<string, number>();
  const concats = new Map<string, (readonly string[])[]>();
  const held = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => groupOf(name)));
  for (const node of graph.nodes) {
    const role = roleOf(node);
    const [output = ''] = node.outputs;
    const group = groupOf(output);
    if (role === 'other') for (const name of [...node.inputs, ...node.outputs]) held.add(groupOf(name));
    if (role === 'product') held.add(group);
    if (role === 'convolution' || role === 'depthwise') {
      widths.set(group, numbers.get(node.inputs[1] ?? '')?.dims[0] ?? 0);
    }
    if (role !== 'together') continue;
    const parts = node.inputs.map(groupOf);
    const widthsOfParts = parts.map((part) => widths.get(part));
    if (widthsOfParts.includes(undefined)) for (const each of [group, ...parts]) held.add(each);
    else {
      widths.set(
        group,
        widthsOfParts.reduce<number>((sum, width) => sum + (width ?? 0), 0),
      );
      concats.set(group, [...(concats.get(group) ?? []), parts]);
    }
  }
  return { widths, concats, held };
}

interface Given extends Facts {
  readonly wishes: ReadonlyMap<string, number>;
}

function attempt({ widths, concats, held, wishes }: Given) {
  const conflicts = new Set<string>();
  const wishOf = (group: string) => (held.has(group) ? undefined : wishes.get(group));
  // A group that is put together gets what it lacks with its last part, where that is free to give it.
  const more = new Map<string, number>();
  for (const [group, made] of concats) {
    const lacks = (wishOf(group) ?? 0) - (widths.get(group) ?? 0);
    const lasts = made.map((parts) => parts.at(-1) ?? '');
    const areFree = lasts.every(
      (last) => !held.has(last) && !concats.has(last) && !wishes.has(last) && !more.has(last),
    );
    if (lacks > 0 && areFree) for (const last of lasts) more.set(last, lacks);
  }
  const found = new Map<string, Layout | undefined>();
  const laidOut = (group: string): Layout | undefined => {
    const width = widths.get(group);
    if (width === undefined) return undefined;
    const plain = { places: Array.from({ length: width }, (_, i) => i), width };
    const made = concats.get(group) ?? [];
    if (made.length === 0) {
      if (held.has(group)) return plain;
      return { ...plain, width: Math.max(width, wishOf(group) ?? 0, width + (more.get(group) ?? 0)) };
    }
    const [first = plain, ...others] = made.map((parts) => oneAfterTheOther(parts.map(layoutOf)));
    const isWrong = [...others, ...(held.has(group) ? [plain] : [])].some((other) => !equal(first, other));
    if (!isWrong) return first;
    for (const each of [group, ...made.flat()]) if (!held.has(each)) conflicts.add(each);
    return plain;
  };
  const layoutOf = (group: string): Layout | undefined => {
    if (!found.has(group)) found.set(group, laidOut(group));
    return found.get(group);
  };
  return { layoutOf, conflicts };
}

function oneAfterTheOther(parts: readonly (Layout | undefined)[]): Layout {
  let width = 0;
  const places: number[] = [];
  for (const part of parts) {
    for (const place of part?.places ?? []) places.push(width + place);
    width += part?.width ?? 0;
  }
  return { places, width };
}

function equal(one: Layout, other: Layout): boolean {
  return one.width === other.width && one.places.join() === other.places.join();
}
