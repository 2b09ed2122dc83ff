/** Reading and writing at positions that are themselves data. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { elementsOf } from '../../../src/graph/extent.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { materialised, vectorOf } from '../known.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { fromFront, integersOf, where, type Lower, type Lowerings } from './lowering.ts';

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

/** Without batch axes. */
const gatherND: Lower = (node) => {
  const { b } = node;
  node.only('batch_dims', 0);
  const [x, indices] = [node.tensor(0), node.tensor(1)];
  const depth = numberOf(indices.type.shape.at(-1), 'how many axes it looks along');
  const front = x.type.shape.slice(0, depth);
  const rest = x.type.shape.slice(depth);
  const flat = b.op('Reshape', [x], { shape: [elementsOf(front), ...rest] });
  return b.op('Gather', [flat, flatPositions(b, indices, front)], { axis: 0 });
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
  const written = b.op('ScatterElements', [flat, at, b.op('Reshape', [updates], { shape: [count, inner] })], {
    axis: 0,
    reduction,
  });
  return b.op('Reshape', [written], { shape });
};

function reductionOf(node: NodeReader): 'none' | 'add' {
  const reduction = node.string('reduction', 'none');
  if (reduction === 'none' || reduction === 'add') return reduction;
  throw new Unreadable(`has reduction=${reduction}; only none and add are supported`);
}

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

/** What a list of flags leaves of an axis, where the flags are known. */
const compress: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const flags = needed(node.numbers(1, 'condition'), 'condition');
  const kept = flags.flatMap((flag, i) => (flag === 0 ? [] : [i]));
  if (node.attribute('axis') === undefined) {
    const flat = b.op('Reshape', [x], { shape: [-1] });
    return b.op('Gather', [flat, integersOf(b, kept)], { axis: 0 });
  }
  return b.op('Gather', [x, integersOf(b, kept)], { axis: node.int('axis') });
};

export const indexingLowerings: Lowerings = {
  Gather: (node) => node.b.op('Gather', [node.tensor(0), node.tensor(1)], { axis: node.int('axis', 0) }),
  GatherElements: (node) =>
    node.b.op('GatherElements', [node.tensor(0), node.tensor(1)], { axis: node.int('axis', 0) }),
  GatherND: gatherND,
  ScatterElements: (node) =>
    node.b.op('ScatterElements', [node.tensor(0), node.tensor(1), node.tensor(2)], {
      axis: node.int('axis', 0),
      reduction: reductionOf(node),
    }),
  Scatter: (node) =>
    node.b.op('ScatterElements', [node.tensor(0), node.tensor(1), node.tensor(2)], {
      axis: node.int('axis', 0),
      reduction: 'none',
    }),
  ScatterND: scatterND,
  OneHot: oneHot,
  Compress: compress,
};
