/** Reductions, along axes that are an attribute in older operator sets and an input in newer ones. */
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { needed, type NodeReader } from '../node-reader.ts';
import { minus } from '../../../src/graph/extent.ts';
import { materialised } from '../known.ts';
import {
  flag,
  flipped,
  fromFront,
  listOf,
  moved,
  scalarLike,
  slice,
  type Lower,
  type Lowerings,
} from './lowering.ts';

interface Along {
  readonly axes: readonly number[];
  readonly keepdims: 0 | 1;
}

type Reduce = (b: GraphBuilder, x: Value, along: Along) => Value;

function along(node: NodeReader): Along {
  const keepdims = node.flag('keepdims', 1);
  const nothing = node.flag('noop_with_empty_axes', 0);
  const given = node.list('axes', 1) ?? [];
  const every = node.shape(0).map((_, axis) => axis);
  // No axes means all of them, unless the node says that it means none.
  return { axes: given.length > 0 || nothing === 1 ? given : every, keepdims };
}

function reduction(reduce: Reduce): Lower {
  return (node) => {
    const { dtype } = node.tensor(0).type;
    const reduced = reduce(node.b, node.float(0), along(node));
    // Where there are no flags none is set, though the largest of nothing is −∞.
    const least = dtype === 'bool' ? node.b.op('Max', [reduced, node.b.constant(0)]) : reduced;
    return node.as(least, dtype);
  };
}

const sum: Reduce = (b, x, at) => b.op('ReduceSum', [x], at);
export const largest: Reduce = (b, x, at) => b.op('ReduceMax', [x], at);

export const smallest: Reduce = (b, x, at) => b.op('Neg', [largest(b, b.op('Neg', [x]), at)]);

function squared(b: GraphBuilder, x: Value): Value {
  return b.op('Mul', [x, x]);
}

/** The largest is taken off first, so that no exponential overflows; an infinite one is not. */
const logSumExp: Reduce = (b, x, { axes, keepdims }) => {
  const top = largest(b, x, { axes, keepdims: 1 });
  const finite = b.op('Less', [b.op('Abs', [top]), b.constant(Infinity)]);
  const peak = b.op('Where', [finite, top, b.constant(0)]);
  const rest = b.op('Log', [sum(b, b.op('Exp', [b.op('Sub', [x, peak])]), { axes, keepdims })]);
  const kept = keepdims === 1 ? peak : b.op('Squeeze', [peak], { axes });
  return b.op('Add', [rest, kept]);
};

/** One half by the other, again and again: there is no op that multiplies along an axis. */
export const product: Reduce = (b, x, { axes, keepdims }) => {
  const rank = x.type.shape.length;
  const sorted = axes.map((axis) => fromFront(axis, rank));
  const whole = sorted.reduce((left, axis) => productAlong(b, left, axis), x);
  return keepdims === 1 ? whole : b.op('Squeeze', [whole], { axes: sorted });
};

function productAlong(b: GraphBuilder, x: Value, axis: number): Value {
  const extent = x.type.shape[axis];
  if (typeof extent !== 'number') {
    return b.op('Unsqueeze', [stepByStep(b, x, axis, 'Mul').whole], { axes: [axis] });
  }
  if (extent === 0) {
    return b.op('Expand', [scalarLike(b, x, 1)], { shape: x.type.shape.with(axis, 1) });
  }
  let [whole, left] = [x, extent];
  let odd: Value | undefined;
  while (left > 1) {
    const half = Math.floor(left / 2);
    const [first, second] = [slice(b, whole, axis, 0, half), slice(b, whole, axis, half, 2 * half)];
    if (left % 2 === 1) {
      const last = slice(b, whole, axis, left - 1, left);
      odd = odd === undefined ? last : b.op('Mul', [odd, last]);
    }
    [whole, left] = [b.op('Mul', [first, second]), half];
  }
  return odd === undefined ? whole : b.op('Mul', [whole, odd]);
}

function argument(turn: (b: GraphBuilder, x: Value) => Value): Lower {
  return (node) => {
    const { b } = node;
    const axis = node.int('axis', 0);
    const keepdims = node.flag('keepdims', 1);
    const x = turn(b, node.float(0));
    if (node.flag('select_last_index', 0) === 0) {
      return { value: b.op('ArgMax', [x], { axis, keepdims }), dtype: 'int64' };
    }
    const extent = needed(x.type.shape.at(axis), 'axis');
    const fromBack = b.op('ArgMax', [flipped(b, x, axis)], { axis, keepdims });
    const last = materialised(b, { dtype: 'int64', shape: [], data: [minus(extent, 1)] });
    return { value: b.op('Sub', [last, fromBack]), dtype: 'int64' };
  };
}

/** What comes of a slice of x along an axis after the other: before or after each, and of all of them. */
function stepByStep(
  b: GraphBuilder,
  x: Value,
  axis: number,
  op: 'Add' | 'Mul',
  exclusive = false,
): { readonly whole: Value; readonly every: Value } {
  const rest = x.type.shape.toSpliced(axis, 1);
  const body = new GraphBuilder();
  const [before, here] = [body.input('before', rest), body.input('here', rest)];
  const after = body.op(op, [before, here]);
  const step = body.finish('step', { after, every: body.op('Identity', [exclusive ? before : after]) });
  const start = b.op('Expand', [b.constant(op === 'Add' ? 0 : 1)], { shape: rest });
  const sequence = moved(b, x, axis, 'front');
  const [whole, every] = b.node('Scan', [start, sequence], { body: step, states: 1, sequences: 1 });
  return { whole: needed(whole, 'result'), every: moved(b, needed(every, 'results'), axis, 'back') };
}

/** Where a sum along an axis is a product with a triangle of ones, and where one of each place is written out. */
const mostInTriangle = 4096;
const mostWritten = 256;

