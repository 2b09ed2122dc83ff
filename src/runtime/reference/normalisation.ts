/** Batch norm, on [N, C, …]: with given statistics, with the batch's own, and the gradient of the latter. */
import type { Tensor } from '../../graph/tensor.ts';
import { foldsNorms } from './arithmetic.ts';
import { around, numbers, operand, type Kernels } from './kernel.ts';

export const normalisation: Kernels<'BatchNormalization' | 'BatchNormTrain' | 'BatchNormTrainGrad'> = {
  BatchNormalization: (inputs, { epsilon }) => {
    const x = operand(inputs, 0);
    const [scale, bias] = [numbers(inputs, 1), numbers(inputs, 2)];
    const [mean, variance] = [numbers(inputs, 3), numbers(inputs, 4)];
    return [normalise(x, { scale, bias, mean, variance, epsilon })];
  },

  BatchNormTrain: (inputs, { epsilon }) => {
    const x = operand(inputs, 0);
    const values = numbers(inputs, 0);
    const [scale, bias] = [numbers(inputs, 1), numbers(inputs, 2)];
    const mean = channelMeans(x, (i) => values[i]!);
    const variance = channelMeans(x, (i, c) => (values[i]! - mean[c]!) ** 2);
    return [normalise(x, { scale, bias, mean, variance, epsilon }), mean, variance];
  },

  /**
   * With x̂ = (x − mean)/√(variance + ε) and means over a channel:
   * dx = scale/√(variance + ε) · (dy − mean(dy) − x̂·mean(dy·x̂)), dscale = Σ dy·x̂, dbias = Σ dy.
   */
  BatchNormTrainGrad: (inputs, { epsilon }) => {
    const image = operand(inputs, 1);
    const [dy, x, scale] = [numbers(inputs, 0), numbers(inputs, 1), numbers(inputs, 2)];
    const [mean, variance] = [numbers(inputs, 3), numbers(inputs, 4)];
    const inverse = variance.map((value) => 1 / Math.sqrt(value + epsilon));
    const normal = (i: number, c: number) => (x[i]! - mean[c]!) * inverse[c]!;
    const dyMean = channelMeans(image, (i) => dy[i]!);
    const tilt = channelMeans(image, (i, c) => dy[i]! * normal(i, c));
    const dx = new Float64Array(x.length);
    eachElement(image, (i, c) => {
      dx[i] = scale[c]! * inverse[c]! * (dy[i]! - dyMean[c]! - normal(i, c) * tilt[c]!);
    });
    const count = x.length / scale.length;
    return [dx, tilt.map((value) => value * count), dyMean.map((value) => value * count)];
  },
};

interface Statistics {
  readonly scale: Float64Array;
  readonly bias: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly epsilon: number;
}

function normalise(image: Tensor, { scale, bias, mean, variance, epsilon }: Statistics): Float64Array {
  const x = numbers([image], 0);
  const y = new Float64Array(x.length);
  const factor = scale.map((value, c) => value / Math.sqrt(variance[c]! + epsilon));
  if (foldsNorms()) {
    const single = Float32Array.from(factor);
    const shift = Float32Array.from(bias, (value, c) => value - mean[c]! * single[c]!);
    eachElement(image, (i, c) => {
      y[i] = Math.fround(x[i]! * single[c]!) + shift[c]!;
    });
    return y;
  }
  eachElement(image, (i, c) => {
    y[i] = (x[i]! - mean[c]!) * factor[c]! + bias[c]!;
  });
  return y;
}

/** The mean over everything but the channels. */
function channelMeans(image: Tensor, value: (i: number, c: number) => number): Float64Array {
  const sums = new Float64Array(around(image.shape, 1).extent);
  eachElement(image, (i, c) => {
    sums[c]! += value(i, c);
  });
  const count = image.data.length / sums.length;
  return sums.map((sum) => sum / count);
}

/** Every element of [N, C, …], with its channel. */
function eachElement({ shape }: Tensor, body: (i: number, c: number) => void): void {
  const { outer, extent, inner } = around(shape, 1);
  for (let n = 0; n < outer; n++) {
    for (let c = 0; c < extent; c++) {
      const start = (n * extent + c) * inner;
      for (let i = start; i < start + inner; i++) body(i, c);
    }
  }
}
