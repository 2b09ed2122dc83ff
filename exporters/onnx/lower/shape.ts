/** Ops that move elements, and what is made from a shape. */
import { dataTypeOf } from '../../../proto/onnx.ts';
import { elementsOf, minus, quotient, times } from '../../../src/graph/extent.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Dim, Shape, Value } from '../../../src/graph/types.ts';
import { knownOf, materialised, vectorOf } from '../known.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import {
  endless,
  fromFront,
  integersOf,
  listOf,
  scalarLike,
  scalarOf,
  slice,
  type Lower,
  type Lowerings,
} from './lowering.ts';
import { fromOnnxTensor, kindOf, shortestFloat } from '../tensors.ts';
import { constantOf } from './constant.ts';

/**
 * The shape that a Reshape is given, in a form that says as little of open extents as it can: 0 where one is copied, -1
 * where one is left over.
 */
function target(from: Shape, wanted: readonly Dim[], zeroIsZero: boolean): readonly Dim[] {
  const literal = zeroIsZero && wanted.includes(0);
  // Without elements there is nothing to infer from: every extent is said.
  if (literal || from.includes(0)) {
    const said = wanted.map((dim, axis) => (dim === 0 && !literal ? (from[axis] ?? 0) : dim));
    const others = elementsOf(said.filter((dim) => dim !== -1));
    return said.map((dim) => (dim === -1 ? (quotient(elementsOf(from), others) ?? 0) : dim));
  }
  const copied = wanted.map((dim, axis) => (typeof dim === 'string' && dim === from[axis] ? 0 : dim));
  const open = copied.filter((dim) => typeof dim === 'string');
  if (open.length !== 1 || copied.includes(-1)) return copied;
  return copied.map((dim) => (typeof dim === 'string' ? -1 : dim));
}

const reshape: Lower = (node) => {
  const zeroIsZero = node.flag('allowzero', 0) === 1;
  const x = node.tensor(0);
  const wanted = needed(node.opset >= 5 ? node.dims(1, 'shape') : node.ints('shape'), 'shape');
  return node.b.op('Reshape', [x], { shape: target(x.type.shape, wanted, zeroIsZero) });
};

const split: Lower = (node) => {
  const x = node.tensor(0);
  const axis = node.int('axis', 0);
  const count =
    node.ints('split') === undefined ? node.int('num_outputs', node.outputCount) : node.outputCount;
  const given = node.ints('split') ?? (node.has(1) ? node.dims(1, 'split') : undefined);
  const size = x.type.shape.at(axis);
  const parts = given ?? evenly(size, count);
  if (parts.every((part) => typeof part === 'number') && typeof size === 'number') {
    return node.b.node('Split', [x], { axis, split: parts });
  }
  // A part that is open is a slice.
  let start: Dim = 0;
  return parts.map((part) => {
    const from = start;
    const end = minus(from, times(part, -1));
    start = end;
    if (typeof from !== 'number') throw new Unreadable('splits behind an open extent');
    return node.b.op('Slice', [x], { starts: [from], ends: [end], axes: [axis], steps: [1] });
  });
};

/** Equal parts, the last one smaller where they do not come out even. */
function evenly(size: Dim | undefined, count: number): readonly Dim[] {
  if (typeof size === 'string') {
    const part = quotient(size, count);
    if (part === undefined) throw new Unreadable(`splits the open extent ${size}`);
    return listOf(count, () => part);
  }
  const part = Math.ceil((size ?? 0) / count);
  return listOf(count, (i) => Math.max(0, Math.min(part, (size ?? 0) - i * part)));
}

const cut: Lower = (node) => {
  const x = node.tensor(0);
  const older = node.opset < 10;
  const startDims = needed(older ? node.ints('starts') : node.dims(1, 'starts'), 'starts');
  const ends = needed(older ? node.ints('ends') : node.dims(2, 'ends'), 'ends');
  const axes = (older ? node.ints('axes') : node.numbers(3, 'axes')) ?? startDims.map((_, axis) => axis);
  const steps = (older ? undefined : node.numbers(4, 'steps')) ?? axes.map(() => 1);
  const starts = startDims.map((start, i) => {
    if (typeof start === 'number') return start;
    // So much before the end.
    const fromEnd = minus(start, x.type.shape.at(axes[i] ?? 0) ?? 0);
    if (typeof fromEnd === 'number' && fromEnd < 0) return fromEnd;
    throw new Unreadable(`starts at ${start}, which is open`);
  });
  const known = ends.map((end, i) => {
    const extent = x.type.shape.at(axes[i] ?? 0) ?? 0;
    // Ends that are the extent, or beyond it, need no expression.
    return typeof end === 'string' && end === extent ? endless : end;
  });
  return node.b.op('Slice', [x], { starts, ends: known, axes, steps });
};

