/** What a lowering is, and the pieces that many of them are made of. */
import type { OnnxDataType } from '../../../proto/onnx.ts';
import type { OpAttributes, OpName } from '../../../src/graph/attributes.ts';
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { DType, Value } from '../../../src/graph/types.ts';
import { Unreadable, type NodeReader } from '../node-reader.ts';
import { rangeOf } from '../tensors.ts';

/** An output whose type in the file is not that of the node's first input of its kind. */
export interface Typed {
  readonly value: Value;
  readonly dtype: OnnxDataType;
}

export type Output = Value | Typed;

/** An op of a file as one or more ops of ours. Throws `Unreadable` where it means what ours cannot. */
export type Lower = (node: NodeReader) => Output | readonly Output[];

/** Lowerings by the name of ONNX's op. */
export type Lowerings = Readonly<Record<string, Lower>>;

type None = Readonly<Record<string, never>>;
export type BareOp = { [K in OpName]: None extends OpAttributes[K] ? K : never }[OpName];

/** An op without attributes. */
export function apply(b: GraphBuilder, op: BareOp, ...inputs: readonly Value[]): Value {
  // Ops of this kind share one form; which of them it is makes no difference to the types.
  return b.op(op as 'Neg', inputs);
}

/** A function of float32, applied to whatever numbers the first input holds; whole numbers stay so. */
export function onFloats(f: (b: GraphBuilder, x: Value, node: NodeReader) => Value): Lower {
  return (node) => {
    const { dtype } = node.tensor(0).type;
    return node.as(f(node.b, node.float(0), node), dtype);
  };
}

export function where(b: GraphBuilder, condition: Value, yes: Value, no: Value): Value {
  return b.op('Where', [condition, yes, no]);
}

/** A constant of one number, of the type of `like`. */
export function scalarLike(b: GraphBuilder, like: Value, value: number): Value {
  return scalarOf(b, like.type.dtype, value);
}

export function scalarOf(b: GraphBuilder, dtype: DType, value: number): Value {
  return b.op('Constant', [], { dtype, shape: [], values: [value] });
}

export function integersOf(b: GraphBuilder, values: readonly number[], shape = [values.length]): Value {
  return b.op('Constant', [], { dtype: 'int64', shape, values });
}

/** More than any network needs: the mask of 8,192 places against each other has so many. */
const mostNumbers = 2 ** 26;

/**
 * As many values as a file asks for, by their places.
 *
 * @throws Unreadable where that is more than a file can mean, and memory would not hold
 */
export function listOf<T>(count: number, make: (i: number) => T): T[] {
  if (count > mostNumbers) throw new Unreadable(`asks for ${count} values; ${mostNumbers} are supported`);
  return Array.from({ length: count }, (_, i) => make(i));
}

export function floorOf(b: GraphBuilder, x: Value): Value {
  return b.op('Floor', [x]);
}

/** Towards 0. */
export function truncated(b: GraphBuilder, x: Value): Value {
  const size = b.op('Floor', [b.op('Abs', [x])]);
  return where(b, b.op('Less', [x, b.constant(0)]), b.op('Neg', [size]), size);
}

/** At least `least` and at most `most`. */
export function clamped(b: GraphBuilder, x: Value, least: number, most: number): Value {
  return b.op('Min', [b.op('Max', [x, scalarLike(b, x, least)]), scalarLike(b, x, most)]);
}

/** Whole numbers as a narrow type holds them: what does not fit wraps around. */
export function wrapped(b: GraphBuilder, x: Value, dtype: OnnxDataType): Value {
  const range = rangeOf(dtype);
  if (range === undefined || x.type.dtype !== 'int64') return x;
  const [least, most] = range;
  const count = most - least + 1;
  const turned = (value: Value, turns: Value) =>
    b.op('Sub', [value, b.op('Mul', [turns, scalarLike(b, x, count)])]);
  const turnsOf = (value: Value) =>
    b.op('Cast', [floorOf(b, b.op('Div', [b.op('Cast', [value], { to: 'float32' }), b.constant(count)]))], {
      to: 'int64',
    });
  // A number of 32 bits is rounded where it is divided. What it is then off by a few turns, is small enough to be divided.
  const most32 = 2 ** 31 / count;
  const near = turned(x, clamped(b, turnsOf(x), -most32, most32 - 1));
  const above = b.op('Sub', [near, scalarLike(b, x, least)]);
  return b.op('Add', [turned(above, turnsOf(above)), scalarLike(b, x, least)]);
}

/** What numbers without a sign are as rows of bits, where these say another number with one. */
const rows = new WeakMap<Value, Value>();

/** Whether a type has numbers without a sign that a graph does not keep. */
export function isWideUnsigned(dtype: OnnxDataType): boolean {
  return dtype === 'uint32' || dtype === 'uint64';
}

/**
 * Rows of bits as numbers without a sign. Those that have the highest bit are beyond what a graph keeps: a run is refused where
 * one of them is asked for, and not where it is only cast, or shifted, to what is kept.
 */
export function unsigned(b: GraphBuilder, bits: Value): Value {
  const half = where(
    b,
    b.op('Less', [bits, scalarLike(b, bits, 0)]),
    scalarLike(b, bits, -(2 ** 31)),
    scalarLike(b, bits, 0),
  );
  // Above by 2³², in two steps, of which the first is within 32 bits.
  const value = b.op('Sub', [b.op('Sub', [bits, half]), half]);
  rows.set(value, bits);
  return value;
}

/** As rows of bits, which with a sign may be another number. */
export function rowOf(x: Value): Value {
  return rows.get(x) ?? x;
}

/** A vector [n] that broadcasts along one axis of a tensor of `rank`. */
export function alongAxis(b: GraphBuilder, vector: Value, axis: number, rank: number): Value {
  if (vector.type.shape.length !== 1) return vector;
  const shape = Array.from({ length: rank }, (_, i) => (i === axis ? -1 : 1));
  return b.op('Reshape', [vector], { shape });
}

export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** One slice along one axis. */
export function slice(
  b: GraphBuilder,
  x: Value,
  axis: number,
  start: number,
  end: number,
  step: number = 1,
): Value {
  return b.op('Slice', [x], { starts: [start], ends: [end], axes: [axis], steps: [step] });
}

/** Beyond every extent. */
export const endless = Number.MAX_SAFE_INTEGER;

export function flipped(b: GraphBuilder, x: Value, axis: number): Value {
  return slice(b, x, axis, -1, -endless, -1);
}

/** With one axis in front, or back where it was. */
export function moved(b: GraphBuilder, x: Value, axis: number, where: 'front' | 'back'): Value {
  const rank = x.type.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (at === 0) return x;
  const rest = Array.from({ length: rank - 1 }, (_, i) => i);
  const perm =
    where === 'front'
      ? [at, ...rest.map((i) => (i < at ? i : i + 1))]
      : [...rest.slice(0, at).map((i) => i + 1), 0, ...rest.slice(at).map((i) => i + 1)];
  return b.op('Transpose', [x], { perm });
}

export function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}
