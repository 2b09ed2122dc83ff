/**
 * Images read at places that are data: GridSample, the AffineGrid that such places often come from, and DeformConv. A place
 * lies between elements of each axis, its taps, each with a weight; what is read is the sum over all combinations of taps.
 */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { elementsOf } from '../../../src/graph/extent.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable } from '../node-reader.ts';
import { clamped, floorOf, listOf, slice, where, type Lower, type Lowerings } from './lowering.ts';

/** An element along an axis: where it is, as a float within the axis, and how much it counts; undefined counts as 1. */
interface Tap {
  readonly at: Value;
  readonly weight: Value | undefined;
}

interface Sampling {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly padding: string;
  readonly aligned: boolean;
}

/** Of all axes together: the row of the flattened image, and the weight. */
const gridSample: Lower = (node) => {
  const { b } = node;
  const [x, grid] = [node.float(0), node.float(1)];
  const sampling: Sampling = {
    mode: modeOf(node.string('mode', node.opset < 20 ? 'bilinear' : 'linear')),
    padding: node.string('padding_mode', 'zeros'),
    aligned: node.flag('align_corners', 0) === 1,
  };
  const [batch = 1, channels = 1, ...image] = x.type.shape;
  const sizes = image.map((dim) => numberOf(dim, 'the size of the image'));
  const rank = sizes.length;
  const wanted = grid.type.shape.slice(1, -1);
  const places = elementsOf(wanted);
  // The last axis of an image is the first number of a place.
  const numbers = b.op('Reshape', [grid], { shape: [batch, places, rank] });
  const taps = sizes.map((size, axis) => {
    const number = slice(b, numbers, 2, rank - 1 - axis, rank - axis);
    return tapsOf(b, b.op('Squeeze', [number], { axes: [2] }), size, sampling);
  });
  const flat = b.op('Reshape', [x], { shape: [batch, channels, elementsOf(sizes)] });
  const sampled = b.op('Reshape', [readAt(b, flat, taps, sizes)], { shape: [batch, channels, ...wanted] });
  return node.as(sampled, node.tensor(0).type.dtype);
};

/** Of images [N, C, elements], what is at places [N, places] that have taps along each axis: [N, C, places]. */
function readAt(
  b: GraphBuilder,
  flat: Value,
  taps: readonly (readonly Tap[])[],
  sizes: readonly number[],
): Value {
  const [batch = 1, channels = 1] = flat.type.shape;
  const terms = combined(b, taps, sizes).map(({ at, weight }) => {
    const rows = b.op('Unsqueeze', [b.op('Cast', [at], { to: 'int64' })], { axes: [1] });
    const spread: readonly Dim[] = [batch, channels, at.type.shape[1] ?? 1];
    const read = b.op('GatherElements', [flat, b.op('Expand', [rows], { shape: spread })], { axis: 2 });
    return weight === undefined ? read : b.op('Mul', [read, b.op('Unsqueeze', [weight], { axes: [1] })]);
  });
  return terms.reduce((total, term) => b.op('Add', [total, term]));
}

function modeOf(mode: string): Sampling['mode'] {
  const short = mode.replace(/^bi/, '');
  if (short === 'nearest' || short === 'linear' || short === 'cubic') return short;
  throw new Unreadable(`has mode=${mode}`);
}

/** Every combination of a tap of each axis. */
function combined(
  b: GraphBuilder,
  taps: readonly (readonly Tap[])[],
  sizes: readonly number[],
): readonly Tap[] {
  return taps.reduce<readonly Tap[]>((outer, own, axis) => {
    if (axis === 0) return own;
    const size = b.constant(sizes[axis] ?? 1);
    return outer.flatMap((before) =>
      own.map((tap) => ({
        at: b.op('Add', [b.op('Mul', [before.at, size]), tap.at]),
        weight:
          before.weight === undefined || tap.weight === undefined
            ? (before.weight ?? tap.weight)
            : b.op('Mul', [before.weight, tap.weight]),
      })),
    );
  }, []);
}

