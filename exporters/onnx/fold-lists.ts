/** Known lists, taken apart and put together as a node says: the shape arithmetic of exporters is made of little else. */
import { sliceRange } from '../../src/graph/infer/shape.ts';
import { sizeOf, stridesOf } from '../../src/graph/tensor.ts';
import type { Dim } from '../../src/graph/types.ts';
import { commonShape, knownOf, largestKnown, numbersOf, spread, vectorOf, type Known } from './known.ts';
import type { NodeReader } from './node-reader.ts';

/** Of the operands that are known, what a node gives; undefined where that cannot be told. */
export type Fold = (node: NodeReader) => Known | readonly Known[] | undefined;

export function rearranged(x: Known, shape: readonly number[]): Known {
  return { ...x, shape };
}

export const gather: Fold = (node) => {
  const [x, indices] = [node.knownOrNot(0), node.knownOrNot(1)];
  const axis = node.int('axis', 0);
  const at = indices === undefined ? undefined : numbersOf(indices);
  if (x === undefined || at === undefined || indices === undefined) return undefined;
  const along = axis < 0 ? axis + x.shape.length : axis;
  const extent = x.shape[along] ?? 1;
  const inner = sizeOf(x.shape.slice(along + 1));
  const outer = sizeOf(x.shape.slice(0, along));
  if (outer * at.length * inner > largestKnown) return undefined;
  const data: Dim[] = [];
  for (let i = 0; i < outer; i++) {
    for (const index of at) {
      const from = (i * extent + (index < 0 ? index + extent : index)) * inner;
      for (let j = 0; j < inner; j++) data.push(x.data[from + j] ?? NaN);
    }
  }
  return {
    dtype: x.dtype,
    shape: [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)],
    data,
  };
};

/** The elements at given places along each axis. */
function picked(x: Known, places: readonly (readonly number[])[]): Known {
  const strides = stridesOf(x.shape);
  const at = places.reduce<number[]>(
    (all, list, axis) => all.flatMap((base) => list.map((place) => base + place * (strides[axis] ?? 0))),
    [0],
  );
  return { ...x, shape: places.map((list) => list.length), data: at.map((place) => x.data[place] ?? NaN) };
}

export const cut: Fold = (node) => {
  const x = node.knownOrNot(0);
  const older = node.opset < 10;
  const list = (name: string, index: number) => {
    if (older) return node.ints(name);
    const known = node.knownOrNot(index);
    return known === undefined ? undefined : numbersOf(known);
  };
  const [starts, ends, axes] = [list('starts', 1), list('ends', 2), list('axes', 3)];
  const steps = older ? undefined : list('steps', 4);
  const unknown = (!older && node.has(3) && axes === undefined) || (node.has(4) && steps === undefined);
  if (x === undefined || starts === undefined || ends === undefined || unknown) return undefined;
  const places = x.shape.map((extent) => Array.from({ length: extent }, (_, i) => i));
  starts.forEach((start, i) => {
    const axis = axes?.[i] ?? i;
    const along = axis < 0 ? axis + x.shape.length : axis;
    const step = steps?.[i] ?? 1;
    const range = sliceRange(x.shape[along] ?? 0, start, ends[i] ?? 0, step);
    places[along] = Array.from({ length: range.count }, (_, k) => range.start + k * step);
  });
  return picked(x, places);
};

export const transpose: Fold = (node) => {
  const x = node.knownOrNot(0);
  if (x === undefined) return undefined;
  const perm = node.ints('perm') ?? x.shape.map((_, axis) => axis).toReversed();
  const shape = perm.map((axis) => x.shape[axis] ?? 1);
  const strides = stridesOf(x.shape);
  const at = perm.reduce<number[]>(
    (all, axis) =>
      all.flatMap((base) =>
        Array.from({ length: x.shape[axis] ?? 1 }, (_, i) => base + i * (strides[axis] ?? 0)),
      ),
    [0],
  );
  return { ...x, shape, data: at.map((place) => x.data[place] ?? NaN) };
};

