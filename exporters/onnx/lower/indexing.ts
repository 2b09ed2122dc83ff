/** Reading and writing at positions that are themselves data. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { elementsOf } from '../../../src/graph/extent.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { materialised, vectorOf } from '../known.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { fromFront, integersOf, where, type Lower, type Lowerings } from './lowering.ts';
import { largest, product, smallest } from './reduction.ts';
import { padded, positions } from './shape.ts';

/**
 * Positions in the flattened front of a tensor: `indices` [..., k] point into its first k axes, from the back where they
 * are negative.
 */
function flatPositions(b: GraphBuilder, indices: Value, extents: readonly Dim[]): Value {
  const zero = integersOf(b, [0], []);
  const sizes = materialised(b, vectorOf(extents));
  const positive = where(b, b.op('Less', [indices, zero]), b.op('Add', [indices, sizes]), indices);
  const strides = extents.map((_, i) => elementsOf(extents.slice(i + 1)));
  const steps = b.op('Mul', [positive, materialised(b, vectorOf(strides))]);
  const places = b.op('Cast', [steps], { to: 'float32' });
  return b.op('Cast', [b.op('ReduceSum', [places], { axes: [-1], keepdims: 0 })], { to: 'int64' });
}

/** Within each of the batches, of which both operands have as many axes in front. */
const gatherND: Lower = (node) => {
  const { b } = node;
  const batchAxes = node.int('batch_dims', 0);
  const [x, indices] = [node.tensor(0), node.tensor(1)];
  const depth = numberOf(indices.type.shape.at(-1), 'how many axes it looks along');
  const batch = x.type.shape.slice(0, batchAxes);
  const front = x.type.shape.slice(batchAxes, batchAxes + depth);
  const rest = x.type.shape.slice(batchAxes + depth);
  const rows = elementsOf([...batch, ...front]);
  const flat = b.op('Reshape', [x], { shape: [rows, ...rest] });
  const places = flatPositions(b, indices, front);
  if (batchAxes === 0) return b.op('Gather', [flat, places], { axis: 0 });
  const each = numberOf(elementsOf(front), 'how much a batch holds');
  const starts = b.op('Mul', [positions(b, elementsOf(batch)), b.constant(each)]);
  const shape = [...batch, ...places.type.shape.slice(batchAxes).map(() => 1)];
  const apart = b.op('Reshape', [b.op('Cast', [starts], { to: 'int64' })], { shape });
  return b.op('Gather', [flat, b.op('Add', [places, apart])], { axis: 0 });
};

const scatterND: Lower = (node) => {
  const { b } = node;
  const reduction = reductionOf(node);
  const [x, indices, updates] = [node.tensor(0), node.tensor(1), node.tensor(2)];
  const depth = numberOf(indices.type.shape.at(-1), 'how many axes it looks along');
  const shape = x.type.shape.map((dim) => numberOf(dim, 'the shape it writes into'));
  const front = shape.slice(0, depth);
  const inner = shape.slice(depth).reduce((a, c) => a * c, 1);
  const rows = front.reduce((a, c) => a * c, 1);
  const places = flatPositions(b, indices, front);
  const count = numberOf(elementsOf(places.type.shape), 'how many places it writes');
  const flat = b.op('Reshape', [x], { shape: [rows, inner] });
  const column = b.op('Reshape', [places], { shape: [count, 1] });
  const at = b.op('Expand', [column], { shape: [count, inner] });
  const written = scattered(
    node,
    flat,
    at,
    b.op('Reshape', [updates], { shape: [count, inner] }),
    0,
    reduction,
  );
  return b.op('Reshape', [written], { shape });
};

/** What becomes of elements that meet in one place. */
const reductions = ['none', 'add', 'mul', 'min', 'max'] as const;
type Reduction = (typeof reductions)[number];

function reductionOf(node: NodeReader): Reduction {
  const told = node.string('reduction', 'none');
  const reduction = reductions.find((name) => name === told);
  if (reduction !== undefined) return reduction;
  throw new Unreadable(`has reduction=${told}; ${reductions.join(', ')} are supported`);
}

const scatterElements: Lower = (node) => {
  const [x, indices, updates] = [node.tensor(0), node.tensor(1), node.tensor(2)];
  return scattered(node, x, indices, updates, node.int('axis', 0), reductionOf(node));
};

/** Beyond this many comparisons of a place with an index, a reduction costs more than a network should. */
const mostComparisons = 2 ** 24;

/**
 * ScatterElements. A reduction that no runtime of ours has is made of what all have: along the axis every place is
 * compared with every index, and takes the updates whose index it is, or what leaves it as it was.
 */
