/**
 * Images read at places that are data: GridSample, and the AffineGrid that such places often come from. A place lies
 * between elements of each axis, its taps, each with a weight; what is read is the sum over all combinations of taps.
 */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { elementsOf } from '../../../src/graph/extent.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable } from '../node-reader.ts';
import { clamped, floorOf, slice, where, type Lower, type Lowerings } from './lowering.ts';

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
  const flat = b.op('Reshape', [x], { shape: [batch, channels, sizes.reduce((a, c) => a * c, 1)] });
  const spread: readonly Dim[] = [batch, channels, places];
  const terms = combined(b, taps, sizes).map(({ at, weight }) => {
    const rows = b.op('Unsqueeze', [b.op('Cast', [at], { to: 'int64' })], { axes: [1] });
    const read = b.op('GatherElements', [flat, b.op('Expand', [rows], { shape: spread })], { axis: 2 });
    return weight === undefined ? read : b.op('Mul', [read, b.op('Unsqueeze', [weight], { axes: [1] })]);
  });
  const sum = terms.reduce((total, term) => b.op('Add', [total, term]));
  const sampled = b.op('Reshape', [sum], { shape: [batch, channels, ...wanted] });
  return node.as(sampled, node.tensor(0).type.dtype);
};

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
  // [rank + 1, places]: the numbers of each place, those of the last axis first, and 1.
  const numbers = image.toReversed().flatMap((size, i) => {
    const stride = strides[rank - 1 - i] ?? 1;
    return Array.from({ length: count }, (_, place) => {
      const at = Math.floor(place / stride) % size;
      return aligned ? (size === 1 ? -1 : (2 * at) / (size - 1) - 1) : (2 * at + 1) / size - 1;
    });
  });
  const ones = Array.from({ length: count }, () => 1);
  const places = b.constant([...numbers, ...ones], [rank + 1, count]);
  const moved = b.op('Transpose', [b.op('MatMul', [theta, places])], { perm: [0, 2, 1] });
  const grid = b.op('Reshape', [moved], { shape: [batch, ...image, rank] });
  return node.as(grid, node.tensor(0).type.dtype);
};

export const samplingLowerings: Lowerings = { GridSample: gridSample, AffineGrid: affineGrid };