const pad: Lower = (node) => {
  const x = node.tensor(0);
  const rank = x.type.shape.length;
  const mode = node.string('mode', 'constant');
  const older = node.opset < 11;
  const given = needed(
    older ? node.ints(node.opset < 2 ? 'paddings' : 'pads') : node.numbers(1, 'pads'),
    'pads',
  );
  const axes = older ? undefined : node.numbers(3, 'axes');
  const pads = spread(given, axes, rank);
  if (mode === 'constant') {
    if (!older && node.has(2) && node.knownOrNot(2) === undefined) return filled(node, x, pads);
    const value = older ? node.real('value', 0) : padValue(node);
    return padded(node.b, x, pads, value);
  }
  return pads.slice(0, rank).reduce<Value>((y, before, axis) => {
    const after = pads[axis + rank] ?? 0;
    if (before === 0 && after === 0) return y;
    const size = numberOf(y.type.shape[axis], 'the extent that it pads');
    const indices = listOf(size + before + after, (i) => source(mode, i - before, size));
    return node.b.op('Gather', [y, integersOf(node.b, indices)], { axis });
  }, x);
};

/** Padded with a value that is computed: where the padding is, is known. */
function filled(node: NodeReader, x: Value, pads: readonly number[]): Value {
  const { b } = node;
  const ones = b.op('Expand', [b.constant(1)], { shape: [...x.type.shape] });
  const inside = b.op('Greater', [padded(b, ones, pads, 0), b.constant(0)]);
  const value = b.op('Reshape', [node.tensor(2)], { shape: [] });
  return b.op('Where', [inside, padded(b, x, pads, 0), value]);
}

/** Cut down or padded with zeros around the middle; of what is odd, the larger part is at the end. */
const centred: Lower = (node) => {
  const x = node.tensor(0);
  const { shape } = x.type;
  const rank = shape.length;
  const wanted = needed(node.numbers(1, 'shape'), 'shape');
  const axes = node.ints('axes')?.map((axis) => fromFront(axis, rank)) ?? shape.map((_, axis) => axis);
  const befores = shape.map(() => 0);
  const afters = shape.map(() => 0);
  axes.forEach((axis, i) => {
    const more = (wanted[i] ?? 0) - numberOf(shape[axis], 'the extent that it cuts or pads');
    const before = Math.trunc(more / 2);
    befores[axis] = before;
    afters[axis] = more - before;
  });
  return padded(node.b, x, [...befores, ...afters], 0);
};

/** Which element stands at position `i` of an extent that goes on beyond its ends. */
function source(mode: string, i: number, size: number): number {
  const turn = (period: number) => ((i % period) + period) % period;
  if (mode === 'edge') return Math.min(Math.max(i, 0), size - 1);
  if (mode === 'wrap') return turn(size);
  if (mode !== 'reflect') throw new Unreadable(`has mode=${mode}`);
  const at = size === 1 ? 0 : turn(2 * size - 2);
  return at < size ? at : 2 * size - 2 - at;
}

/** Pads of all axes, where the node names some (opset 18). */
function spread(
  pads: readonly number[],
  axes: readonly number[] | undefined,
  rank: number,
): readonly number[] {
  if (axes === undefined) return pads;
  const all = Array.from({ length: 2 * rank }, () => 0);
  axes.forEach((axis, i) => {
    const along = fromFront(axis, rank);
    all[along] = pads[i] ?? 0;
    all[along + rank] = pads[i + axes.length] ?? 0;
  });
  return all;
}

function padValue(node: NodeReader): number {
  const value = node.number(2, 'constant_value');
  if (value === undefined) return 0;
  return node.tensor(2).type.dtype === 'float32' ? shortestFloat(value) : value;
}

/** Padding that may be negative, which cuts off, of a tensor of any type. */
export function padded(b: GraphBuilder, x: Value, pads: readonly number[], value: number): Value {
  const rank = x.type.shape.length;
  const kept = x.type.shape.reduce<Value>((y, _, axis) => {
    const [before, after] = [Math.min(pads[axis] ?? 0, 0), Math.min(pads[axis + rank] ?? 0, 0)];
    if (before === 0 && after === 0) return y;
    return slice(b, y, axis, -before, after === 0 ? endless : after);
  }, x);
  const grown = pads.map((pad) => Math.max(pad, 0));
  if (x.type.dtype === 'float32') return b.op('Pad', [kept], { pads: grown, value });
  // Whole numbers stay whole.
  return x.type.shape.reduce<Value>((y, _, axis) => {
    const beside = (count: number): Value[] => {
      if (count === 0) return [];
      return [b.op('Expand', [scalarLike(b, x, value)], { shape: y.type.shape.with(axis, count) })];
    };
    const parts = [...beside(grown[axis] ?? 0), y, ...beside(grown[axis + rank] ?? 0)];
    return parts.length === 1 ? y : b.op('Concat', parts, { axis });
  }, kept);
}