function scattered(
  node: NodeReader,
  x: Value,
  indices: Value,
  updates: Value,
  axis: number,
  reduction: Reduction,
): Value {
  const { b } = node;
  if (reduction === 'none' || reduction === 'add') {
    return b.op('ScatterElements', [x, indices, updates], { axis, reduction });
  }
  const shape = x.type.shape.map((dim) => numberOf(dim, 'the shape it writes into'));
  const given = indices.type.shape.map((dim) => numberOf(dim, 'how many places it writes'));
  const along = fromFront(axis, shape.length);
  const [extent = 0, count = 0] = [shape[along], given[along]];
  const size = shape.reduce((a, c) => a * c, 1);
  if (size * count > mostComparisons) {
    throw new Unreadable(`compares ${size} places with ${count} indices each, to take their ${reduction}`);
  }
  if (count === 0) return b.op('Identity', [x]);
  const nothing = reduction === 'mul' ? 1 : reduction === 'min' ? Infinity : -Infinity;
  // Where the indices end before x does, nothing is written.
  const after = shape.map((dim, i) => (i === along ? 0 : dim - (given[i] ?? 0)));
  const pads = [...shape.map(() => 0), ...after];
  const index = b.op('Cast', [padded(b, indices, pads, 2 * extent)], { to: 'float32' });
  const fromStart = where(
    b,
    b.op('Less', [index, b.constant(0)]),
    b.op('Add', [index, b.constant(extent)]),
    index,
  );
  // [places along the axis, …, indices along the axis, …]
  const here = b.op('Reshape', [positions(b, extent)], { shape: [extent, ...shape.map(() => 1)] });
  const hit = b.op('Equal', [here, b.op('Unsqueeze', [fromStart], { axes: [0] })]);
  const wide = padded(b, node.as(updates, 'float32'), pads, 0);
  const written = where(b, hit, b.op('Unsqueeze', [wide], { axes: [0] }), b.constant(nothing));
  const reduce = { mul: product, max: largest, min: smallest }[reduction];
  const one = reduce(b, written, { axes: [along + 1], keepdims: 0 });
  const perm = shape.map((_, i) => (i === along ? 0 : i < along ? i + 1 : i));
  const turned = b.op('Transpose', [one], { perm });
  const own = node.as(x, 'float32');
  const joined = b.op(reduction === 'mul' ? 'Mul' : reduction === 'min' ? 'Min' : 'Max', [own, turned]);
  return node.as(joined, x.type.dtype);
}

/** The first elements of each sequence turned round, as many as the second input says. */
const reverseSequence: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const { shape } = x.type;
  const [batchAxis, timeAxis] = [node.int('batch_axis', 1), node.int('time_axis', 0)];
  const times = b.op('Reshape', [positions(b, shape[timeAxis] ?? 0)], {
    shape: shape.map((_, axis) => (axis === timeAxis ? -1 : 1)),
  });
  const lengths = b.op('Reshape', [node.float(1)], {
    shape: shape.map((_, axis) => (axis === batchAxis ? -1 : 1)),
  });
  const last = b.op('Sub', [lengths, b.constant(1)]);
  const from = where(b, b.op('Less', [times, lengths]), b.op('Sub', [last, times]), times);
  const everywhere = b.op('Expand', [b.op('Cast', [from], { to: 'int64' })], { shape: [...shape] });
  return b.op('GatherElements', [x, everywhere], { axis: timeAxis });
};

/** Any two values, along any axis. */
const oneHot: Lower = (node) => {
  const { b } = node;
  const depth = needed(node.number(1, 'depth'), 'depth');
  const given = node.tensor(0);
  const classes = given.type.dtype === 'int64' ? given : node.as(given, 'int64');
  const rank = classes.type.shape.length;
  const values = node.known(2, 'values');
  const [off = 0, on = 1] = values?.data.map(Number) ?? [];
  const listed = rank === 0 ? b.op('Reshape', [classes], { shape: [1] }) : classes;
  const marks = b.op('OneHot', [listed], { depth });
  const last = rank === 0 ? b.op('Reshape', [marks], { shape: [depth] }) : marks;
  const valued =
    off === 0 && on === 1
      ? last
      : where(b, b.op('Greater', [last, b.constant(0.5)]), b.constant(on), b.constant(off));
  const axis = fromFront(node.int('axis', -1), rank + 1);
  const order = Array.from({ length: rank + 1 }, (_, i) => i);
  const perm = order.map((i) => (i < axis ? i : i === axis ? rank : i - 1));
  const placed = axis === rank ? valued : b.op('Transpose', [valued], { perm });
  return { value: node.as(placed, values?.dtype ?? 'float32'), dtype: node.dtype(2) };
};

export const indexingLowerings: Lowerings = {
  Gather: (node) => node.b.op('Gather', [node.tensor(0), node.tensor(1)], { axis: node.int('axis', 0) }),
  GatherElements: (node) =>
    node.b.op('GatherElements', [node.tensor(0), node.tensor(1)], { axis: node.int('axis', 0) }),
  GatherND: gatherND,
  ScatterElements: scatterElements,
  Scatter: (node) =>
    node.b.op('ScatterElements', [node.tensor(0), node.tensor(1), node.tensor(2)], {
      axis: node.int('axis', 0),
      reduction: 'none',
    }),
  ScatterND: scatterND,
  ReverseSequence: reverseSequence,
  OneHot: oneHot,
};