/** @param number −1 … 1 from one end of the axis to the other */
function tapsOf(b: GraphBuilder, number: Value, size: number, sampling: Sampling): readonly Tap[] {
  const { mode, padding, aligned } = sampling;
  const fromStart = b.op('Add', [number, b.constant(1)]);
  // The ends are the middles of the outermost elements, or their outer borders.
  const place = aligned
    ? b.op('Mul', [fromStart, b.constant((size - 1) / 2)])
    : b.op('Mul', [
        b.op('Sub', [b.op('Mul', [fromStart, b.constant(size)]), b.constant(1)]),
        b.constant(0.5),
      ]);
  if (mode === 'nearest') return [inside(b, b.op('Round', [place]), undefined, size, sampling)];
  // Beyond the border an image goes on as it is there, and so does what is between its elements.
  const kept = padding === 'border' && mode === 'linear' ? clamped(b, place, 0, size - 1) : place;
  const first = floorOf(b, kept);
  const t = b.op('Sub', [kept, first]);
  const weights = mode === 'linear' ? linear(b, t) : cubic(b, t);
  const before = mode === 'linear' ? 0 : 1;
  return weights.map((weight, i) =>
    inside(b, b.op('Add', [first, b.constant(i - before)]), weight, size, sampling),
  );
}

function linear(b: GraphBuilder, t: Value): readonly Value[] {
  return [b.op('Sub', [b.constant(1), t]), t];
}

/** Keys' cubic convolution, as PyTorch has it. */
function cubic(b: GraphBuilder, t: Value): readonly Value[] {
  const a = -0.75;
  const rest = b.op('Sub', [b.constant(1), t]);
  const polynomial = (x: Value, coefficients: readonly number[]) =>
    coefficients.map((c) => b.constant(c)).reduce((sum, c) => b.op('Add', [b.op('Mul', [sum, x]), c]));
  const near = (x: Value) => polynomial(x, [a + 2, -(a + 3), 0, 1]);
  const far = (x: Value) => polynomial(b.op('Add', [x, b.constant(1)]), [a, -5 * a, 8 * a, -4 * a]);
  return [far(t), near(t), near(rest), far(rest)];
}

/** What stands for an element that may be outside of the axis. */
function inside(
  b: GraphBuilder,
  at: Value,
  weight: Value | undefined,
  size: number,
  { padding, aligned }: Sampling,
): Tap {
  const held = clamped(b, at, 0, size - 1);
  if (padding === 'border') return { at: held, weight };
  if (padding === 'reflection') {
    return { at: clamped(b, reflected(b, at, size, aligned), 0, size - 1), weight };
  }
  if (padding !== 'zeros') throw new Unreadable(`has padding_mode=${padding}`);
  const own = weight ?? b.constant(1);
  return { at: held, weight: where(b, b.op('Equal', [at, held]), own, b.constant(0)) };
}

/** Thrown back at the ends as often as it takes: a triangle wave. */
function reflected(b: GraphBuilder, at: Value, size: number, aligned: boolean): Value {
  const [least, range] = aligned ? [0, size - 1] : [-0.5, size];
  if (range === 0) return b.op('Mul', [at, b.constant(0)]);
  const [start, period] = [b.constant(least), b.constant(2 * range)];
  const from = b.op('Sub', [at, start]);
  const turns = b.op('Mul', [floorOf(b, b.op('Div', [from, period])), period]);
  const phase = b.op('Sub', [from, turns]);
  return b.op('Add', [b.op('Min', [phase, b.op('Sub', [period, phase])]), start]);
}

/** theta [N, 2, 3] or [N, 3, 4] → the place of every element of an image, [N, H, W, 2] or [N, D, H, W, 3]. */
const affineGrid: Lower = (node) => {
  const { b } = node;
  const theta = node.float(0);
  const [batch = 1, , ...image] = needed(node.numbers(1, 'size'), 'size');
  const aligned = node.flag('align_corners', 0) === 1;
  const rank = image.length;
  const count = image.reduce((a, c) => a * c, 1);
  if (count > 2 ** 24) throw new Unreadable(`makes a grid of ${count} places`);
  const strides = image.map((_, axis) => image.slice(axis + 1).reduce((a, c) => a * c, 1));
  const { held, over } = node.places;
  // [rank + 1, places]: the numbers of each place, those of the last axis first, and 1.
  const numbers = image.toReversed().flatMap((size, i) => {
    const stride = strides[rank - 1 - i] ?? 1;
    return Array.from({ length: count }, (_, place) => {
      const at = Math.floor(place / stride) % size;
      if (!aligned) return held(over(2 * at + 1, size) - 1);
      return size === 1 ? -1 : held(over(2 * at, size - 1) - 1);
    });
  });
  const ones = Array.from({ length: count }, () => 1);
  const places = b.constant([...numbers, ...ones], [rank + 1, count]);
  const moved = b.op('Transpose', [b.op('MatMul', [theta, places])], { perm: [0, 2, 1] });
  const grid = b.op('Reshape', [moved], { shape: [batch, ...image, rank] });
  return node.as(grid, node.tensor(0).type.dtype);
};

