/**
 * Tensors whose elements are known when a file is read: operands (the shape of a Reshape), and what follows from
 * shapes. An element may be an open extent, or an expression in one.
 */
import type { OnnxTensor } from '../../proto/onnx.ts';
import type { GraphBuilder } from '../../src/graph/builder.ts';
import { sizeOf, stridesOf, type Tensor } from '../../src/graph/tensor.ts';
import type { DType, Dim, Value } from '../../src/graph/types.ts';
import { doublesOf, kindOf, shortestFloat } from './tensors.ts';

export interface Known {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly Dim[];
}

/** With more elements than this it is data, and no operand. */
export const largestKnown = 65536;

/** What an initializer or a Constant holds; undefined where it is too large for an operand, or a text. */
export function knownOf(tensor: OnnxTensor): Known | undefined {
  const dtype = kindOf(tensor.dtype);
  const shape = tensor.dims;
  if (dtype === undefined || sizeOf(shape) > largestKnown) return undefined;
  const data = Array.from(doublesOf(tensor), (value) =>
    tensor.dtype === 'float32' ? shortestFloat(value) : value,
  );
  return { dtype, shape, data };
}

export function knownTensor(tensor: Tensor | undefined): Known | undefined {
  return tensor && { dtype: tensor.dtype, shape: tensor.shape, data: Array.from(tensor.data) };
}

export function vectorOf(data: readonly Dim[]): Known {
  return { dtype: 'int64', shape: [data.length], data };
}

export function numbersOf({ data }: Known): readonly number[] | undefined {
  return data.every((value) => typeof value === 'number') ? data : undefined;
}

/** As a tensor of the graph. What an open extent is, is counted when the graph runs. */
export function materialised(b: GraphBuilder, known: Known): Value {
  const { dtype, shape, data } = known;
  const values = numbersOf(known);
  if (values !== undefined) return b.op('Constant', [], { dtype, shape, values });
  const parts = data.map((value) =>
    typeof value === 'number'
      ? b.constant([value], [1])
      : b.op('Reshape', [counted(b, value)], { shape: [1] }),
  );
  const [only] = parts;
  const list = parts.length === 1 && only !== undefined ? only : b.op('Concat', parts, { axis: 0 });
  const shaped = b.op('Reshape', [list], { shape: [...shape] });
  return dtype === 'float32' ? shaped : b.op('Cast', [shaped], { to: dtype });
}

/** An open extent as a float32 scalar: as many ones, added up. */
function counted(b: GraphBuilder, extent: string): Value {
  const ones = b.op('Expand', [b.constant([1], [1])], { shape: [extent] });
  return b.op('ReduceSum', [ones], { axes: [0], keepdims: 0 });
}

/** The shape that two broadcast to; undefined where they do not. */
export function commonShape(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return x === 1 ? y : y === 1 || x === y ? x : NaN;
  });
  return shape.some(Number.isNaN) ? undefined : shape;
}

/** The elements of a tensor, broadcast to a shape. */
export function spread({ shape, data }: Known, to: readonly number[]): readonly Dim[] {
  const lead = to.length - shape.length;
  const own = stridesOf(shape);
  const steps = to.map((_, axis) => (shape[axis - lead] === 1 ? 0 : (own[axis - lead] ?? 0)));
  const strides = stridesOf(to);
  return Array.from({ length: sizeOf(to) }, (_, i) => {
    const at = to.reduce(
      (sum, extent, axis) => sum + (Math.floor(i / (strides[axis] ?? 1)) % extent) * (steps[axis] ?? 0),
      0,
    );
    return data[at] ?? 0;
  });
}
