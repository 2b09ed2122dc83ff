/**
 * Large depthwise convolutions as convolutions along the width of which the rows are channels.
 *
 * onnxruntime has a kernel for depthwise 3×3; from 5×5 on it copies each pixel k² times and then multiplies a matrix of
 * one row. Seen as [N, C·H, 1, W], an image needs k copies, and the filter becomes, for each channel, a banded matrix
 * [oh, H] at each of k taps. That multiplies by many zeros, in matrices that are shaped well enough to make up for it while
 * the image is small.
 */
import type { Rewrite } from '../../../graph/rebuild.ts';
import { inputAt, knownShape, matrix } from './pieces.ts';

/** Where the banded form was measured to be faster. */
const leastKernel = 5;
const mostRows = 32;

export const depthwise: Rewrite = (b, node, inputs) => {
  if (node.op !== 'Conv' || inputs.length !== 2) return undefined;
  const [x, w] = [inputAt(inputs, 0), inputAt(inputs, 1)];
  const { strides, pads, dilations, group } = node.attributes;
  const [, C, H, W] = x.type.shape;
  const [O, , kh = 1, kw = 1] = knownShape(w) ?? [];
  const [, , oh, ow] = inputAt(node.outputs, 0).type.shape;
  if (typeof H !== 'number' || typeof W !== 'number' || typeof oh !== 'number' || typeof ow !== 'number') {
    return undefined;
  }
  const fits = C === group && O === group && kh >= leastKernel && kh <= H && H <= mostRows;
  if (!fits) return undefined;

  const [stride, dilation, top] = [strides[0], dilations[0], pads[0]];
  const key = `band ${stride} ${dilation} ${top} ${H}`;
  const band = matrix(b, [oh * H, kh], key, (rows, tap) => {
    const [to, from] = [Math.floor(rows / H), rows % H];
    return from === to * stride + tap * dilation - top ? 1 : 0;
  });
  const taps = b.op('Reshape', [w], { shape: [group, kh, kw] });
  const banded = b.op('Reshape', [b.op('MatMul', [band, taps])], { shape: [group * oh, H, 1, kw] });
  const rows = b.op('Reshape', [x], { shape: [0, group * H, 1, W] });
  const y = b.op('Conv', [rows, banded], {
    strides: [1, strides[1]],
    pads: [0, pads[1], 0, pads[3]],
    dilations: [1, dilations[1]],
    group,
  });
  return [b.op('Reshape', [y], { shape: [0, group, oh, ow] })];
};
