/**
 * How large the channels of a value are by the weights of the file that make them: of a last layer whose targets are in units of their
 * own, or of a normalisation, one channel may be a millionth of another, and what float32 costs it, too.
 */
import type { ImportedModel } from '../../../exporters/onnx/import.ts';
import { sizeOf, type Tensor } from '../../graph/tensor.ts';
import type { Node, Value } from '../../graph/types.ts';
import { resolveShape } from '../../runtime/feeds.ts';
import { evaluate } from '../../runtime/reference/kernels.ts';
import { widened } from '../../runtime/reference/store.ts';

/** By how many powers of two the values of a part are smaller where they are of another kind. */
export const farSmaller = 5;

/** By which powers of two channels are larger, and which axis they are. */
export interface Channels {
  readonly powers: Float64Array;
  readonly axis: number;
}

/** The sizes of what makes each channel, added up. */
interface Sums {
  readonly sums: Float64Array;
  readonly axis: number;
}

/** What leaves channels where they are, and what is small small. */
const keeping: ReadonlySet<string> = new Set([
  'Atan',
  'AveragePool',
  'Cast',
  'GlobalAveragePool',
  'Identity',
  'MaxPool',
  'Relu',
  'Tanh',
]);

/** Weights of more numbers are not computed for this. */
const mostNumbers = 2 ** 22;
/** So many nodes are looked through. */
const deepest = 16;

/** @returns how large the channels of a value are, where they differ much */
export function channelsIn(
  { weights, values }: Pick<ImportedModel, 'weights' | 'values'>,
  isFixed: (value: Value) => boolean,
): (value: Value) => Channels | undefined {
  const ofFile = new Set(values.values());
  const held = new Map<Value, Tensor | undefined>();
  /** What is no weight of the file was made for an op that others compute in another way, such as a transform of Fourier. */
  const heldIn = (value: Value, depth = 0): Tensor | undefined => {
    if (value.node === undefined) return weights.get(value.name);
    if (!held.has(value)) held.set(value, heldOnce(value, value.node, depth));
    return held.get(value);
  };
  const heldOnce = (value: Value, node: Node, depth: number): Tensor | undefined => {
    if (!isFixed(value) || depth > deepest || (node.op === 'Constant' && !ofFile.has(value)))
      return undefined;
    const inputs = node.inputs.map((input) => heldIn(input, depth + 1));
    const shapes = node.outputs.map(({ type }) => type.shape);
    const isClosed = shapes.every((shape) => shape.every((dim) => typeof dim === 'number'));
    if (!isClosed || !inputs.every((tensor) => tensor !== undefined)) return undefined;
    const numbers = shapes.map((shape) => resolveShape(shape, new Map()));
    if (numbers.some((shape) => sizeOf(shape) > mostNumbers) || node.op === 'Scan') return undefined;
    return evaluate(node, inputs.map(widened), numbers)[value.output ?? 0];
  };

  const told = new Map<Value, Sums | undefined>();
  const sumsOf = (value: Value, depth: number): Sums | undefined => {
    if (!told.has(value)) told.set(value, sumsOnce(value, depth));
    return told.get(value);
  };
  const sumsOnce = (value: Value, depth: number): Sums | undefined => {
    const { node } = value;
    if (node === undefined || depth > deepest || (value.output ?? 0) > 0) return undefined;
    const [first, second] = node.inputs;
    if (first === undefined) return undefined;
    if (keeping.has(node.op)) return sumsOf(first, depth + 1);
    if (node.op === 'Squeeze' || node.op === 'Unsqueeze') return reshaped(node, sumsOf(first, depth + 1));
    if (node.op === 'BatchNormalization') return normalised(node, heldIn, sumsOf(first, depth + 1));
    if (second === undefined) return undefined;
    if (node.op === 'Add' || node.op === 'Sub') {
      if (isFixed(second)) return sumsOf(first, depth + 1);
      if (isFixed(first)) return sumsOf(second, depth + 1);
      const [one, other] = [sumsOf(first, depth + 1), sumsOf(second, depth + 1)];
      return one?.axis === other?.axis && one?.sums.length === other?.sums.length && one !== undefined
        ? { ...one, sums: one.sums.map((sum, i) => Math.max(sum, other?.sums[i] ?? 0)) }
        : undefined;
    }
    if (node.op === 'Mul' && isFixed(first) !== isFixed(second)) {
      const [by, of] = isFixed(first) ? [first, second] : [second, first];
      const factors = heldIn(by);
      return factors && scaled(factors, sumsOf(of, depth + 1), value.type.shape.length);
    }
    // What is added to a product is a bias.
    if (node.inputs.length > 2 && !node.inputs.slice(2).every(isFixed)) return undefined;
    const right = isFixed(second) ? heldIn(second) : undefined;
    const left = isFixed(first) ? heldIn(first) : undefined;
    return productSums(node, left, right, value.type.shape.length);
  };

  return (value) => {
    const found = sumsOf(value, 0);
    return found && apart(found);
  };
}

