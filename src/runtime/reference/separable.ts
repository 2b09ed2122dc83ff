/** The fused ops of separable convolutions and of mixed nodes: one formula after the other, each of them a kernel here. */
import { internal } from '../../errors.ts';
import type { ConvAttributes, OwnAttributes } from '../../graph/attributes.ts';
import { operandsOf, pointwise, termsOf } from '../../graph/separable.ts';
import { sizeOf, type Tensor } from '../../graph/tensor.ts';
import { convolution } from './convolution.ts';
import { extents, numbers, operand, outputShape, type Kernels } from './kernel.ts';
import { normalisation } from './normalisation.ts';

export const separable: Kernels<
  'SeparableHalf' | 'SeparableHalfGrad' | 'MixedSum' | 'PixelPairs' | 'PixelPairsGrad' | 'Patches'
> = {
  SeparableHalf: (inputs, { relu, norm_epsilon, ...conv }, shapes) => {
    const z = held(outputShape(shapes), halfOf(inputs, { relu, norm_epsilon }, conv, outputShape(shapes)).z);
    const channels = outputShape(shapes, 1);
    const [ones, zeros] = [
      held(channels, ofOnes(channels)),
      held(channels, new Float64Array(channels[0] ?? 0)),
    ];
    const [, mean, variance] = normalisation.BatchNormTrain([z, ones, zeros], { epsilon: 0 }, shapes);
    return [z.data, ...[mean, variance].map(given)];
  },

  SeparableHalfGrad: (
    inputs,
    { relu, norm_epsilon, epsilon, masked, again, dropped, added, ...conv },
    shapes,
  ) => {
    const { factor, sum, z: kept, statistics, half } = operandsOf({ again, dropped, added }, inputs);
    const zShape = operand(inputs, 0).shape;
    const dy = factor === undefined ? operand(inputs, 0) : held(zShape, times(operand(inputs, 0), factor));
    const { u, c, z } = halfOf(half, { relu, norm_epsilon }, conv, zShape);
    const norm = [dy, kept ?? held(zShape, z), ...statistics];
    const [dz, dscale, dbias] = normalisation.BatchNormTrainGrad(norm, { epsilon }, shapes).map(given);
    const gradient = held(zShape, given(dz));
    const [depthwise, mix] = [operand(half, 1), operand(half, 2)];
    const output_padding = [0, 0] as const;
    const dc = held(
      c.shape,
      given(convolution.ConvTranspose([gradient, mix], { ...pointwise, output_padding }, [c.shape])[0]),
    );
    const dx = given(convolution.ConvTranspose([dc, depthwise], { ...conv, output_padding }, [u.shape])[0]);
    const [kh = 1, kw = 1] = depthwise.shape.slice(2);
    const filter = { ...conv, kernel_shape: [kh, kw] as const };
    const mixing = { ...pointwise, kernel_shape: [1, 1] as const };
    const passed = relu * masked === 1 ? dx.map((value, i) => (u.data[i]! > 0 ? value : 0)) : dx;
    return [
      sum === undefined ? passed : numbers([sum], 0).map((value, i) => value + passed[i]!),
      given(convolution.ConvFilterGrad([u, dc], filter, [depthwise.shape])[0]),
      given(convolution.ConvFilterGrad([c, gradient], mixing, [mix.shape])[0]),
      given(dscale),
      given(dbias),
    ];
  },

  MixedSum: (inputs, attributes, shapes) => {
    const { plain, scaled, normed } = termsOf(attributes, inputs);
    const terms = [
      ...plain.map((term) => numbers([term], 0)),
      ...scaled.map((pair) => times(operand(pair, 0), operand(pair, 1))),
      ...normed.map((operands) => {
        const [y] = normalisation.BatchNormalization(operands.slice(0, 5), attributes, shapes);
        const factor = operands[5];
        return factor === undefined ? given(y) : times(held(outputShape(shapes), given(y)), factor);
      }),
    ];
    const sum = new Float64Array(numbers(inputs, 0).length);
    for (const term of terms) term.forEach((value, i) => (sum[i]! += value));
    return [sum];
  },

  PixelPairs: (inputs, _, shapes) => {
    const [x, shape] = [numbers(inputs, 0), outputShape(shapes)];
    const y = new Float64Array(x.length / 2);
    eachPixel(shape, (pair, pixel) => (y[pair] = x[pixel]!));
    return [y];
  },

  PixelPairsGrad: (inputs, _, shapes) => {
    const dy = numbers(inputs, 0);
    const dx =
      inputs.length === 2 ? numbers(inputs, 1).slice() : new Float64Array(sizeOf(outputShape(shapes)));
    eachPixel(operand(inputs, 0).shape, (pair, pixel) => (dx[pixel]! += dy[pair]!));
    return [dx];
  },

  Patches: (inputs, attributes, shapes) => [patches(operand(inputs, 0), attributes, outputShape(shapes))],
};