export const concat: Fold = (node) => {
  const parts = Array.from({ length: node.inputCount }, (_, i) => node.knownOrNot(i));
  const axis = node.int('axis', 1);
  const [first] = parts;
  if (
    first === undefined ||
    !parts.every((part) => part?.shape.length === 1) ||
    (axis !== 0 && axis !== -1) ||
    parts.reduce((sum, part) => sum + (part?.data.length ?? 0), 0) > largestKnown
  ) {
    return undefined;
  }
  return { ...vectorOf(parts.flatMap((part) => part?.data ?? [])), dtype: first.dtype };
};

export const split: Fold = (node) => {
  const x = node.knownOrNot(0);
  const sizes = node.list('split', 1);
  node.ignore('axis', 'num_outputs');
  if (x?.shape.length !== 1) return undefined;
  const part = Math.ceil(x.data.length / node.outputCount);
  let start = 0;
  return Array.from({ length: node.outputCount }, (_, i) => {
    const from = start;
    start += sizes?.[i] ?? part;
    return { ...vectorOf(x.data.slice(from, start)), dtype: x.dtype };
  });
};

export const reshape: Fold = (node) => {
  const [x, shape] = [node.knownOrNot(0), node.knownOrNot(1)];
  node.ignore('allowzero');
  const wanted = shape === undefined ? undefined : numbersOf(shape);
  if (x === undefined || wanted === undefined) return undefined;
  const copied = wanted.map((dim, axis) => (dim === 0 ? (x.shape[axis] ?? 0) : dim));
  const rest = copied.filter((dim) => dim !== -1).reduce((a, b) => a * b, 1);
  return rearranged(
    x,
    copied.map((dim) => (dim === -1 ? x.data.length / rest : dim)),
  );
};

export const expand: Fold = (node) => {
  const [x, target] = [node.knownOrNot(0), node.knownOrNot(1)];
  const wanted = target === undefined ? undefined : numbersOf(target);
  const shape = x === undefined || wanted === undefined ? undefined : commonShape(x.shape, wanted);
  if (x === undefined || shape === undefined || sizeOf(shape) > largestKnown) return undefined;
  return { dtype: x.dtype, shape, data: spread(x, shape) };
};

export const constantOfShape: Fold = (node) => {
  const filling = node.tensorAttribute('value');
  const shape = node.knownOrNot(0);
  const extents = shape === undefined ? undefined : numbersOf(shape);
  if (extents === undefined || sizeOf(extents) > largestKnown) return undefined;
  const one = filling === undefined ? undefined : knownOf(filling);
  const value = one?.data[0] ?? 0;
  return {
    dtype: one?.dtype ?? 'float32',
    shape: extents,
    data: Array.from({ length: sizeOf(extents) }, () => value),
  };
};

export const range: Fold = (node) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => node.knownOrNot(i)?.data[0]);
  if (typeof start !== 'number' || typeof limit !== 'number' || typeof delta !== 'number') return undefined;
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  if (count > largestKnown) return undefined;
  const data = Array.from({ length: count }, (_, i) => start + i * delta);
  return { ...vectorOf(data), dtype: node.knownOrNot(0)?.dtype ?? 'int64' };
};

export const tile: Fold = (node) => {
  const [x, repeats] = [node.knownOrNot(0), node.knownOrNot(1)];
  const times = repeats === undefined ? undefined : numbersOf(repeats);
  // Before opset 6, one axis was repeated.
  if (x === undefined || times?.length !== x.shape.length || node.opset < 6) return undefined;
  const shape = x.shape.map((extent, axis) => extent * (times[axis] ?? 1));
  if (sizeOf(shape) > largestKnown) return undefined;
  return picked(
    x,
    x.shape.map((extent, axis) => Array.from({ length: shape[axis] ?? 0 }, (_, i) => i % extent)),
  );
};

export const nonZero: Fold = (node) => {
  const x = node.knownOrNot(0);
  return x === undefined ? undefined : placesNotZero(x);
};

/** Where numbers are not 0, a row for each axis. An open extent is at least 1. */
export function placesNotZero({ shape, data }: Known): Known {
  const places = data.flatMap((value, place) => (value === 0 ? [] : [place]));
  const rows = stridesOf(shape).flatMap((stride, axis) =>
    places.map((place) => Math.floor(place / stride) % (shape[axis] ?? 1)),
  );
  return { dtype: 'int64', shape: [shape.length, places.length], data: rows };
}
