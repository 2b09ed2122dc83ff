/** Pools over lines, images and volumes; those that our ops on images do not mean are spelt out place by place. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { floorOf, listOf, type Lower, type Lowerings } from './lowering.ts';
import {
  acrossPlaces,
  asRow,
  countsOf,
  onImage,
  roundedUp,
  squeezed,
  unsqueezed,
  windowOf,
  type Window,
} from './window.ts';

interface Pool {
  readonly x: Value;
  readonly said: Window;
  /** With ceil_mode, more is padded at the end. */
  readonly window: Window;
}

/** The pool of a node; a line becomes an image of one row. */
function poolOf(node: NodeReader): Pool {
  const given = node.float(0);
  const kernel = needed(node.ints('kernel_shape'), 'kernel_shape');
  const extents = given.type.shape.slice(2);
  const own = windowOf(node, extents, kernel);
  const line = kernel.length === 1;
  const said = line ? asRow(own) : own;
  const x = line ? unsqueezed(node.b, given) : given;
  const ceil = node.flag('ceil_mode', 0) === 1;
  return { x, said, window: ceil ? roundedUp(said, x.type.shape.slice(2)) : said };
}

/** Whether our pool on images means it: no dilations, and no window that is all padding. */
function isPlain({ kernel, dilations, before, after }: Window): boolean {
  return (
    kernel.length === 2 &&
    dilations.every((dilation) => dilation === 1) &&
    kernel.every((size, axis) => (before[axis] ?? 0) < size && (after[axis] ?? 0) < size)
  );
}

function finished(node: NodeReader, y: Value): Value {
  const line = node.shape(0).length === 3;
  return line ? squeezed(node.b, y) : y;
}

const maxPool: Lower = (node) => {
  const byColumns = node.flag('storage_order', 0) === 1;
  const { x, window } = poolOf(node);
  const asGiven = (maxima: Value) => node.as(finished(node, maxima), node.tensor(0).type.dtype);
  if (isPlain(window)) {
    const { kernel_shape, strides, pads } = onImage(window);
    const [y, at] = node.b.node('MaxPool', [x], { kernel_shape, strides, pads });
    const maxima = asGiven(needed(y, 'maxima'));
    const positions = finished(node, needed(at, 'positions'));
    // Along one axis there is but one order.
    const [, , height, width] = node.shape(0);
    const own = byColumns && width !== undefined ? columnFirst(node.b, positions, height, width) : positions;
    return [maxima, { value: own, dtype: 'int64' }];
  }
  if (node.wants(1)) throw new Unreadable('gives positions, of a window that is not plain');
  return asGiven(
    acrossPlaces(node.b, x, window, -Infinity, (best, place) => node.b.op('Max', [best, place])),
  );
};

/** Places in images that are counted through row by row, as they are counted column by column. */
function columnFirst(b: GraphBuilder, at: Value, rows: Dim | undefined, columns: Dim): Value {
  const [height, width] = [numberOf(rows, 'the height'), numberOf(columns, 'the width')];
  const split = (x: Value, by: number): readonly [Value, Value] => {
    const whole = floorOf(b, b.op('Div', [x, b.constant(by)]));
    return [whole, b.op('Sub', [x, b.op('Mul', [whole, b.constant(by)])])];
  };
  const [image, inside] = split(b.op('Cast', [at], { to: 'float32' }), height * width);
  const [row, column] = split(inside, width);
  const before = b.op('Mul', [image, b.constant(height * width)]);
  const turned = b.op('Add', [b.op('Mul', [column, b.constant(height)]), row]);
  return b.op('Cast', [b.op('Add', [before, turned])], { to: 'int64' });
}

const averagePool: Lower = (node) => {
  const { b } = node;
  const { x, said, window } = poolOf(node);
  const withPadding = node.flag('count_include_pad', 0);
  const same = said.after.every((pad, axis) => pad === window.after[axis]);
  if (isPlain(window) && (same || withPadding === 0)) {
    const { kernel_shape, strides, pads } = onImage(window);
    return finished(
      node,
      b.op('AveragePool', [x], { kernel_shape, strides, pads, count_include_pad: withPadding }),
    );
  }
  const sums = acrossPlaces(b, x, window, 0, (sum, place) => b.op('Add', [sum, place]));
  const counts = elementCounts(b, window, x.type.shape.slice(2), withPadding ? said : undefined);
  return finished(node, b.op('Div', [sums, counts]));
};