/** As often as said along each axis: an axis of its own for the copies, which then goes up in the next. */
const tile: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const repeats = needed(node.dims(1, 'repeats'), 'repeats');
  if (repeats.length !== x.type.shape.length) {
    throw new Unreadable(`repeats ${repeats.length} axes, and its input has ${x.type.shape.length}`);
  }
  return repeats.reduce<Value>((y, count, axis) => {
    if (count === 1) return y;
    const { shape } = y.type;
    const apart = b.op('Unsqueeze', [y], { axes: [axis] });
    const copies = b.op('Expand', [apart], { shape: shape.toSpliced(axis, 0, count) });
    const merged = shape.with(axis, times(shape[axis] ?? 1, count));
    return b.op('Reshape', [copies], { shape: merged });
  }, x);
};

/** [N, b·b·C, H, W] → [N, C, H·b, W·b]. */
const depthToSpace: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const block = node.int('blocksize');
  const columnFirst = node.string('mode', 'DCR') === 'CRD';
  const [, channels, height = 0, width = 0] = x.type.shape;
  const depth = numberOf(channels, 'the channels') / block ** 2;
  const apart = columnFirst
    ? [0, depth, block, block, height, width]
    : [0, block, block, depth, height, width];
  const perm = columnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const turned = b.op('Transpose', [b.op('Reshape', [x], { shape: apart })], { perm });
  return b.op('Reshape', [turned], { shape: [0, depth, times(height, block), times(width, block)] });
};

const spaceToDepth: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const block = node.int('blocksize');
  const [, channels = 0, height = 0, width = 0] = x.type.shape;
  const [down, across] = [quotient(height, block), quotient(width, block)];
  if (down === undefined || across === undefined) throw new Unreadable(`does not divide by ${block}`);
  const perm = node.string('mode', 'DCR') === 'CRD' ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
  const apart = b.op('Reshape', [x], { shape: [0, channels, down, block, across, block] });
  const turned = b.op('Transpose', [apart], { perm });
  return b.op('Reshape', [turned], { shape: [0, times(channels, block ** 2), down, across] });
};

const constantOfShape: Lower = (node) => {
  const shape = needed(node.dims(0, 'shape'), 'shape');
  const filling = node.tensorAttribute('value');
  const value = filling === undefined ? 0 : (knownOf(filling)?.data[0] ?? 0);
  const dtype = filling?.dtype ?? 'float32';
  const kind = kindOf(dtype);
  if (kind === undefined) throw new Unreadable(`fills with ${dtype}`);
  const one = scalarOf(node.b, kind, Number(value));
  return { value: shape.length === 0 ? one : node.b.op('Expand', [one], { shape }), dtype };
};

/** A triangle of a stack of matrices; off it, 0. */
const triangle: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const upper = node.int('upper', 1) === 1;
  const offset = node.number(1, 'k') ?? 0;
  const [rows = 0, columns = 0] = x.type.shape.slice(-2);
  const height = b.op('Reshape', [positions(b, rows)], { shape: [-1, 1] });
  const along = b.op('Reshape', [positions(b, columns)], { shape: [1, -1] });
  const shifted = b.op('Sub', [along, height]);
  const edge = b.constant(offset + (upper ? -0.5 : 0.5));
  const inside = b.op(upper ? 'Greater' : 'Less', [shifted, edge]);
  return b.op('Where', [inside, x, scalarOf(b, x.type.dtype, 0)]);
};

/** 0, 1, 2, … as float32, up to an extent that may be open: then by a Scan that counts. */
export function positions(b: GraphBuilder, extent: Dim): Value {
  if (typeof extent === 'number') {
    return b.constant(
      listOf(extent, (i) => i),
      [extent],
    );
  }
  const ones = b.op('Expand', [b.constant([1], [1])], { shape: [extent] });
  const body = new GraphBuilder();
  const before = body.input('before', []);
  const after = body.op('Add', [before, body.input('one', [])]);
  const step = body.finish('count', { after, here: body.op('Identity', [before]) });
  const counted = b.node('Scan', [b.constant(0), ones], { body: step, states: 1, sequences: 1 })[1];
  return needed(counted, 'count');
}

