/**
 * Batch norm into the convolution before it.
 *
 * In inference form a batch norm multiplies each channel by s = scale / √(variance + ε) and adds bias − mean · s, which
 * the convolution that feeds it can do by its filters and its bias: W′ = s · W, b′ = s · (b − mean) + bias. It is done
 * where the convolution feeds nothing else. Two convolutions whose channels are put together before one batch norm, as
 * the factorized reduction of DARTS has them, are folded each with its share. Numbers are worked out in double precision
 * and rounded to float32 once. Source: https://onnx.ai/onnx/operators/onnx__BatchNormalization.html
 */
import type { NumericTensor, OnnxGraph, OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { freeNames, intOf, numbersOf, readsOf, tidied } from './rewriting.ts';

/** What a batch norm does to each channel: x · scale + shift. */
interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** A model with the same outputs, up to rounding, and fewer nodes. */
export function foldBatchNorm(model: OnnxModel): OnnxModel {
  return { ...model, graph: tidied(folded(model.graph)) };
}

function folded(graph: OnnxGraph): OnnxGraph {
  const reads = readsOf(graph);
  const numbers = new Map(numbersOf(graph));
  const free = freeNames(graph);
  const maker = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  /** Nodes that become others; null for those that go. */
  const becomes = new Map<OnnxNode, OnnxNode | null>();

  /** The convolutions that make a value, channels in order, where each can be folded into. */
  const sourcesOf = (name: string): readonly OnnxNode[] | undefined => {
    const node = maker.get(name);
    if (node === undefined || reads.get(name) !== 1 || becomes.has(node)) return undefined;
    if (node.opType === 'Conv' && isFoldable(node)) return [node];
    if (node.opType !== 'Concat' || intOf(node, 'axis', -1) !== 1) return undefined;
    const parts = node.inputs.map((input) => sourcesOf(input));
    return parts.every((part) => part?.length === 1)
      ? parts.flat().filter((part) => part !== undefined)
      : undefined;
  };
  const isFoldable = ({ inputs: [, weight = '', bias = ''] }: OnnxNode) =>
    numbers.get(weight)?.dtype === 'float32' &&
    reads.get(weight) === 1 &&
    (bias === '' || numbers.get(bias)?.dtype === 'float32');

  const fold = (conv: OnnxNode, { scale, shift }: Affine, output: string | undefined): void => {
    const [input = '', weight = '', bias = ''] = conv.inputs;
    const filters = numbers.get(weight);
    if (filters?.dtype !== 'float32') return;
    const before = numbers.get(bias)?.data;
    const each = filters.data.length / scale.length;
    numbers.set(weight, {
      ...filters,
      data: filters.data.map((value, i) => value * (scale[Math.floor(i / each)] ?? Number.NaN)),
    });
    const name = free(`${weight.replace(/\.weight$/, '')}.bias`);
    const data = Float32Array.from(
      shift,
      (value, i) => Number(before?.[i] ?? 0) * (scale[i] ?? Number.NaN) + value,
    );
    numbers.set(name, { name, dims: [data.length], dtype: 'float32', data });
    becomes.set(conv, {
      ...conv,
      inputs: [input, weight, name],
      outputs: output === undefined ? conv.outputs : [output],
    });
  };

  for (const norm of graph.nodes) {
    if (norm.opType !== 'BatchNormalization' || norm.domain !== '') continue;
    const [input = ''] = norm.inputs;
    const [output = ''] = norm.outputs;
    const affine = affineOf(norm, numbers);
    const sources = affine === undefined ? undefined : sourcesOf(input);
    if (affine === undefined || sources === undefined) continue;
    const widths = sources.map(({ inputs: [, weight = ''] }) => numbers.get(weight)?.dims[0] ?? 0);
    if (widths.reduce((sum, width) => sum + width, 0) !== affine.scale.length) continue;
    const direct = maker.get(input);
    let from = 0;
    sources.forEach((conv, i) => {
      const to = from + (widths[i] ?? 0);
      const share = { scale: affine.scale.subarray(from, to), shift: affine.shift.subarray(from, to) };
      fold(conv, share, conv === direct ? output : undefined);
      from = to;
    });
    if (direct !== undefined && direct.opType === 'Concat')
      becomes.set(direct, { ...direct, outputs: [output] });
    becomes.set(norm, null);
  }
  const nodes = graph.nodes.flatMap((node) => {
    const now = becomes.get(node);
    return now === null ? [] : [now ?? node];
  });
  const strings = graph.initializers.filter(({ dtype }) => dtype === 'string');
  return { ...graph, nodes, initializers: [...numbers.values(), ...strings] };
}

/** Undefined where it is not in inference form, or computes its statistics. */
function affineOf(norm: OnnxNode, numbers: ReadonlyMap<string, NumericTensor>): Affine | undefined {
  const [scale, bias, mean, variance] = norm.inputs.slice(1).map((name) => numbers.get(name));
  const isTraining = intOf(norm, 'training_mode', 0) !== 0 || norm.outputs.length > 1;
  if (isTraining || !isFloat(scale) || !isFloat(bias) || !isFloat(mean) || !isFloat(variance))
    return undefined;
  const epsilon = norm.attributes.find(({ name }) => name === 'epsilon');
  const eps = epsilon?.kind === 'float' ? epsilon.value : 1e-5;
  const factor = Float64Array.from(
    scale.data,
    (value, i) => value / Math.sqrt((variance.data[i] ?? 0) + eps),
  );
  const shift = Float64Array.from(bias.data, (value, i) => value - (mean.data[i] ?? 0) * (factor[i] ?? 0));
  return { scale: factor, shift };
}

function isFloat(tensor: NumericTensor | undefined): tensor is Extract<NumericTensor, { dtype: 'float32' }> {
  return tensor?.dtype === 'float32';
}
