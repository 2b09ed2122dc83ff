/** What the passes share: constant matrices, extents, flipped filters. */
import { internal } from '../../../errors.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import type { Value } from '../../../graph/types.ts';

type Pair = readonly [number, number];

const matrices = new WeakMap<GraphBuilder, Map<string, Value>>();

/**
 * A constant matrix [rows, columns]. `key` names it among all matrices of its size: making one is slow, and the convolutions of
 * a network need the same few.
 */
export function matrix(
  b: GraphBuilder,
  [rows, columns]: Pair,
  key: string,
  entry: (row: number, column: number) => number,
): Value {
  const made = matrices.get(b) ?? new Map<string, Value>();
  matrices.set(b, made);
  const full = `${rows}x${columns} ${key}`;
  const known = made.get(full);
  if (known !== undefined) return known;
  const values = Array.from({ length: rows * columns }, (_, i) =>
    entry(Math.floor(i / columns), i % columns),
  );
  const built = b.constant(values, [rows, columns]);
  made.set(full, built);
  return built;
}

/** The extents of a tensor if all of them are known. */
export function knownShape(value: Value): readonly number[] | undefined {
  const { shape } = value.type;
  return shape.every((dim) => typeof dim === 'number') ? shape : undefined;
}

/** The extents of a tensor [N, C, H, W] if all of them are known. */
export function knownImage(value: Value): readonly [number, number, number, number] | undefined {
  const [n, c, h, w] = knownShape(value) ?? [];
  return n === undefined || c === undefined || h === undefined || w === undefined ? undefined : [n, c, h, w];
}

/** Input `index` of a node, which inference has shown to be there. */
export function inputAt(inputs: readonly Value[], index: number): Value {
  const input = inputs[index];
  if (input === undefined) throw internal(`input ${index} is missing after inference let it pass`);
  return input;
}

/** The value with the order along some axes reversed. */
export function flipped(b: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const turning = axes.filter((axis) => x.type.shape[axis] !== 1);
  if (turning.length === 0) return x;
  return b.op('Slice', [x], {
    starts: turning.map(() => -1),
    ends: turning.map(() => Number.MIN_SAFE_INTEGER),
    axes: turning,
    steps: turning.map(() => -1),
  });
}

/** The largest divisor of `value` up to `limit`. */
export function divisorUpTo(value: number, limit: number): number {
  for (let divisor = Math.min(value, limit); divisor > 1; divisor--)
    if (value % divisor === 0) return divisor;
  return 1;
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
