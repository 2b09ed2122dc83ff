/**
 * The rules that nodes obey, and the arithmetic of shapes that they share.
 *
 * An op's inference function is also its checker: it either returns the types of the node's outputs or fails a rule.
 * Failing throws `BrokenRule`; the builder catches it and adds which node it was and what it was given.
 */
import type { OpAttributes, OpName } from '../attributes.ts';
import type { DType, Dim, Shape, TensorType } from '../types.ts';

/** A rule that a node breaks. `help` says what would satisfy it. */
export class BrokenRule extends Error {
  readonly help: string;
  constructor(rule: string, help: string) {
    super(rule);
    this.help = help;
  }
}

/**
 * Two extents that must be one, and of which one at least is open: nothing says that they are equal, and nothing that
 * they are not.
 */
export class ExtentsMeet extends BrokenRule {
  readonly extents: readonly [Dim, Dim];
  constructor(extents: readonly [Dim, Dim], rule: string, help: string) {
    super(rule, help);
    this.extents = extents;
  }
}

export type Infer<K extends OpName> = (
  inputs: readonly TensorType[],
  attributes: OpAttributes[K],
) => readonly TensorType[];

export interface OpDefinition<K extends OpName> {
  /** How many inputs: [least, most]. */
  readonly arity: readonly [number, number];
  readonly infer: Infer<K>;
}

export function ensure(condition: boolean, rule: string, help: string): asserts condition {
  if (!condition) throw new BrokenRule(rule, help);
}

/** Input `index`, which arity has shown to be there. */
export function at(inputs: readonly TensorType[], index: number): TensorType {
  const type = inputs[index];
  ensure(type !== undefined, `input ${index} is missing`, 'Pass every input that the op takes.');
  return type;
}

export function requireType(type: TensorType, dtype: DType, what: string): void {
  ensure(type.dtype === dtype, `${what} must be ${dtype}, not ${type.dtype}`, `Cast ${what} to ${dtype}.`);
}

export function requireRank(type: TensorType, rank: number, what: string): void {
  ensure(
    type.shape.length === rank,
    `${what} must have ${rank} dimensions, not ${type.shape.length}`,
    `Reshape ${what} to rank ${rank}.`,
  );
}

export function requireSameShape(a: TensorType, b: TensorType, what: string): void {
  const rule = `${what} must have one shape, not ${showShape(a.shape)} and ${showShape(b.shape)}`;
  ensure(a.shape.length === b.shape.length, rule, 'Make the shapes equal.');
  a.shape.forEach((dim, axis) => requireSameExtent(dim, b.shape[axis] ?? 1, rule, 'Make the shapes equal.'));
}

/** More numbers than any memory holds. */
export class TooWide extends BrokenRule {}

/** Places in a tensor are whole numbers of 32 bits; so many numbers are 16 GB in double precision. */
export const mostNumbers = 2 ** 31 - 1;

/** An open extent may be 1. */
export function requireHoldable({ dtype, shape }: TensorType): void {
  const least = shape.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : 1), 1);
  if (least <= mostNumbers) return;
  throw new TooWide(
    `it makes ${dtype}${showShape(shape)}: too many numbers to hold`,
    'Give the model smaller extents.',
  );
}

/** Fails the rule where two extents differ, in its own way where one of them is open. */
export function requireSameExtent(a: Dim, b: Dim, rule: string, help: string): void {
  if (a === b) return;
  if (typeof a === 'string' || typeof b === 'string') throw new ExtentsMeet([a, b], rule, help);
  throw new BrokenRule(rule, help);
}

/** The extent of an axis that has to be known when the graph is built. */
export function known(dim: Dim | undefined, what: string): number {
  ensure(
    typeof dim === 'number',
    `${what} must be known, not '${String(dim)}'`,
    'Only the batch may be left open; give every other extent a number.',
  );
  return dim;
}

/** An axis counted from the front; negative ones count from the back. */
export function axisOf(axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  ensure(
    Number.isInteger(axis) && resolved >= 0 && resolved < Math.max(rank, 1),
    `axis ${axis} is outside a tensor of ${rank} dimensions`,
    `Use an axis from ${-rank} to ${rank - 1}.`,
  );
  return resolved;
}

/** NumPy's broadcasting, as ONNX has it. A named extent broadcasts with itself and with 1. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - (rank - a.length)] ?? 1;
    const right = b[axis - (rank - b.length)] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    requireSameExtent(
      left,
      right,
      `shapes ${showShape(a)} and ${showShape(b)} do not broadcast: ${left} meets ${right}`,
      'Extents must be equal, or one of them 1.',
    );
    return left;
  });
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function showType(type: TensorType): string {
  return `${type.dtype}${showShape(type.shape)}`;
}

export function float(shape: Shape): TensorType {
  return { dtype: 'float32', shape };
}
