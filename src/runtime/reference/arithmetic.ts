/**
 * What the reference runtime computes in: double precision, or as a runtime in float32 does, in one of several ways that
 * are all right. How far these are from the first is what float32 costs a graph on an input.
 */
import type { DType, Node, Value } from '../../graph/types.ts';
import type { TensorData } from '../../graph/tensor.ts';
import { roundToEven } from '../scalars.ts';

/** The ways to compute in float32. */
export const roundings = [
  /** Every op is exact, and rounded once: the best there is. */
  'each op',
  /** Sums are rounded at every term, first to last, and functions of libraries are off by all that they may be. */
  'forward',
  /** The same from last to first and the other way, and what is too small for a normal number is 0, as on many cards. */
  'backward',
] as const;

/**
 * Ways to compute in float32 what has steps: numbers that become whole ones are first moved up, or down, by as much as a
 * runtime may be off there, so that all which lie near the middle between two steps take the other.
 */
export const stepRoundings = ['each op', 'steps up', 'steps down'] as const;

/**
 * What a file of doubles is measured by: every op rounded once, to the digits of float32 and the range of a double; and double
 * precision with its sums from last to first.
 */
export const doubleRoundings = ['digits', 'reversed'] as const;

/**
 * Some nodes in a format that is narrower than float32, and the others in float32, every op rounded once; sums are of more
 * digits, as on every processor.
 */
export interface NarrowRounding {
  readonly narrow: ReadonlyMap<Node, 'float16' | 'bfloat16'>;
}

/** A value that decides something: what it is, and by how much each of its numbers is moved. */
export interface Moved {
  readonly from: Float64Array;
  readonly by: Float64Array;
}

/** Double precision, with what decides moved (`decisions.ts`). */
export interface MovedRounding {
  /** The nodes that see it moved. */
  readonly at: ReadonlySet<Node>;
  readonly moved: ReadonlyMap<Value, Moved>;
  /** 1 where a comparison is of two that are the same however they are rounded. */
  readonly tied: ReadonlyMap<Node, Uint8Array>;
  /** Up, down, or some up and the others down. */
  readonly way: 'up' | 'down' | 'apart';
}

export type Rounding =
  | (typeof roundings)[number]
  | (typeof stepRoundings)[number]
  | (typeof doubleRoundings)[number]
  | NarrowRounding
  | MovedRounding;

/** Bits of the fraction, the exponent of the smallest normal number, and the largest number. */
const formats = {
  float16: { fraction: 10, least: -14, most: 65_504 },
  bfloat16: { fraction: 7, least: -126, most: 2 ** 127 * (2 - 2 ** -7) },
} as const;

/** Half a unit in the last place, as a share of a number, of each format. */
export const halfUnits = { float32: 2 ** -24, float16: 2 ** -11, bfloat16: 2 ** -8 } as const;

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

/** What is moved, where something is. */
export function currentMove(): MovedRounding | undefined {
  return typeof current === 'object' && 'moved' in current ? current : undefined;
}

/** Whether nothing is rounded. */
function isExact(): boolean {
  return current === undefined || current === 'reversed' || currentMove() !== undefined;
}

/** Zeros to add the terms of sums to: an array of float32 rounds at every one of them. */
export function sums(length: number): Float64Array | Float32Array {
  return current === 'forward' || current === 'backward'
    ? new Float32Array(length)
    : new Float64Array(length);
}

/** Which of `count` terms comes at the place `i`. */
export function inOrder(i: number, count: number): number {
  return current === 'backward' || current === 'reversed' ? count - 1 - i : i;
}

/** Σ term(i) of `count` terms. */
export function total(count: number, term: (i: number) => number): number {
  const sum = sums(1);
  for (let i = 0; i < count; i++) sum[0]! += term(inOrder(i, count));
  return sum[0]!;
}

/**
 * Whether what is no number is passed over where the largest is looked for, as some runtimes do where they look for what to
 * quantise by. Others find no number, and then nothing that is quantised is one.
 */
