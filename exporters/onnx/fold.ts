/**
 * What follows from shapes and constants, worked out while a file is read: exporters compute the operands of a Reshape
 * by nodes (Shape → Gather → Concat), and a graph of ours wants them as attributes. Elements may be open extents.
 */
import { elementsOf, floorDivide, isName, minus, plus, quotient, times } from '../../src/graph/extent.ts';
import { sizeOf } from '../../src/graph/tensor.ts';
import type { DType, Dim } from '../../src/graph/types.ts';
import { dataTypeOf } from '../../proto/onnx.ts';
import { constantOf } from './lower/constant.ts';
import { commonShape, knownOf, largestKnown, spread, vectorOf, type Known } from './known.ts';
import {
  concat,
  constantOfShape,
  cut,
  expand,
  gather,
  nonZero,
  range,
  rearranged,
  reshape,
  split,
  tile,
  transpose,
  type Fold,
} from './fold-lists.ts';
import type { NodeReader } from './node-reader.ts';
import { kindOf } from './tensors.ts';

/** The outputs of a node, where they can be known. */
export function folded(node: NodeReader): readonly Known[] | undefined {
  const fold = Object.hasOwn(folds, node.op) ? folds[node.op] : undefined;
  const result = fold?.(node);
  if (result === undefined) return undefined;
  const list = 'dtype' in result ? [result] : result;
  return list.every(({ data, shape }) => data.length === sizeOf(shape)) ? list : undefined;
}

type Scalar = (a: Dim, b: Dim) => Dim | undefined;

function elementwise(f: Scalar, result?: DType): Fold {
  return (node) => {
    const [a, b] = [node.knownOrNot(0), node.knownOrNot(1)];
    // Before opset 7, operands could meet at other axes than the last.
    if (a === undefined || b === undefined || node.opset < 7) return undefined;
    const shape = commonShape(a.shape, b.shape);
    if (shape === undefined || sizeOf(shape) > largestKnown) return undefined;
    const [left, right] = [spread(a, shape), spread(b, shape)];
    const data = left.map((value, i) => f(value, right[i] ?? 0));
    return data.every((value) => value !== undefined) ? { dtype: result ?? a.dtype, shape, data } : undefined;
  };
}

function mapped(f: (a: Dim, node: NodeReader) => Dim | undefined, result?: DType): Fold {
  return (node) => {
    const a = node.knownOrNot(0);
    const data = a?.data.map((value) => f(value, node));
    if (a === undefined || data === undefined) return undefined;
    return data.every((value) => value !== undefined) ? { ...a, dtype: result ?? a.dtype, data } : undefined;
  };
}

/** Numbers only: nothing is known of how open extents compare, but that they are at least 0. */
function compared(f: (a: number, b: number) => boolean): Scalar {
  return (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return f(a, b) ? 1 : 0;
    if (typeof a === 'string' && isName(a) && typeof b === 'number' && b < 0) return f(1, b) ? 1 : 0;
    if (typeof b === 'string' && isName(b) && typeof a === 'number' && a < 0) return f(a, 1) ? 1 : 0;
    return a === b ? (f(1, 1) ? 1 : 0) : undefined;
  };
}

function logical(f: (a: boolean, b: boolean) => boolean): Scalar {
  return (a, b) => (f(a !== 0, b !== 0) ? 1 : 0);
}

/** Of whole numbers the fraction is cut off; of open ones nothing is left over, or it is taken down. */
const divided: (whole: boolean) => Scalar = (whole) => (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') return whole ? Math.trunc(a / b) : a / b;
  const exact = quotient(a, b);
  if (exact !== undefined || !whole) return exact;
  return typeof b === 'number' && b > 0 ? floorDivide(a, b) : undefined;
};

const multiplied: Scalar = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const fraction = [a, b].some((one) => typeof one === 'number' && !Number.isInteger(one));
  return fraction ? undefined : times(a, b);
};

const extremum =
  (f: (a: number, b: number) => number, largestWins: boolean): Scalar =>
  (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return f(a, b);
    if (a === b) return a;
    const [open, number] = typeof a === 'string' ? [a, b] : [b, a];
    if (typeof open !== 'string' || typeof number !== 'number') return undefined;
    // An extent is at least 1, and less than any end that stands for "as far as it goes".
    if (number <= 1) return largestWins ? open : undefined;
    return number >= 2 ** 31 - 1 && !largestWins ? open : undefined;
  };

const where: Fold = (node) => {
  const [condition, a, b] = [0, 1, 2].map((i) => node.knownOrNot(i));
  if (condition === undefined || a === undefined || b === undefined) return undefined;
  const shape = commonShape(commonShape(condition.shape, a.shape) ?? [], b.shape);
  if (shape === undefined || sizeOf(shape) > largestKnown) return undefined;
  const [choice, yes, no] = [spread(condition, shape), spread(a, shape), spread(b, shape)];
  return { dtype: a.dtype, shape, data: choice.map((value, i) => (value === 0 ? no[i] : yes[i]) ?? 0) };
};