/**
 * A convolution that reads every element of its window a little off, as it is told for every place it is at: these are
 * gathered first, and what is left is a convolution by a window of one element.
 *
 * (x [N, C, H, W], W [M, C / group, kH, kW], offset [N, offset_group · kH · kW · 2, oH, oW], bias?,
 * mask? [N, offset_group · kH · kW, oH, oW]) → [N, M, oH, oW]
 */
const deformConv: Lower = (node) => {
  const { b } = node;
  const [x, filter, offset] = [node.float(0), node.float(1), node.float(2)];
  const [bias, mask] = [node.has(3) ? node.float(3) : undefined, node.has(4) ? node.float(4) : undefined];
  const [batch = 1, channels, ...image] = x.type.shape;
  if (image.length !== 2) throw new Unreadable('is no convolution of images');
  const sizes = image.map((dim) => numberOf(dim, 'the size of the image'));
  const [filters = 1, own = 1, ...window] = filter.type.shape.map((dim) => numberOf(dim, 'its filters'));
  const told = node.ints('kernel_shape') ?? window;
  if (told.join() !== window.join()) {
    throw new Unreadable(`has kernel_shape=[${told.join(', ')}], and filters of [${window.join(', ')}]`);
  }
  const [strides, dilations] = [node.ints('strides') ?? [1, 1], node.ints('dilations') ?? [1, 1]];
  const pads = node.ints('pads') ?? [0, 0, 0, 0];
  const [group, groups] = [node.int('group', 1), node.int('offset_group', 1)];
  const each = numberOf(channels, 'how many channels it reads') / groups;
  if (!Number.isInteger(each))
    throw new Unreadable(`has offset_group=${groups}, of which channels are no multiple`);
  const sides = offset.type.shape.slice(2).map((dim) => numberOf(dim, 'the size of what it gives'));
  const [height = 1, width = 1] = sides;
  const [, columns = 1] = window;
  const [taps, area] = [elementsOf(window) as number, height * width];
  const images = elementsOf([batch, groups]);
  const offsets = b.op('Reshape', [offset], { shape: [images, taps, 2, area] });
  const along = sizes.map((size, axis) => {
    const still = listOf(taps * area, (i) => {
      const [tap, place] = [Math.floor(i / area), i % area];
      const [inWindow, at] =
        axis === 0 ? [Math.floor(tap / columns), Math.floor(place / width)] : [tap % columns, place % width];
      return at * (strides[axis] ?? 1) - (pads[axis] ?? 0) + inWindow * (dilations[axis] ?? 1);
    });
    const moved = b.op('Add', [
      b.op('Reshape', [slice(b, offsets, 2, axis, axis + 1)], { shape: [images, taps * area] }),
      b.constant(still, [taps * area]),
    ]);
    return linearTaps(b, moved, size);
  });
  const flat = b.op('Reshape', [x], { shape: [images, each, elementsOf(sizes)] });
  const read = readAt(b, flat, along, sizes);
  const masked =
    mask === undefined
      ? read
      : b.op('Mul', [read, b.op('Reshape', [mask], { shape: [images, 1, taps * area] })]);
  const gathered = b.op('Reshape', [masked], { shape: [batch, each * groups * taps, height, width] });
  const matrix = b.op('Reshape', [filter], { shape: [filters, own * taps, 1, 1] });
  const convolved = b.op('Conv', [gathered, matrix], {
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    group,
  });
  const sum =
    bias === undefined
      ? convolved
      : b.op('Add', [convolved, b.op('Reshape', [bias], { shape: [1, filters, 1, 1] })]);
  return node.as(sum, node.tensor(0).type.dtype);
};

/** The two elements that a place lies between, and nothing beyond the image. */
function linearTaps(b: GraphBuilder, place: Value, size: number): readonly Tap[] {
  const first = floorOf(b, place);
  return linear(b, b.op('Sub', [place, first])).map((weight, i) =>
    inside(b, b.op('Add', [first, b.constant(i)]), weight, size, {
      mode: 'linear',
      padding: 'zeros',
      aligned: true,
    }),
  );
}

export const samplingLowerings: Lowerings = {
  GridSample: gridSample,
  AffineGrid: affineGrid,
  DeformConv: deformConv,
};
