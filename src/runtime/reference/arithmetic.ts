/**
 * What the reference runtime computes in: double precision, or as a runtime in float32 does, in one of several ways that
 * are all right. How far these are from the first is what float32 costs a graph on an input.
 */
import type { DType } from '../../graph/types.ts';
import type { TensorData } from '../../graph/tensor.ts';

/** The ways to compute in float32. */
export const roundings = [
  /** Every op is exact, and rounded once: the best there is. */
  'each op',
  /** Sums are rounded at every term, first to last. */
  'forward',
  /** The same from last to first, and what is too small for a normal number is 0, as on many cards. */
  'backward',
] as const;

export type Rounding = (typeof roundings)[number];

/** A run is one call that nothing interrupts, so that one is enough for all. */
let current: Rounding | undefined;

/** Runs `action` with every op rounded so; undefined for double precision. */
export function computingIn<T>(rounding: Rounding | undefined, action: () => T): T {
  const before = current;
  current = rounding;
  try {
    return action();
  } finally {
    current = before;
  }
}

/** Zeros to add the terms of sums to: an array of float32 rounds at every one of them. */
export function sums(length: number): Float64Array | Float32Array {
  return current === 'forward' || current === 'backward'
    ? new Float32Array(length)
    : new Float64Array(length);
}

/** Which of `count` terms comes at the place `i`. */
export function inOrder(i: number, count: number): number {
  return current === 'backward' ? count - 1 - i : i;
}

/** Σ term(i) of `count` terms. */
export function total(count: number, term: (i: number) => number): number {
  const sum = sums(1);
  for (let i = 0; i < count; i++) sum[0]! += term(inOrder(i, count));
  return sum[0]!;
}

/** Whether scale and shift of a batch norm are made one product and one sum first, as optimisers do. */
export function foldsNorms(): boolean {
  return current === 'forward';
}

const smallestNormal = 2 ** -126;

/** What a kernel has computed, as this arithmetic holds it. */
export function rounded(dtype: DType, data: TensorData): TensorData {
  if (dtype !== 'float32') return data;
  if (current === undefined) return data instanceof Float32Array ? Float64Array.from(data) : data;
  const flush = current === 'backward';
  return Float64Array.from(data, (value) => {
    const single = Math.fround(value);
    return flush && Math.abs(single) < smallestNormal ? 0 : single;
  });
}
