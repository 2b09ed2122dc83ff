/**
 * Pools on tfjs's CPU backend, NHWC.
 *
 * tfjs's kernels take explicit pads, and count as part of a window only what lies inside the image: a maximum never is
 * padding, and a mean never counts it. Where a mean is to count it, the zeros are put there by hand.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolAttributes } from '../../../graph/attributes.ts';
import { sizeOf, stridesOf } from '../../../graph/tensor.ts';
import { operand, type CpuKernel, type CpuOps } from './ops.ts';
import { copyBox } from './walk.ts';

const unpadded = [0, 0, 0, 0] as const;

export function poolKernels(tf: CpuOps) {
  const options = ({ kernel_shape, strides, pads: [top, left, bottom, right] }: PoolAttributes) => ({
    filterSize: [...kernel_shape],
    strides: [...strides],
    pad: [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    dimRoundingMode: 'floor',
  });

  /** x with zeros around it. */
  const padded = (x: TensorInfo, { pads: [top, left, bottom, right] }: PoolAttributes): TensorInfo => {
    const [N = 1, H = 1, W = 1, C = 1] = x.shape;
    const shape = [N, H + top + bottom, W + left + right, C];
    const strides = stridesOf(shape);
    const y = new Float32Array(sizeOf(shape));
    const target = { start: top * (strides[1] ?? 0) + left * (strides[2] ?? 0), strides };
    copyBox(x.shape, tf.values(x), { start: 0, strides: stridesOf(x.shape) }, y, target);
    return tf.make('float32', shape, y);
  };

  /** Where in x each window has its maximum, the first where several are equal. Both are in memory order. */
  const maxima = (x: TensorInfo, y: TensorInfo, pool: PoolAttributes): Int32Array => {
    const { kernel_shape, strides, pads } = pool;
    const values = tf.values(x);
    const [, H = 1, W = 1, C = 1] = x.shape;
    const [N = 1, oh = 1, ow = 1] = y.shape;
    const at = new Int32Array(sizeOf(y.shape));
    let next = 0;
    for (let n = 0; n < N; n++) {
      for (let i = 0; i < oh; i++) {
        const [top, bottom] = inside(i * strides[0] - pads[0], kernel_shape[0], H);
        for (let j = 0; j < ow; j++) {
          const [left, right] = inside(j * strides[1] - pads[1], kernel_shape[1], W);
          for (let c = 0; c < C; c++) {
            let best = ((n * H + top) * W + left) * C + c;
            for (let row = top; row < bottom; row++) {
              const start = (n * H + row) * W;
              for (let column = left; column < right; column++) {
                const candidate = (start + column) * C + c;
                if (values[candidate]! > values[best]!) best = candidate;
              }
            }
            at[next++] = best;
          }
        }
      }
    }
    return at;
  };

  return {
    MaxPool: (({ attributes, wanted }) =>
      (inputs) => {
        const x = operand(inputs, 0);
        const y = tf.call('MaxPool', { x }, options(attributes));
        if (!wanted[1]) return [y];
        const [, H = 1, W = 1, C = 1] = x.shape;
        // Position n·H·W·C + place·C + c in memory is (n·C + c)·H·W + place in the graph.
        const positions = maxima(x, y, attributes).map((position) => {
          const n = Math.floor(position / (H * W * C));
          const place = Math.floor(position / C) - n * H * W;
          return (n * C + (position % C)) * H * W + place;
        });
        return [y, tf.transpose(tf.make('int64', y.shape, positions), [0, 3, 1, 2])];
      }) satisfies CpuKernel<'MaxPool'>,

    MaxPoolGrad: (({ attributes }) =>
      (inputs) => {
        const [x, y] = [operand(inputs, 0), operand(inputs, 1)];
        const dy = tf.values(operand(inputs, 2));
        const dx = new Float32Array(sizeOf(x.shape));
        maxima(x, y, attributes).forEach((position, i) => {
          dx[position]! += dy[i]!;
        });
        return [tf.make('float32', x.shape, dx)];
      }) satisfies CpuKernel<'MaxPoolGrad'>,

    MaxPoolGather: (({ attributes }) =>
      (inputs) => {
        const [x, y] = [operand(inputs, 0), operand(inputs, 1)];
        const u = tf.values(operand(inputs, 2));
        const picked = Float32Array.from(maxima(x, y, attributes), (position) => u[position]!);
        return [tf.make('float32', y.shape, picked)];
      }) satisfies CpuKernel<'MaxPoolGather'>,

    AveragePool: (({ attributes }) =>
      (inputs) => {
        const x = operand(inputs, 0);
        if (attributes.count_include_pad === 0 || attributes.pads.every((pad) => pad === 0)) {
          return [tf.call('AvgPool', { x }, options(attributes))];
        }
        return [tf.call('AvgPool', { x: padded(x, attributes) }, options({ ...attributes, pads: unpadded }))];
      }) satisfies CpuKernel<'AveragePool'>,

    GlobalAveragePool: (() => (inputs) => [
      tf.call('Mean', { x: operand(inputs, 0) }, { axis: [1, 2], keepDims: true }),
    ]) satisfies CpuKernel<'GlobalAveragePool'>,
  };
}

/** The part of a window, first to before last, that lies inside the image. */
function inside(start: number, kernel: number, size: number): [number, number] {
  return [Math.max(start, 0), Math.min(start + kernel, size)];
}