const range: Lower = (node) => {
  const { b } = node;
  const dtype = node.dtype(0);
  const [start, limit, delta] = [0, 1, 2].map(
    (i) => node.known(i, ['start', 'limit', 'delta'][i] ?? '')?.data[0],
  );
  if (start === undefined || limit === undefined || typeof delta !== 'number')
    throw new Unreadable('lacks a bound');
  if (typeof start === 'number' && typeof limit === 'number') {
    const count = Math.max(Math.ceil((limit - start) / delta), 0);
    const values = listOf(count, (i) => start + i * delta);
    const kind = kindOf(dtype) ?? 'int64';
    return { value: b.op('Constant', [], { dtype: kind, shape: [count], values }), dtype };
  }
  if (delta !== 1 || typeof start !== 'number') throw new Unreadable('counts by steps to an open extent');
  const counted = b.op('Add', [positions(b, minus(limit, start)), b.constant(start)]);
  return { value: node.as(counted, kindOf(dtype) ?? 'int64'), dtype };
};

export const shapeLowerings: Lowerings = {
  Constant: (node) => {
    const tensor = constantOf(node);
    const held = fromOnnxTensor(tensor);
    if (typeof held === 'string') throw new Unreadable(held);
    const { dtype, shape, data } = held;
    const values = dtype === 'float32' ? Array.from(data, shortestFloat) : Array.from(data);
    const exact = tensor.dtype === 'float64' ? Array.from(data) : values;
    return { value: node.b.op('Constant', [], { dtype, shape, values: exact }), dtype: tensor.dtype };
  },
  Transpose: (node) => {
    const x = node.tensor(0);
    const perm = node.ints('perm') ?? x.type.shape.map((_, axis) => axis).toReversed();
    return node.b.op('Transpose', [x], { perm });
  },
  Reshape: reshape,
  Flatten: (node) => node.b.op('Flatten', [node.tensor(0)], { axis: node.int('axis', 1) }),
  Expand: (node) => {
    const x = node.tensor(0);
    const shape = needed(node.dims(1, 'shape'), 'shape');
    const lead = x.type.shape.length - shape.length;
    // An extent that x has already is no news.
    const said = shape.map((dim, axis) =>
      typeof dim === 'string' && dim === x.type.shape[axis + lead] ? 1 : dim,
    );
    return node.b.op('Expand', [x], { shape: said });
  },
  Squeeze: (node) => {
    const x = node.tensor(0);
    // Without axes, every extent of 1 goes.
    const ones = x.type.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
    return node.b.op('Squeeze', [x], { axes: node.list('axes', 1) ?? ones });
  },
  Unsqueeze: (node) =>
    node.b.op('Unsqueeze', [node.tensor(0)], { axes: needed(node.list('axes', 1), 'axes') }),
  Concat: (node) =>
    node.b.op('Concat', node.tensors(), { axis: node.int('axis', node.opset < 4 ? 1 : undefined) }),
  Split: split,
  Slice: cut,
  Pad: pad,
  CenterCropPad: centred,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  ConstantOfShape: constantOfShape,
  Range: range,
  Trilu: triangle,
  Shape: (node) => {
    const shape = node.shape(0);
    const rank = shape.length;
    const bound = (name: string, fallback: number) =>
      fromFront(Math.max(node.int(name, fallback), -rank), rank);
    const data = shape.slice(bound('start', 0), bound('end', rank));
    return { value: materialised(node.b, vectorOf(data)), dtype: 'int64' };
  },
  Size: (node) => {
    const known = { dtype: 'int64', shape: [], data: [elementsOf(node.shape(0))] } as const;
    return { value: materialised(node.b, known), dtype: 'int64' };
  },
  EyeLike: (node) => {
    const told = node.attribute('dtype') === undefined ? undefined : node.int('dtype');
    const dtype = told === undefined ? node.dtype(0) : dataTypeOf(told);
    const kind = dtype === undefined ? undefined : kindOf(dtype);
    if (dtype === undefined || kind === undefined) throw new Unreadable(`has dtype=${dtype ?? told}`);
    const [rows = 0, columns = 0] = node.shape(0).map((dim) => numberOf(dim, 'the shape'));
    const diagonal = node.int('k', 0);
    const values = listOf(rows * columns, (i) =>
      i % columns === Math.floor(i / columns) + diagonal ? 1 : 0,
    );
    return {
      value: node.b.op('Constant', [], { dtype: kind, shape: [rows, columns], values }),
      dtype,
    };
  },
};