/** How many elements each window averages: those inside the image, or inside the padding that was asked for. */
function elementCounts(
  b: GraphBuilder,
  window: Window,
  extents: readonly Dim[],
  padding: Window | undefined,
): Value {
  const counts = countsOf(window, extents).map((count) => numberOf(count, 'how many windows fit'));
  const lists = counts.map((count, axis) => {
    const extent = numberOf(extents[axis], 'the extents of the image');
    const first = -(padding?.before[axis] ?? 0);
    const end = extent + (padding?.after[axis] ?? 0);
    return listOf(count, (i) => {
      const start = i * (window.strides[axis] ?? 1) - (window.before[axis] ?? 0);
      const places = Array.from(
        { length: window.kernel[axis] ?? 1 },
        (_, k) => start + k * (window.dilations[axis] ?? 1),
      );
      return places.filter((place) => place >= first && place < end).length;
    });
  });
  const values = lists.reduce<number[]>((all, list) => all.flatMap((a) => list.map((c) => a * c)), [1]);
  return b.constant(values, [1, 1, ...counts]);
}

/** Over all of the image. */
function overall(reduce: (b: GraphBuilder, x: Value, axes: readonly number[]) => Value): Lower {
  return (node) => {
    const x = node.float(0);
    return reduce(node.b, x, x.type.shape.map((_, axis) => axis).slice(2));
  };
}

/** Maxima back where MaxPool found them, in the flattened image; elsewhere 0. */
const maxUnpool: Lower = (node) => {
  const { b } = node;
  const [x, places] = [node.float(0), node.tensor(1)];
  const shape = x.type.shape.map((dim) => numberOf(dim, 'the shape of the maxima'));
  const window = windowOf(node, shape.slice(2), needed(node.ints('kernel_shape'), 'kernel_shape'));
  const image = window.kernel.map((size, axis) => {
    const inside = ((shape[axis + 2] ?? 1) - 1) * (window.strides[axis] ?? 1) + size;
    return inside - (window.before[axis] ?? 0) - (window.after[axis] ?? 0);
  });
  const own = [...shape.slice(0, 2), ...image];
  const wanted = node.numbers(2, 'output_shape') ?? own;
  const size = wanted.reduce((a, c) => a * c, 1);
  const flat = (value: Value) => b.op('Reshape', [value], { shape: [-1] });
  const zeros = b.op('Expand', [b.constant([0], [1])], { shape: [size] });
  const all = b.op('ScatterElements', [zeros, flat(placed(b, places, own, wanted)), flat(x)], {
    axis: 0,
    reduction: 'none',
  });
  return b.op('Reshape', [all], { shape: wanted });
};

/** Places in one flattened image as places in a larger one, which has it in its first corner. */
function placed(b: GraphBuilder, places: Value, from: readonly number[], to: readonly number[]): Value {
  if (from.join() === to.join()) return places;
  let rest = b.op('Cast', [places], { to: 'float32' });
  let sum: Value = b.constant(0);
  from.forEach((_, axis) => {
    const inner = from.slice(axis + 1).reduce((a, c) => a * c, 1);
    const stride = to.slice(axis + 1).reduce((a, c) => a * c, 1);
    const at = b.op('Floor', [b.op('Div', [rest, b.constant(inner)])]);
    rest = b.op('Sub', [rest, b.op('Mul', [at, b.constant(inner)])]);
    sum = b.op('Add', [sum, b.op('Mul', [at, b.constant(stride)])]);
  });
  return b.op('Cast', [sum], { to: 'int64' });
}

export const poolingLowerings: Lowerings = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: overall((b, x, axes) =>
    axes.length === 2 ? b.op('GlobalAveragePool', [x]) : b.op('ReduceMean', [x], { axes, keepdims: 1 }),
  ),
  GlobalMaxPool: overall((b, x, axes) => b.op('ReduceMax', [x], { axes, keepdims: 1 })),
  MaxUnpool: maxUnpool,
  LpPool: (node) => {
    const { x, window } = poolOf(node);
    const p = node.b.constant(node.int('p', 2));
    const powers = node.b.op('Pow', [node.b.op('Abs', [x]), p]);
    const sums = acrossPlaces(node.b, powers, window, 0, (sum, place) => node.b.op('Add', [sum, place]));
    return finished(node, node.b.op('Pow', [sums, node.b.op('Reciprocal', [p])]));
  },
  GlobalLpPool: (node) => {
    const { b } = node;
    const x = node.float(0);
    const p = b.constant(node.int('p', 2));
    const axes = x.type.shape.map((_, axis) => axis).slice(2);
    const sums = b.op('ReduceSum', [b.op('Pow', [b.op('Abs', [x]), p])], { axes, keepdims: 1 });
    return b.op('Pow', [sums, b.op('Reciprocal', [p])]);
  },
};
