/** Tensors read one element at a time, for formulas that are written out. */
import type { Tensor, Tensors } from '../../src/graph/tensor.ts';

/** The tensor of a name; an error where there is none. */
export function required(tensors: Tensors, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no tensor ${name} among ${[...tensors.keys()].join(', ')}`);
  return tensor;
}

/** The element at an index, and `outside` where the index lies outside the tensor. */
export function at({ shape, data }: Tensor, index: readonly number[], outside: number = 0): number {
  let position = 0;
  for (const [axis, extent] of shape.entries()) {
    const i = index[axis] ?? NaN;
    if (i < 0 || i >= extent) return outside;
    position = position * extent + i;
  }
  return data[position] ?? NaN;
}

/** Σ a·b. */
export function inner(a: Tensor, b: Tensor): number {
  if (a.shape.join() !== b.shape.join()) throw new Error(`[${a.shape.join()}] against [${b.shape.join()}]`);
  let sum = 0;
  for (const [i, value] of a.data.entries()) sum += value * (b.data[i] ?? NaN);
  return sum;
}

/** Every index of a tensor of a shape, in row-major order. */
export function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, extent) => all.flatMap((index) => Array.from({ length: extent }, (_, i) => [...index, i])),
    [[]],
  );
}