interface Cumulated {
  readonly axis: number;
  /** Whether each place is of those before it alone. */
  readonly exclusive: boolean;
  /** Whether what counts as before it is what comes after it. */
  readonly reverse: boolean;
  /** Whether there may be infinite numbers among them, or none. */
  readonly mayBeInfinite: boolean;
}

/** Step by step, where it is not made in another way. */
function cumulative(
  op: 'Add' | 'Mul',
  short: (b: GraphBuilder, x: Value, how: Cumulated) => Value | undefined,
): Lower {
  return (node) => {
    const { b } = node;
    const x = node.float(0);
    const axis = fromFront(node.number(1, 'axis') ?? 0, x.type.shape.length);
    const [exclusive, reverse] = [node.flag('exclusive', 0) === 1, node.flag('reverse', 0) === 1];
    const turned = (value: Value) => (reverse ? flipped(b, value, axis) : value);
    const { dtype } = node.tensor(0).type;
    const made =
      short(b, x, { axis, exclusive, reverse, mayBeInfinite: dtype === 'float32' }) ??
      turned(stepByStep(b, turned(x), axis, op, exclusive).every);
    return node.as(made, dtype);
  };
}

/** A product with a triangle of ones, in which what is infinite, or no number, would be all of a row: that is added by itself. */
function sumsAlong(b: GraphBuilder, x: Value, how: Cumulated): Value | undefined {
  const { shape } = x.type;
  const size = shape[how.axis];
  if (typeof size !== 'number' || size > mostInTriangle) return undefined;
  if (!how.mayBeInfinite) return inTriangle(b, x, size, how);
  const none = b.constant(0);
  const hasSize = b.op('Equal', [b.op('Sub', [x, x]), none]);
  const sums = inTriangle(b, b.op('Where', [hasSize, x, none]), size, how);
  return b.op('Add', [sums, inDoublings(b, b.op('Where', [hasSize, none, x]), size, how)]);
}

function inTriangle(b: GraphBuilder, x: Value, size: number, { axis, exclusive, reverse }: Cumulated): Value {
  const { shape } = x.type;
  const none = flag(exclusive);
  const counts = (from: number, to: number) => (reverse ? from >= to + none : from <= to - none);
  const triangle = listOf(size * size, (i) => (counts(Math.floor(i / size), i % size) ? 1 : 0));
  const order = shape.map((_, i) => i);
  const perm = [...order.filter((i) => i !== axis), axis];
  const turned = b.op('Transpose', [x], { perm });
  const wide = shape.length === 1 ? b.op('Unsqueeze', [turned], { axes: [0] }) : turned;
  const sums = b.op('MatMul', [wide, b.constant(triangle, [size, size])]);
  const narrow = shape.length === 1 ? b.op('Squeeze', [sums], { axes: [0] }) : sums;
  return b.op('Transpose', [narrow], { perm: order.map((i) => perm.indexOf(i)) });
}

/**
 * Sums of 1, 2, 4, … neighbours, which are few ops. Numbers are not rounded as in a sum of one after the other, which 0, what is
 * infinite and what is no number do not show.
 */
function inDoublings(
  b: GraphBuilder,
  x: Value,
  size: number,
  { axis, exclusive, reverse }: Cumulated,
): Value {
  const moved = (value: Value, by: number): Value => {
    const kept = reverse ? slice(b, value, axis, by, size) : slice(b, value, axis, 0, size - by);
    const gap = b.op('Expand', [b.constant(0)], { shape: x.type.shape.with(axis, by) });
    return b.op('Concat', reverse ? [kept, gap] : [gap, kept], { axis });
  };
  if (size === 0) return x;
  let sums = exclusive ? moved(x, 1) : x;
  for (let by = 1; by < size; by *= 2) sums = b.op('Add', [sums, moved(sums, by)]);
  return sums;
}

/** Each place the product of those up to it. */
function productsAlong(
  b: GraphBuilder,
  x: Value,
  { axis, exclusive, reverse }: Cumulated,
): Value | undefined {
  const size = x.type.shape[axis];
  if (typeof size !== 'number' || size > mostWritten) return undefined;
  const turned = reverse ? flipped(b, x, axis) : x;
  const parts = Array.from({ length: size }, (_, i) => slice(b, turned, axis, i, i + 1));
  const made: Value[] = [];
  for (const part of parts) {
    const before = made.at(-1);
    made.push(before === undefined ? part : b.op('Mul', [before, part]));
  }
  const [first] = parts;
  if (first === undefined) return x;
  const one = b.op('Expand', [b.constant(1)], { shape: [...first.type.shape] });
  const whole = b.op('Concat', exclusive ? [one, ...made.slice(0, -1)] : made, { axis });
  return reverse ? flipped(b, whole, axis) : whole;
}

export const reductionLowerings: Lowerings = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction((b, x, at) => b.op('ReduceMean', [x], at)),
  ReduceMax: reduction(largest),
  ReduceMin: reduction(smallest),
  ReduceProd: reduction(product),
  ReduceL1: reduction((b, x, at) => sum(b, b.op('Abs', [x]), at)),
  ReduceL2: reduction((b, x, at) => b.op('Sqrt', [sum(b, squared(b, x), at)])),
  ReduceSumSquare: reduction((b, x, at) => sum(b, squared(b, x), at)),
  ReduceLogSum: reduction((b, x, at) => b.op('Log', [sum(b, x, at)])),
  ReduceLogSumExp: reduction(logSumExp),
  ArgMax: argument((_, x) => x),
  ArgMin: argument((b, x) => b.op('Neg', [x])),
  CumSum: cumulative('Add', sumsAlong),
  CumProd: cumulative('Mul', productsAlong),
};
