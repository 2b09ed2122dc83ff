/**
 * ConvFilterGrad as correlations that onnxruntime does well.
 *
 * The definition makes the batch the channels of one convolution whose filter is a whole image: onnxruntime then
 * copies every pixel once for every tap, and multiplies a matrix of one row. Here each image stays by itself (the
 * batch becomes groups, which costs nothing: the memory is the same), the products are matrices of several rows, and
 * the sum over the batch is taken of what is left, which is small.
 */
import type { ConvAttributes, OpAttributes } from '../../../graph/attributes.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import type { Rewrite } from '../../../graph/rebuild.ts';
import type { Value } from '../../../graph/types.ts';
import { divisorUpTo, greatestCommonDivisor, inputAt, knownImage } from './pieces.ts';

type FilterGradient = OpAttributes['ConvFilterGrad'];

export const filterGradient: Rewrite = (b, node, inputs) => {
  if (node.op !== 'ConvFilterGrad') return undefined;
  const [x, dy] = [inputAt(inputs, 0), inputAt(inputs, 1)];
  const { group } = node.attributes;
  if (group === 1) return dense(b, node.attributes, x, dy);
  const isDepthwise = x.type.shape[1] === group && dy.type.shape[1] === group;
  return isDepthwise ? depthwise(b, node.attributes, x, dy) : undefined;
};

/** Rows of the matrices that are multiplied; more of them is more wasted work, fewer is less efficient. Measured. */
const blockWidth = 16;

/**
 * dw[c, i, j] = Σ over n, h, w of dy[n, c, h, w] · x[n, c, h·s + i·d − p, w·s + j·d − p].
 *
 * A row of dy is read as blocks of q columns, w = a·q + r. Each r is a filter of its own, [oh, ow/q], with dilation
 * q·s along the width; sliding it over x gives, at (i, t), the part of dw[i, j] that belongs to r where
 * t = r·s + j·d. So q·(q + k) products per pair of blocks serve k·q that are needed.
 */
function depthwise(
  b: GraphBuilder,
  { strides, pads, dilations, kernel_shape }: FilterGradient,
  x: Value,
  dy: Value,
): readonly Value[] | undefined {
  const [image, windows] = [knownImage(x), knownImage(dy)];
  if (image === undefined || windows === undefined) return undefined;
  const [N, C, H, W] = image;
  const [, , oh, ow] = windows;
  const [kh, kw] = kernel_shape;
  const q = divisorUpTo(ow, blockWidth);
  const step = greatestCommonDivisor(strides[1], dilations[1]);

  const blocks = b.op('Reshape', [dy], { shape: [N * C, oh, ow / q, q] });
  const byColumn = b.op('Transpose', [blocks], { perm: [0, 3, 1, 2] });
  const filters = b.op('Reshape', [byColumn], { shape: [N * C * q, 1, oh, ow / q] });
  const correlated = b.op('Conv', [b.op('Reshape', [x], { shape: [1, N * C, H, W] }), filters], {
    strides: [dilations[0], step],
    pads,
    dilations: [strides[0], strides[1] * q],
    group: N * C,
  });
  const [, , rows, columns] = knownImage(correlated) ?? [0, 0, 0, 0];
  const perImage = b.op('Reshape', [correlated], { shape: [N, C, q * rows * columns] });
  const summed = b.op('ReduceSum', [perImage], { axes: [0], keepdims: 0 });
  const places: number[] = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      for (let r = 0; r < q; r++) {
        places.push((r * rows + i) * columns + (r * strides[1] + j * dilations[1]) / step);
      }
    }
  }
  const indices = b.op('Constant', [], { dtype: 'int64', shape: [1, kh, kw, q], values: places });
  return [b.op('ReduceSum', [b.op('Gather', [summed, indices], { axis: 1 })], { axes: [4], keepdims: 0 })];
}

/** dw[o, i, tap] = Σ over n and positions of dy[n, o, position] · x at the tap: one matrix product an image. */
function dense(
  b: GraphBuilder,
  attributes: FilterGradient,
  x: Value,
  dy: Value,
): readonly Value[] | undefined {
  const [image, windows] = [knownImage(x), knownImage(dy)];
  if (image === undefined || windows === undefined) return undefined;
  const [N, O, oh, ow] = windows;
  const I = image[1];
  const [kh, kw] = attributes.kernel_shape;
  const taps = kh * kw;
  const positions = oh * ow;
  const columns = tapsOf(b, attributes, x, [oh, ow]);
  // onnxruntime works on all groups at once only where a product is at least as wide as it is high.
  const wide = O <= taps * I;
  const [high, across] = wide ? [O, taps * I] : [taps * I, O];
  const products = b.op(
    'Conv',
    [
      b.op('Reshape', [wide ? columns : dy], { shape: [1, N, across, positions] }),
      b.op('Reshape', [wide ? dy : columns], { shape: [N * high, 1, 1, positions] }),
    ],
    { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: N },
  );
  const sumOf = (shape: readonly number[]) =>
    b.op('ReduceSum', [b.op('Reshape', [products], { shape })], { axes: [0], keepdims: 0 });
  if (wide && taps === 1) return [sumOf([N, O, I, 1, 1])];
  // [O, kh, kw, I] or [kh, kw, I, O], to [O, I, kh, kw].
  return wide
    ? [b.op('Transpose', [sumOf([N, O, kh, kw, I])], { perm: [0, 3, 1, 2] })]
    : [b.op('Transpose', [sumOf([N, kh, kw, I, O])], { perm: [3, 2, 0, 1] })];
}

/** What each tap of the filter sees, one under the other: [N, taps·I, oh, ow]. */
function tapsOf(
  b: GraphBuilder,
  { strides, pads, dilations, kernel_shape }: ConvAttributes & Pick<FilterGradient, 'kernel_shape'>,
  x: Value,
  [oh, ow]: readonly [number, number],
): Value {
  const [kh, kw] = kernel_shape;
  const [top, left, bottom, right] = pads;
  const padded = pads.every((pad) => pad === 0)
    ? x
    : b.op('Pad', [x], { pads: [0, 0, top, left, 0, 0, bottom, right], value: 0 });
  const [, , height, width] = padded.type.shape;
  const seen: Value[] = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      const starts = [i * dilations[0], j * dilations[1]] as const;
      const ends = [starts[0] + (oh - 1) * strides[0] + 1, starts[1] + (ow - 1) * strides[1] + 1];
      const whole =
        starts[0] === 0 && starts[1] === 0 && strides.join() === '1,1' && height === oh && width === ow;
      seen.push(whole ? padded : b.op('Slice', [padded], { starts, ends, axes: [2, 3], steps: strides }));
    }
  }
  const [only] = seen;
  return seen.length === 1 && only !== undefined ? only : b.op('Concat', seen, { axis: 1 });
}
