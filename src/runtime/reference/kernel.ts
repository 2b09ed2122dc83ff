/**
 * What the kernels of the reference runtime share.
 *
 * The reference runtime is the oracle that every other runtime is tested against, so a kernel is the formula, as
 * loops: float32 values are computed in double precision (a Float64Array), int64 in an Int32Array, bool in a
 * Uint8Array. Arrays are read with `!`: an index out of range would give NaN, which no test lets pass.
 */
import { internal } from '../../errors.ts';
import type { OpAttributes, OpName } from '../../graph/attributes.ts';
import { sizeOf, stridesOf, type Tensor, type TensorData } from '../../graph/tensor.ts';

/**
 * Computes the outputs of an op, whose shapes are given. Inputs are never changed; an output may be the very array of
 * an input.
 */
export type Kernel<K extends OpName> = (
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
  shapes: readonly (readonly number[])[],
) => readonly TensorData[];

/** Kernels of a family of ops. */
export type Kernels<K extends OpName> = { readonly [Op in K]: Kernel<Op> };

/** Input `index`, which inference has shown to be there. */
export function operand(inputs: readonly Tensor[], index: number): Tensor {
  const tensor = inputs[index];
  if (tensor === undefined) throw internal(`input ${index} of a node is missing`);
  return tensor;
}

/** The values of a float32 input. */
export function numbers(inputs: readonly Tensor[], index: number): Float64Array {
  const { data } = operand(inputs, index);
  if (!(data instanceof Float64Array)) throw internal(`input ${index} of a node is not held in float64`);
  return data;
}

/** The shape of output `index`. */
export function outputShape(shapes: readonly (readonly number[])[], index: number = 0): readonly number[] {
  const shape = shapes[index];
  if (shape === undefined) throw internal(`a node has no output ${index}`);
  return shape;
}

/** [N, C, H, W] of an image. */
export function extents(shape: readonly number[]): readonly [number, number, number, number] {
  const [n, c, h, w] = shape;
  if (n === undefined || c === undefined || h === undefined || w === undefined) {
    throw internal(`[${shape.join(', ')}] is not the shape of an image`);
  }
  return [n, c, h, w];
}

/** An axis counted from the front. */
export function axisFromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** A tensor seen as [outer, extent, inner] around one axis. */
export function around(
  shape: readonly number[],
  axis: number,
): { readonly outer: number; readonly extent: number; readonly inner: number } {
  const along = axisFromFront(axis, shape.length);
  return {
    outer: sizeOf(shape.slice(0, along)),
    extent: shape[along] ?? 1,
    inner: sizeOf(shape.slice(along + 1)),
  };
}

/**
 * Walks a box in row-major order and gives the position, in some array, of each of its elements: `start`, plus
 * `strides[axis]` for every step along an axis. Transposing, slicing, broadcasting (a stride of 0) and reducing are
 * all choices of strides.
 */
export function positions(
  shape: readonly number[],
  strides: readonly number[],
  start: number = 0,
): Int32Array {
  let list = Int32Array.of(start);
  shape.forEach((extent, axis) => {
    const stride = strides[axis] ?? 0;
    const longer = new Int32Array(list.length * extent);
    let next = 0;
    for (const base of list) {
      for (let i = 0; i < extent; i++) longer[next++] = base + i * stride;
    }
    list = longer;
  });
  return list;
}

/** Where each element of `to` is read from in a tensor of the shape `from` that is broadcast to it. */
export function broadcastPositions(from: readonly number[], to: readonly number[]): Int32Array {
  const lead = to.length - from.length;
  const own = stridesOf(from);
  const strides = to.map((_, axis) => (from[axis - lead] === 1 ? 0 : (own[axis - lead] ?? 0)));
  return positions(to, strides);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** An array of the same kind as `like`. */
export function emptyLike(like: TensorData, length: number): TensorData {
  if (like instanceof Float64Array) return new Float64Array(length);
  if (like instanceof Int32Array) return new Int32Array(length);
  if (like instanceof Uint8Array) return new Uint8Array(length);
  throw internal('the reference runtime holds no Float32Array');
}
