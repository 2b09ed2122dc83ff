/**
 * Channels of zeros where a depthwise convolution has a number of them that integer kernels do not take.
 *
 * onnxruntime has fast depthwise kernels of 8 bits for channels by the sixteen (`MlasConvSymPackWSize` of
 * https://github.com/microsoft/onnxruntime), and for other numbers a loop that takes more than twice as long: 36 channels
 * cost more than 48. So what goes into a depthwise convolution is made wider: the convolutions that make it are given
 * filters of zeros, and whoever reads it gets columns of zeros for what was added. A zero stays one through ReLU, sums, pools
 * and a depthwise filter of zeros, so the answers are the same.
 */
import type { NumericTensor, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from '../../proto/onnx.ts';
import { channelGroups, type ChannelGroups, type Layout } from './channel-layouts.ts';
import { numbersOf, retyped } from './rewriting.ts';

/** Channels that the kernels take at a time. */
export const channelsTogether = 16;
/** Wider than this, more is multiplied by zeros than is gained. */
const mostWider = 1.5;

export interface Widened {
  readonly model: OnnxModel;
  /** Which numbers of channels became which, each pair once. */
  readonly pairs: readonly (readonly [before: number, after: number])[];
}

/** @param narrowed whether a node is to become integers */
export function widenDepthwise(model: OnnxModel, narrowed: (node: OnnxNode) => boolean): Widened {
  const { graph } = model;
  const groups = channelGroups(graph, (node, channels) => {
    const wider = Math.ceil(channels / channelsTogether) * channelsTogether;
    return narrowed(node) && wider <= mostWider * channels ? wider : channels;
  });
  // By both: groups of one width may end up different.
  const pairs = new Map<string, readonly [number, number]>();
  for (const node of graph.nodes) {
    const layout =
      groups.roleOf(node) === 'depthwise' ? groups.layouts.get(node.outputs[0] ?? '') : undefined;
    if (layout === undefined || !isWider(layout)) continue;
    const pair = [layout.places.length, layout.width] as const;
    pairs.set(pair.join(' '), pair);
  }
  if (pairs.size === 0) return { model, pairs: [] };
  return { model: { ...model, graph: widened(graph, groups) }, pairs: [...pairs.values()] };
}

function isWider({ places, width }: Layout): boolean {
  return width > places.length;
}

function widened(graph: OnnxGraph, { roleOf, layouts }: ChannelGroups): OnnxGraph {
  const numbers = new Map(numbersOf(graph));
  const widen = (name: string, axis: number, layout: Layout | undefined): void => {
    const tensor = numbers.get(name);
    if (tensor?.dtype === 'float32' && layout !== undefined && isWider(layout)) {
      numbers.set(name, spread(tensor, axis, layout));
    }
  };
  const nodes = graph.nodes.map((node): OnnxNode => {
    const role = roleOf(node);
    if (role !== 'convolution' && role !== 'depthwise' && role !== 'product') return node;
    const [data = '', weight = '', bias = ''] = node.inputs;
    const layout = layouts.get(node.outputs[0] ?? '');
    widen(weight, 0, layout);
    widen(bias, 0, layout);
    if (role !== 'depthwise') widen(weight, 1, layouts.get(data));
    if (role !== 'depthwise' || layout === undefined) return node;
    const group = { name: 'group', kind: 'int', value: BigInt(layout.width) } as const;
    return { ...node, attributes: node.attributes.map((each) => (each.name === 'group' ? group : each)) };
  });
  const strings = graph.initializers.filter(({ dtype }) => dtype === 'string');
  const initializers = [...numbers.values(), ...strings];
  return { ...graph, nodes, initializers, valueInfo: graph.valueInfo.map((info) => told(info, layouts)) };
}

/** The tensor with zeros along an axis where the layout has a place for nothing. */
function spread(
  tensor: Extract<NumericTensor, { dtype: 'float32' }>,
  axis: number,
  { places, width }: Layout,
): NumericTensor {
  const { dims, data } = tensor;
  const product = (extents: readonly number[]) => extents.reduce((all, extent) => all * extent, 1);
  const [before, inner] = [product(dims.slice(0, axis)), product(dims.slice(axis + 1))];
  const wide = new Float32Array(before * width * inner);
  for (let outer = 0; outer < before; outer++) {
    places.forEach((place, channel) => {
      const from = (outer * places.length + channel) * inner;
      wide.set(data.subarray(from, from + inner), (outer * width + place) * inner);
    });
  }
  return { ...tensor, dims: dims.with(axis, width), data: wide };
}

/** What is said of a value's shape, with the channels that it has now. */
function told(info: OnnxValueInfo, layouts: ReadonlyMap<string, Layout>): OnnxValueInfo {
  const layout = layouts.get(info.name);
  if (layout === undefined || info.type.kind !== 'tensor' || info.type.shape === undefined) return info;
  return retyped(info, { shape: info.type.shape.map((dim, axis) => (axis === 1 ? layout.width : dim)) });
}
