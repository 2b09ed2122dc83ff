/**
 * Tensors on the host: what goes into a run and comes out of it. Row-major, in the graph's own (NCHW) order.
 */
import { internal } from '../errors.ts';
import type { DType } from './types.ts';

/** float32 is held in either float array; int64 in an Int32Array (class ids, token ids); bool as 0 and 1. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Numbers on the host, in row-major order. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Tensors by name: what a program is fed, and what it gives. */
export type Tensors = ReadonlyMap<string, Tensor>;

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Row-major strides, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = Array.from({ length: shape.length }, () => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/** As many zeros as a shape has elements. */
export function zeros(dtype: DType, shape: readonly number[]): TensorData {
  const size = sizeOf(shape);
  if (dtype === 'float32') return new Float64Array(size);
  return dtype === 'int64' ? new Int32Array(size) : new Uint8Array(size);
}

/** A float32 tensor over `data`, without copying. */
export function floats(shape: readonly number[], data: ArrayLike<number>): Tensor {
  const held = data instanceof Float32Array || data instanceof Float64Array ? data : Float64Array.from(data);
  if (held.length !== sizeOf(shape))
    throw internal(`${held.length} values for the shape [${shape.join(', ')}]`);
  return { dtype: 'float32', shape, data: held };
}

/** A float32 tensor of shape []. */
export function scalar(value: number): Tensor {
  return { dtype: 'float32', shape: [], data: Float64Array.of(value) };
}

/** An int64 tensor. */
export function integers(shape: readonly number[], data: ArrayLike<number>): Tensor {
  const held = data instanceof Int32Array ? data : Int32Array.from(data);
  if (held.length !== sizeOf(shape))
    throw internal(`${held.length} values for the shape [${shape.join(', ')}]`);
  return { dtype: 'int64', shape, data: held };
}
