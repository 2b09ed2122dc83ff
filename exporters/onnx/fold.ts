/**
 * What follows from shapes and constants, worked out while a file is read: exporters compute the operands of a Reshape
 * by nodes (Shape → Gather → Concat), and a graph of ours wants them as attributes. Elements may be open extents.
 */
import { elementsOf, floorDivide, isName, minus, plus, quotient, times } from '../../src/graph/extent.ts';
import { sizeOf, stridesOf } from '../../src/graph/tensor.ts';
import { sliceRange } from '../../src/graph/infer/shape.ts';
import type { DType, Dim } from '../../src/graph/types.ts';
import { dataTypeOf } from '../../proto/onnx.ts';
import { constantOf } from './lower/constant.ts';
import { knownOf, numbersOf, vectorOf, type Known } from './known.ts';
import type { NodeReader } from './node-reader.ts';
import { kindOf } from './tensors.ts';

/** Of the operands that are known, what a node gives; undefined where that cannot be told. */
type Fold = (node: NodeReader) => Known | readonly Known[] | undefined;

/** Beyond this many elements nothing is an operand. */
const largest = 65536;

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
    if (a === undefined || b === undefined) return undefined;
    const shape = commonShape(a.shape, b.shape);
    if (shape === undefined || sizeOf(shape) > largest) return undefined;
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

function commonShape(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return x === 1 ? y : y === 1 || x === y ? x : NaN;
  });
  return shape.some(Number.isNaN) ? undefined : shape;
}

/** The elements of a tensor, broadcast to a shape. */
function spread({ shape, data }: Known, to: readonly number[]): readonly Dim[] {
  const lead = to.length - shape.length;
  const own = stridesOf(shape);
  const steps = to.map((_, axis) => (shape[axis - lead] === 1 ? 0 : (own[axis - lead] ?? 0)));
  const strides = stridesOf(to);
  return Array.from({ length: sizeOf(to) }, (_, i) => {
    const at = to.reduce(
      (sum, extent, axis) => sum + (Math.floor(i / (strides[axis] ?? 1)) % extent) * (steps[axis] ?? 0),
      0,
    );
    return data[at] ?? 0;
  });
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

function rearranged(x: Known, shape: readonly number[]): Known {
  return { ...x, shape };
}

const gather: Fold = (node) => {
  const [x, indices] = [node.knownOrNot(0), node.knownOrNot(1)];
  const axis = node.int('axis', 0);
  const at = indices === undefined ? undefined : numbersOf(indices);
  if (x === undefined || at === undefined || indices === undefined) return undefined;
  const along = axis < 0 ? axis + x.shape.length : axis;
  const extent = x.shape[along] ?? 1;
  const inner = sizeOf(x.shape.slice(along + 1));
  const outer = sizeOf(x.shape.slice(0, along));
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

const cut: Fold = (node) => {
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

const transpose: Fold = (node) => {
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

const concat: Fold = (node) => {
  const parts = Array.from({ length: node.inputCount }, (_, i) => node.knownOrNot(i));
  const axis = node.int('axis', 1);
  const [first] = parts;
  if (
    first === undefined ||
    !parts.every((part) => part?.shape.length === 1) ||
    (axis !== 0 && axis !== -1)
  ) {
    return undefined;
  }
  return { ...vectorOf(parts.flatMap((part) => part?.data ?? [])), dtype: first.dtype };
};

const split: Fold = (node) => {
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

const reshape: Fold = (node) => {
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

const expand: Fold = (node) => {
  const [x, target] = [node.knownOrNot(0), node.knownOrNot(1)];
  const wanted = target === undefined ? undefined : numbersOf(target);
  const shape = x === undefined || wanted === undefined ? undefined : commonShape(x.shape, wanted);
  if (x === undefined || shape === undefined || sizeOf(shape) > largest) return undefined;
  return { dtype: x.dtype, shape, data: spread(x, shape) };
};

const constantOfShape: Fold = (node) => {
  const filling = node.tensorAttribute('value');
  const shape = node.knownOrNot(0);
  const extents = shape === undefined ? undefined : numbersOf(shape);
  if (extents === undefined || sizeOf(extents) > largest) return undefined;
  const one = filling === undefined ? undefined : knownOf(filling);
  const value = one?.data[0] ?? 0;
  return {
    dtype: one?.dtype ?? 'float32',
    shape: extents,
    data: Array.from({ length: sizeOf(extents) }, () => value),
  };
};

const range: Fold = (node) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => node.knownOrNot(i)?.data[0]);
  if (typeof start !== 'number' || typeof limit !== 'number' || typeof delta !== 'number') return undefined;
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  if (count > largest) return undefined;
  const data = Array.from({ length: count }, (_, i) => start + i * delta);
  return { ...vectorOf(data), dtype: node.knownOrNot(0)?.dtype ?? 'int64' };
};

const where: Fold = (node) => {
  const [condition, a, b] = [0, 1, 2].map((i) => node.knownOrNot(i));
  if (condition === undefined || a === undefined || b === undefined) return undefined;
  const shape = commonShape(commonShape(condition.shape, a.shape) ?? [], b.shape);
  if (shape === undefined || sizeOf(shape) > largest) return undefined;
  const [choice, yes, no] = [spread(condition, shape), spread(a, shape), spread(b, shape)];
  return { dtype: a.dtype, shape, data: choice.map((value, i) => (value === 0 ? no[i] : yes[i]) ?? 0) };
};

const cast: Fold = (node) => {
  node.ignore('saturate', 'round_mode');
  const x = node.knownOrNot(0);
  const to = dataTypeOf(node.int('to'));
  const dtype = to === undefined ? undefined : kindOf(to);
  if (x === undefined || dtype === undefined) return undefined;
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
  Sqrt: number(Math.sqrt),
  Cast: cast,
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
