/**
 * Large depthwise convolutions as convolutions along the width of which the rows are channels.
 *
 * onnxruntime has a kernel for depthwise 3×3; from 5×5 on it copies each pixel k² times and then multiplies a matrix of
 * one row. Seen as [N, C·H, 1, W], an image needs k copies, and the filter becomes, for each channel, a banded matrix
 * [oh, H] at each of k taps. That multiplies by many zeros, in matrices that are shaped well enough to make up for it while
 * the image is small.
 */
import type { ConvAttributes } from '../../../graph/attributes.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import type { Rewrite } from '../../../graph/rebuild.ts';
import type { Value } from '../../../graph/types.ts';
import { inputAt, knownShape, matrix } from './pieces.ts';

/** Where the banded form was measured to be faster. */
const leastKernel = 5;
export const mostBandedRows = 32;

export const depthwise: Rewrite = (b, node, inputs) => {
  if (node.op !== 'Conv' || inputs.length !== 2) return undefined;
  const [x, w] = [inputAt(inputs, 0), inputAt(inputs, 1)];
  const { strides, pads, dilations, group } = node.attributes;
  const [, C, H] = x.type.shape;
  const [O, , kh = 1] = knownShape(w) ?? [];
  const [, , oh] = inputAt(node.outputs, 0).type.shape;
  if (typeof H !== 'number' || typeof oh !== 'number') return undefined;
  const fits = C === group && O === group && kh >= leastKernel && kh <= H && H <= mostBandedRows;
  if (!fits) return undefined;
  const [stride, dilation, top] = [strides[0], dilations[0], pads[0]];
  const band: Band = {
    key: `${stride} ${dilation} ${top}`,
    rows: oh,
    reads: (to, from, tap) => from === to * stride + tap * dilation - top,
  };
  return [
    banded(b, x, w, band, { stride: strides[1], pads: [pads[1], pads[3]], dilation: dilations[1], group }),
  ];
};

/** Which row of the image each row of the result reads at each tap. */
export interface Band {
  /** Tells this band from others of its size. */
  readonly key: string;
  /** Rows of the result. */
  readonly rows: number;
  readonly reads: (to: number, from: number, tap: number) => boolean;
}

/** How the width is convolved. */
interface Across extends Pick<ConvAttributes, 'group'> {
  readonly stride: number;
  readonly pads: readonly [number, number];
  readonly dilation: number;
}

/** The depthwise convolution of x [N, C, H, W] by w [C, 1, kh, kw] that `band` and `across` describe. */
export function banded(b: GraphBuilder, x: Value, w: Value, band: Band, across: Across): Value {
  const { group, stride, pads, dilation } = across;
  const [H, W] = [Number(x.type.shape[2]), Number(x.type.shape[3])];
  const [kh, kw] = [Number(w.type.shape[2]), Number(w.type.shape[3])];
  const reads = matrix(b, [band.rows * H, kh], `band ${band.key} ${H}`, (pair, tap) =>
    band.reads(Math.floor(pair / H), pair % H, tap) ? 1 : 0,
  );
  const taps = b.op('Reshape', [w], { shape: [group, kh, kw] });
  const filter = b.op('Reshape', [b.op('MatMul', [reads, taps])], { shape: [group * band.rows, H, 1, kw] });
  const rows = b.op('Reshape', [x], { shape: [0, group * H, 1, W] });
  const y = b.op('Conv', [rows, filter], {
    strides: [1, stride],
    pads: [0, pads[0], 0, pads[1]],
    dilations: [1, dilation],
    group,
  });
  return b.op('Reshape', [y], { shape: [0, group, band.rows, Number(y.type.shape[3])] });
}