/** The same where axes of one element went, or came. */
function reshaped(
  node: Extract<Node, { op: 'Squeeze' | 'Unsqueeze' }>,
  before: Sums | undefined,
): Sums | undefined {
  if (before === undefined) return undefined;
  const [from, to] = [node.inputs[0], node.outputs[0]].map((value) => value?.type.shape.length ?? 0);
  const rank = Math.max(from ?? 0, to ?? 0);
  const axes = new Set(node.attributes.axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  const kept = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.has(axis));
  const axis = node.op === 'Squeeze' ? kept.indexOf(before.axis) : (kept[before.axis] ?? -1);
  return axis < 0 ? undefined : { ...before, axis };
}

function productSums(
  node: Node,
  left: Tensor | undefined,
  right: Tensor | undefined,
  rank: number,
): Sums | undefined {
  if (node.op === 'Conv' && right !== undefined) return { sums: sumsAlong(right, 0), axis: 1 };
  if (node.op === 'ConvTranspose' && right !== undefined) {
    return node.attributes.group === 1 ? { sums: sumsAlong(right, 1), axis: 1 } : undefined;
  }
  if (node.op === 'Gemm' && right !== undefined) {
    return { sums: sumsAlong(right, node.attributes.transB === 1 ? 0 : 1), axis: 1 };
  }
  if (node.op !== 'MatMul') return undefined;
  if (right?.shape.length === 2) return { sums: sumsAlong(right, 1), axis: rank - 1 };
  return left?.shape.length === 2 && rank >= 2 ? { sums: sumsAlong(left, 0), axis: rank - 2 } : undefined;
}

/** By a number for each channel, or one for all. */
function scaled({ shape, data }: Tensor, before: Sums | undefined, rank: number): Sums | undefined {
  const wide = shape.flatMap((extent, axis) => (extent > 1 ? [axis + rank - shape.length] : []));
  const [axis] = wide;
  if (axis === undefined) return before;
  if (wide.length > 1 || (before !== undefined && before.axis !== axis)) return undefined;
  return { sums: Float64Array.from(data, (factor, i) => Math.abs(factor) * (before?.sums[i] ?? 1)), axis };
}

function normalised(
  { inputs, attributes }: Extract<Node, { op: 'BatchNormalization' }>,
  heldIn: (value: Value) => Tensor | undefined,
  before: Sums | undefined,
): Sums | undefined {
  const [, scale, , , variance] = inputs.map((value, i) => (i === 0 ? undefined : heldIn(value)));
  if (scale === undefined || variance === undefined) return undefined;
  const sums = Float64Array.from(scale.data, (factor, i) => {
    const own = before?.axis === 1 ? (before.sums[i] ?? 1) : 1;
    return (own * Math.abs(factor)) / Math.sqrt(variance.data[i]! + attributes.epsilon);
  });
  return { sums, axis: 1 };
}

/** The sizes of all numbers that are at each place of an axis. */
function sumsAlong({ shape, data }: Tensor, axis: number): Float64Array {
  const extent = shape[axis] ?? 1;
  const inner = sizeOf(shape.slice(axis + 1));
  const sums = new Float64Array(extent);
  for (let i = 0; i < data.length; i++) sums[Math.floor(i / inner) % extent]! += Math.abs(data[i]!);
  return sums;
}

function apart({ sums, axis }: Sums): Channels | undefined {
  const powers = sums.map((sum) => (sum > 0 && sum < Infinity ? Math.floor(Math.log2(sum)) : NaN));
  const most = powers.reduce((a, b) => (b > a ? b : a), -Infinity);
  // What is a sum of nothing is exact.
  const all = powers.map((power) => (Number.isNaN(power) ? most : power));
  return all.some((power) => most - power >= farSmaller) ? { powers: all, axis } : undefined;
}

/** Marks each element with the power of its channel. */
export function fillChannels(data: Float64Array, shape: readonly number[], { powers, axis }: Channels): void {
  if (shape[axis] !== powers.length) return;
  const inner = sizeOf(shape.slice(axis + 1));
  for (let i = 0; i < data.length; i++) data[i] = powers[Math.floor(i / inner) % powers.length]!;
}
