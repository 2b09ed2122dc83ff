/**
 * Gradients of pools without ScatterElements, ConvTranspose and MaxPool's positions, which onnxruntime computes in its
 * slowest way (20 times the time of the maxima alone).
 */
import type { AveragePoolAttributes, PoolAttributes } from '../../../graph/attributes.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import { windowExtents } from '../../../graph/definitions.ts';
import type { Rewrite } from '../../../graph/rebuild.ts';
import type { Value } from '../../../graph/types.ts';
import { inputAt, knownImage, matrix } from './pieces.ts';

export const poolGradient: Rewrite = (b, node, inputs) => {
  if (node.op === 'AveragePoolGrad') {
    return averagePool(b, node.attributes, node.attributes.input_size, inputAt(inputs, 0));
  }
  return node.op === 'MaxPoolGrad' ? maxPool(b, node.attributes, inputs) : undefined;
};

/**
 * An average over a window is an average over its rows of averages over its columns, so the gradient is dy multiplied
 * by a matrix from each side. The divisors, padding counted or not, are products of two factors too.
 */
function averagePool(
  b: GraphBuilder,
  pool: AveragePoolAttributes,
  size: readonly [number, number],
  dy: Value,
): readonly Value[] {
  const extents = windowExtents(pool, size);
  const factor = (axis: 0 | 1) => {
    const { kernel_shape, strides, pads, count_include_pad } = pool;
    const [kernel, stride, pad] = [kernel_shape[axis], strides[axis], pads[axis]];
    const counts = count_include_pad ? extents[axis].map(() => kernel) : extents[axis];
    const share = (window: number, at: number) => {
      const tap = at + pad - window * stride;
      return tap >= 0 && tap < kernel ? 1 / (counts[window] ?? 1) : 0;
    };
    return {
      share,
      windows: counts.length,
      key: `average ${[kernel, stride, pad, count_include_pad].join()}`,
    };
  };
  const [down, across] = [factor(0), factor(1)];
  const columns = matrix(b, [across.windows, size[1]], across.key, across.share);
  const rows = matrix(b, [size[0], down.windows], `${down.key} rows`, (at, window) => down.share(window, at));
  return [b.op('MatMul', [rows, b.op('MatMul', [dy, columns])])];
}

/**
 * The first maximum of a window, row by row, is the first maximum in the first row that has it. So the gradient goes
 * down first, to the maxima of rows, and then along the rows; each way is one-dimensional.
 */
function maxPool(
  b: GraphBuilder,
  { kernel_shape, strides, pads }: PoolAttributes,
  inputs: readonly Value[],
): readonly Value[] | undefined {
  const [x, y, dy] = [inputAt(inputs, 0), inputAt(inputs, 1), inputAt(inputs, 2)];
  const [size, windows] = [knownImage(x), knownImage(y)];
  if (size === undefined || windows === undefined) return undefined;
  const rowMaxima = b.op('MaxPool', [x], {
    kernel_shape: [1, kernel_shape[1]],
    strides: [1, strides[1]],
    pads: [0, pads[1], 0, pads[3]],
  });
  const along = (axis: 0 | 1) => ({
    axis: axis === 0 ? (2 as const) : (3 as const),
    kernel: kernel_shape[axis],
    stride: strides[axis],
    before: pads[axis],
    after: pads[axis === 0 ? 2 : 3],
    size: size[axis === 0 ? 2 : 3],
    windows: windows[axis === 0 ? 2 : 3],
  });
  const down = towardsFirst(b, along(0), rowMaxima, y, dy);
  return [towardsFirst(b, along(1), x, rowMaxima, down)];
}

interface Line {
  readonly axis: 2 | 3;
  readonly kernel: number;
  readonly stride: number;
  readonly before: number;
  readonly after: number;
  readonly size: number;
  readonly windows: number;
}

/** dy of each window of a line, added where the window's maximum y first stands in x. */
function towardsFirst(b: GraphBuilder, line: Line, x: Value, y: Value, dy: Value): Value {
  const { axis, kernel, stride, windows } = line;
  const padded = withLowest(b, line, x);
  const zero = b.constant(0);
  const shares: Value[] = [];
  let rest = dy;
  for (let tap = 0; tap < kernel - 1; tap++) {
    const seen = b.op('Slice', [padded], {
      starts: [tap],
      ends: [tap + (windows - 1) * stride + 1],
      axes: [axis],
      steps: [stride],
    });
    const here = b.op('Equal', [seen, y]);
    shares.push(b.op('Where', [here, rest, zero]));
    rest = b.op('Where', [here, zero, rest]);
  }
  // What has found no place before stands at the last tap.
  shares.push(rest);
  return gathered(b, line, b.op('Concat', shares, { axis }));
}

/** x with what is less than every number around it. */
function withLowest(b: GraphBuilder, { axis, before, after }: Line, x: Value): Value {
  if (before === 0 && after === 0) return x;
  const pads = [0, 0, 0, 0, 0, 0, 0, 0];
  pads[axis] = before;
  pads[axis + 4] = after;
  return b.op('Pad', [x], { pads, value: -Infinity });
}

/** Shares, tap after tap along the axis, each added where it belongs: a product with a matrix of zeros and ones. */
function gathered(
  b: GraphBuilder,
  { axis, kernel, stride, before, size, windows }: Line,
  shares: Value,
): Value {
  const key = `gathered ${kernel} ${stride} ${before} ${windows}`;
  const belongs = (share: number, at: number) => {
    const [tap, window] = [Math.floor(share / windows), share % windows];
    return window * stride + tap - before === at ? 1 : 0;
  };
  if (axis === 3) return b.op('MatMul', [shares, matrix(b, [kernel * windows, size], key, belongs)]);
  const places = matrix(b, [size, kernel * windows], `${key} rows`, (at, share) => belongs(share, at));
  return b.op('MatMul', [places, shares]);
}