/** The pixels of a window, (row, column, channel), as channels. */
function patches(
  x: Tensor,
  { kernel_shape: [kh, kw], strides, pads, dilations }: OwnAttributes['Patches'],
  shape: readonly number[],
): Float64Array {
  const [, C, H, W] = extents(x.shape);
  const [N, , oh, ow] = extents(shape);
  const from = numbers([x], 0);
  const y = new Float64Array(sizeOf(shape));
  let at = 0;
  for (let n = 0; n < N; n++)
    for (let tap = 0; tap < kh * kw; tap++)
      for (let c = 0; c < C; c++)
        for (let h = 0; h < oh; h++)
          for (let w = 0; w < ow; w++, at++) {
            const row = h * strides[0] - pads[0] + Math.floor(tap / kw) * dilations[0];
            const column = w * strides[1] - pads[1] + (tap % kw) * dilations[1];
            if (row < 0 || row >= H || column < 0 || column >= W) continue;
            y[at] = from[((n * C + c) * H + row) * W + column]!;
          }
  return y;
}

/** Where each pixel of pairs [N, 2·C, H, W] stands there, and in the image that they are of. */
function eachPixel(shape: readonly number[], visit: (pair: number, pixel: number) => void): void {
  const [N, channels, H, W] = extents(shape);
  const C = channels / 2;
  let pair = 0;
  for (let n = 0; n < N; n++)
    for (let c = 0; c < channels; c++) {
      const [plane, corner] = [n * C + (c % C), Math.floor(c / C)];
      for (let h = 0; h < H; h++)
        for (let w = 0; w < W; w++) visit(pair++, (plane * 2 * H + 2 * h + corner) * 2 * W + 2 * w + corner);
    }
}

/** u, c and z of a half, u being an image and c the depthwise convolution of it. */
function halfOf(
  inputs: readonly Tensor[],
  { relu, norm_epsilon: epsilon }: Pick<OwnAttributes['SeparableHalf'], 'relu' | 'norm_epsilon'>,
  conv: ConvAttributes,
  zShape: readonly number[],
) {
  const [x, depthwise, mix] = [operand(inputs, 0), operand(inputs, 1), operand(inputs, 2)];
  const seen =
    inputs.length === 3
      ? numbers(inputs, 0)
      : given(normalisation.BatchNormalization([x, ...inputs.slice(3)], { epsilon }, [x.shape])[0]);
  const u = held(x.shape, relu === 1 ? seen.map((value) => Math.max(0, value)) : seen);
  const [N = 1, , oh = 1, ow = 1] = zShape;
  const cShape = [N, depthwise.shape[0] ?? 1, oh, ow];
  const c = held(cShape, given(convolution.Conv([u, depthwise], conv, [cShape])[0]));
  return { u, c, z: given(convolution.Conv([c, mix], pointwise, [zShape])[0]) };
}

/** An image times one number, or one an image. */
function times(x: Tensor, factor: Tensor): Float64Array {
  const [values, factors] = [numbers([x], 0), numbers([factor], 0)];
  const each = values.length / factors.length;
  return values.map((value, i) => value * factors[Math.floor(i / each)]!);
}

function held(shape: readonly number[], data: Float64Array): Tensor {
  return { dtype: 'float32', shape, data };
}

function ofOnes([count = 0]: readonly number[]): Float64Array {
  return new Float64Array(count).fill(1);
}

function given(data: Tensor['data'] | undefined): Float64Array {
  if (!(data instanceof Float64Array)) throw internal('a kernel gave values of another type');
  return data;
}