export function passesOverNaN(): boolean {
  return current === 'steps up' || current === 'steps down';
}

/** ONNX leaves undefined what it is: no number in one runtime, 0 in another. */
export function meanOfNothing(): number {
  return isExact() ? NaN : 0;
}

/** Whether scale and shift of a batch norm are made one product and one sum first, as optimisers do. */
export function foldsNorms(): boolean {
  return current === 'forward';
}

/**
 * Which way a function of a library is off at the place `at` of many, in half units: up or down, the other way in the other of two
 * ways to round, and 0 where nothing is to be off. As a coin would say it, since what is off one way everywhere adds up.
 */
export function libraryPush(at: number): -1 | 0 | 1 {
  if (current !== 'forward' && current !== 'backward') return 0;
  return (current === 'forward') === isHeads(at) ? 1 : -1;
}

/** As a coin says it that falls the same way at a place every time. */
export function isHeads(at: number): boolean {
  let mixed = Math.imul(at ^ (at >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) & 1) === 0;
}

/** 2²⁹ + 1: what leaves a double the digits of float32 (Veltkamp's splitting). */
const splitter = 2 ** 29 + 1;

function digits(value: number): number {
  const most = splitter * value;
  return Number.isFinite(most) ? most - (most - value) : value;
}

const smallestNormal = 2 ** -126;

/** How far a number that is about to become a whole one may be off, in half units of the largest of its tensor. */
export const stepPush = 4;
/** What is beyond any type of whole numbers that is stepped to, such as the minus infinity of a mask, is not counted. */
const mostSteps = 2 ** 16;

/**
 * Numbers that are about to become whole ones, as this arithmetic has them. What is no number becomes any: the largest of
 * the type in one runtime, the smallest in another.
 */
export function beforeSteps(data: TensorData): TensorData {
  if (current !== 'steps up' && current !== 'steps down') return data;
  let largest = 0;
  for (const value of data) {
    const size = Math.abs(value);
    if (size > largest && size < mostSteps) largest = size;
  }
  const direction = current === 'steps up' ? 1 : -1;
  const push = direction * stepPush * halfUnits.float32 * largest;
  const pushed = new Float64Array(data);
  for (let i = 0; i < pushed.length; i++) {
    pushed[i] = Number.isNaN(pushed[i]) ? direction * Infinity : pushed[i]! + push;
  }
  return pushed;
}

const bits = new Float32Array(1);
const exponents = new Uint32Array(bits.buffer);

/** The nearest number of a format; of two that are equally near, the even one. */
function narrowed(value: number, { fraction, least, most }: (typeof formats)[keyof typeof formats]): number {
  if (!Number.isFinite(value)) return value;
  bits[0] = value;
  const exponent = Math.max(least, ((exponents[0]! >>> 23) & 255) - 127);
  const unit = 2 ** (exponent - fraction);
  const near = roundToEven(value / unit) * unit;
  return Math.abs(near) > most ? Math.sign(near) * Infinity : near;
}

/**
 * What a kernel has computed, as this arithmetic holds it. A network spends here as much as in its sums, unless arrays are made
 * from arrays, which goes without a call for each number.
 */
export function rounded(dtype: DType, data: TensorData, node?: Node): TensorData {
  if (dtype !== 'float32') return data;
  if (isExact()) return data instanceof Float32Array ? new Float64Array(data) : data;
  if (current === 'digits') return new Float64Array(data).map(digits);
  const narrow =
    typeof current === 'object' && 'narrow' in current && node !== undefined
      ? current.narrow.get(node)
      : undefined;
  if (narrow !== undefined) {
    const format = formats[narrow];
    const held = new Float64Array(data);
    for (let i = 0; i < held.length; i++) held[i] = narrowed(held[i]!, format);
    return held;
  }
  const held = new Float64Array(data instanceof Float32Array ? data : new Float32Array(data));
  if (current === 'backward') {
    for (let i = 0; i < held.length; i++) if (Math.abs(held[i]!) < smallestNormal) held[i] = 0;
  }
  return held;
}
