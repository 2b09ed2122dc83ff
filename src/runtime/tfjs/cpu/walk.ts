/**
 * Moving elements between arrays by strides.
 *
 * Transposing, broadcasting, slicing, splitting and padding are one walk with different strides. tfjs's own kernels
 * make an array of coordinates for every element, at ten times the cost and more.
 *
 * Arrays are read with `!` here and in the kernels: an index out of range would give NaN, which no test lets pass.
 */
import { axisOf } from '../../../graph/infer/rule.ts';
import { sizeOf, stridesOf } from '../../../graph/tensor.ts';

/** How a device tensor holds float32, int64 and bool. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** Where a walk starts in an array, and how far apart neighbours along each axis are. */
export interface Steps {
  readonly start: number;
  readonly strides: readonly number[];
}

/** An array of the same kind. */
export function emptyLike(values: Values, length: number): Values {
  if (values instanceof Float32Array) return new Float32Array(length);
  return values instanceof Int32Array ? new Int32Array(length) : new Uint8Array(length);
}

/** Copies a box of the extents `shape`, from its place in one array to its place in another. */
export function copyBox(
  shape: readonly number[],
  from: Values,
  source: Steps,
  to: Values,
  target: Steps,
): void {
  const last = shape.length - 1;
  const extent = shape[last] ?? 1;
  const [read, write] = [source.strides[last] ?? 0, target.strides[last] ?? 0];
  const walk = (axis: number, readAt: number, writeAt: number): void => {
    if (axis >= last) {
      for (let i = 0; i < extent; i++) to[writeAt + i * write] = from[readAt + i * read]!;
      return;
    }
    const [r, w] = [source.strides[axis] ?? 0, target.strides[axis] ?? 0];
    for (let i = 0; i < (shape[axis] ?? 1); i++) walk(axis + 1, readAt + i * r, writeAt + i * w);
  };
  walk(0, source.start, target.start);
}

/** A new array of the shape `shape`, its elements read from `values` step by step. */
export function rearranged(values: Values, shape: readonly number[], source: Steps): Values {
  const out = emptyLike(values, sizeOf(shape));
  copyBox(shape, values, source, out, { start: 0, strides: stridesOf(shape) });
  return out;
}

/** The shape of a transposed tensor, and how to read it. */
export function transposition(
  shape: readonly number[],
  permutation: readonly number[],
): { readonly shape: number[]; readonly source: Steps } {
  const strides = stridesOf(shape);
  return {
    shape: permutation.map((axis) => shape[axis] ?? 1),
    source: { start: 0, strides: permutation.map((axis) => strides[axis] ?? 0) },
  };
}

/** How to read a tensor of the shape `from` as if it had the shape `to`, which it broadcasts to. */
export function broadcasting(from: readonly number[], to: readonly number[]): Steps {
  const lead = to.length - from.length;
  const own = stridesOf(from);
  const strides = to.map((_, axis) => (from[axis - lead] === 1 ? 0 : (own[axis - lead] ?? 0)));
  return { start: 0, strides };
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** A shape seen as [outer, extent, inner] around one axis. */
export function around(
  shape: readonly number[],
  axis: number,
): { readonly outer: number; readonly extent: number; readonly inner: number } {
  const along = axisOf(axis, shape.length);
  return {
    outer: sizeOf(shape.slice(0, along)),
    extent: shape[along] ?? 1,
    inner: sizeOf(shape.slice(along + 1)),
  };
}