/** To a type that the node names, or to that of another input. */
const cast: Fold = (node) => {
  node.ignore('saturate', 'round_mode');
  const x = node.knownOrNot(0);
  const to = node.op === 'CastLike' ? node.dtype(1) : dataTypeOf(node.int('to'));
  const dtype = to === undefined ? undefined : kindOf(to);
  if (x === undefined || dtype === undefined || to?.startsWith('float8') || to?.startsWith('float4'))
    return undefined;
  if (dtype === 'float32') return { ...x, dtype };
  const narrow = to !== 'int64' && to !== 'int32' && dtype === 'int64';
  if (narrow) return undefined;
  const data = x.data.map((value) =>
    typeof value === 'string'
      ? dtype === 'bool'
        ? 1
        : value
      : dtype === 'bool'
        ? value === 0
          ? 0
          : 1
        : Math.trunc(value),
  );
  return { ...x, dtype, data };
};

function reduced(f: (a: Dim, b: Dim) => Dim | undefined): Fold {
  return (node) => {
    const x = node.knownOrNot(0);
    const axes = node.list('axes', 1);
    const keep = node.int('keepdims', 1);
    node.ignore('noop_with_empty_axes');
    if (x?.shape.length !== 1 || (axes !== undefined && axes.length !== 1)) return undefined;
    const [first, ...rest] = x.data;
    const total = rest.reduce<Dim | undefined>((a, b) => (a === undefined ? a : f(a, b)), first);
    return total === undefined ? undefined : { dtype: x.dtype, shape: keep ? [1] : [], data: [total] };
  };
}

/** Of numbers alone. Before opset 11 the bounds were attributes. */
const clip: Fold = (node) => {
  const bound = (i: number, none: number) => (node.has(i) ? node.knownOrNot(i)?.data[0] : none);
  const [least, most] = [bound(1, -Infinity), bound(2, Infinity)];
  if (node.opset < 11 || typeof least !== 'number' || typeof most !== 'number') return undefined;
  return number((x) => Math.min(Math.max(x, least), most))(node);
};

const number = (f: (x: number) => number) => mapped((a) => (typeof a === 'number' ? f(a) : undefined));

const folds: Readonly<Record<string, Fold>> = {
  Constant: (node) => knownOf(constantOf(node)),
  Identity: mapped((a) => a),
  Shape: (node) => {
    const shape = node.shape(0);
    const rank = shape.length;
    const bound = (name: string, fallback: number) => {
      const given = node.int(name, fallback);
      return Math.min(Math.max(given < 0 ? given + rank : given, 0), rank);
    };
    return vectorOf(shape.slice(bound('start', 0), bound('end', rank)));
  },
  Size: (node) => ({ dtype: 'int64', shape: [], data: [elementsOf(node.shape(0))] }),
  Add: elementwise(plus),
  Sub: elementwise(minus),
  Mul: elementwise(multiplied),
  Div: (node) => elementwise(divided(node.knownOrNot(0)?.dtype === 'int64'))(node),
  Mod: (node) =>
    node.int('fmod', 0) === 1
      ? undefined
      : elementwise((a, b) =>
          typeof a === 'number' && typeof b === 'number' ? a - b * Math.floor(a / b) : undefined,
        )(node),
  Min: elementwise(extremum(Math.min, false)),
  Max: elementwise(extremum(Math.max, true)),
  Equal: elementwise(
    compared((a, b) => a === b),
    'bool',
  ),
  Greater: elementwise(
    compared((a, b) => a > b),
    'bool',
  ),
  GreaterOrEqual: elementwise(
    compared((a, b) => a >= b),
    'bool',
  ),
  Less: elementwise(
    compared((a, b) => a < b),
    'bool',
  ),
  LessOrEqual: elementwise(
    compared((a, b) => a <= b),
    'bool',
  ),
  And: elementwise(
    logical((a, b) => a && b),
    'bool',
  ),
  Or: elementwise(
    logical((a, b) => a || b),
    'bool',
  ),
  Xor: elementwise(
    logical((a, b) => a !== b),
    'bool',
  ),
  Not: mapped((a) => (a === 0 ? 1 : 0), 'bool'),
  Neg: mapped((a) => times(a, -1)),
  Abs: mapped((a) => (typeof a === 'number' ? Math.abs(a) : a)),
  Floor: mapped((a) => (typeof a === 'number' ? Math.floor(a) : a)),
  Ceil: mapped((a) => (typeof a === 'number' ? Math.ceil(a) : a)),
  Clip: clip,
  Sqrt: number(Math.sqrt),
  Reciprocal: number((x) => 1 / x),
  Exp: number(Math.exp),
  Log: number(Math.log),
  Sign: number(Math.sign),
  Pow: elementwise((a, b) => (typeof a === 'number' && typeof b === 'number' ? a ** b : undefined)),
  Tile: tile,
  NonZero: nonZero,
  Cast: cast,
  CastLike: cast,
  Gather: gather,
  Slice: cut,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Squeeze: (node) => {
    const x = node.knownOrNot(0);
    const axes = node.list('axes', 1);
    if (x === undefined || x.data.length !== 1 || x.shape.length !== 1) return undefined;
    return axes === undefined || axes.length === 1 ? rearranged(x, []) : undefined;
  },
  Unsqueeze: (node) => {
    const x = node.knownOrNot(0);
    const axes = node.list('axes', 1);
    if (x === undefined || axes === undefined) return undefined;
    const rank = x.shape.length + axes.length;
    const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
    const rest = [...x.shape];
    return rearranged(
      x,
      Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? 1))),
    );
  },
  Reshape: reshape,
  Expand: expand,
  ConstantOfShape: constantOfShape,
  Range: range,
  Where: where,
  ReduceProd: reduced(multiplied),
  ReduceSum: reduced(plus),
  ReduceMax: reduced(extremum(Math.max, true)),
  ReduceMin: reduced(extremum(Math.min, false)),
};
