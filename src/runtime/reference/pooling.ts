/** Pools and their gradients, window by window. */
import type { PoolAttributes } from '../../graph/attributes.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { total } from './arithmetic.ts';
import { extents, numbers, operand, outputShape, type Kernels } from './kernel.ts';

type Pooling =
  'MaxPool' | 'MaxPoolGrad' | 'MaxPoolGather' | 'AveragePool' | 'AveragePoolGrad' | 'GlobalAveragePool';

export const pooling: Kernels<Pooling> = {
  MaxPool: (inputs, attributes, shapes) => {
    const x = numbers(inputs, 0);
    const at = maxima(operand(inputs, 0), attributes, outputShape(shapes));
    return [Float64Array.from(at, (position) => x[position]!), at];
  },

  MaxPoolGrad: (inputs, attributes) => {
    const [x, y, dy] = [operand(inputs, 0), operand(inputs, 1), numbers(inputs, 2)];
    const dx = new Float64Array(x.data.length);
    maxima(x, attributes, y.shape).forEach((position, i) => {
      dx[position]! += dy[i]!;
    });
    return [dx];
  },

  MaxPoolGather: (inputs, attributes) => {
    const [x, y, u] = [operand(inputs, 0), operand(inputs, 1), numbers(inputs, 2)];
    return [Float64Array.from(maxima(x, attributes, y.shape), (position) => u[position]!)];
  },

  AveragePool: (inputs, attributes, shapes) => {
    const x = numbers(inputs, 0);
    const [batch, channels, oh, ow] = extents(outputShape(shapes));
    const [, , height, width] = extents(operand(inputs, 0).shape);
    const windows = windowsOver(attributes, [height, width], [oh, ow]);
    const y = new Float64Array(batch * channels * oh * ow);
    for (let plane = 0; plane < batch * channels; plane++) {
      windows.forEach((window, i) => {
        let sum = 0;
        for (let row = window.top; row < window.bottom; row++) {
          const start = (plane * height + row) * width;
          for (let column = window.left; column < window.right; column++) sum += x[start + column]!;
        }
        y[plane * windows.length + i] = sum / divisor(window, attributes);
      });
    }
    return [y];
  },

  AveragePoolGrad: (inputs, attributes, shapes) => {
    const dy = numbers(inputs, 0);
    const [, , oh, ow] = extents(operand(inputs, 0).shape);
    const [batch, channels, height, width] = extents(outputShape(shapes));
    const windows = windowsOver(attributes, [height, width], [oh, ow]);
    const dx = new Float64Array(batch * channels * height * width);
    for (let plane = 0; plane < batch * channels; plane++) {
      windows.forEach((window, i) => {
        const share = dy[plane * windows.length + i]! / divisor(window, attributes);
        for (let row = window.top; row < window.bottom; row++) {
          const start = (plane * height + row) * width;
          for (let column = window.left; column < window.right; column++) dx[start + column]! += share;
        }
      });
    }
    return [dx];
  },

  GlobalAveragePool: (inputs) => {
    const x = numbers(inputs, 0);
    const [batch, channels, height, width] = extents(operand(inputs, 0).shape);
    const size = height * width;
    const means = Float64Array.from(
      { length: batch * channels },
      (_, plane) => total(size, (i) => x[plane * size + i]!) / size,
    );
    return [means];
  },
};

/** What a window covers of the image, padding left out; rows top … bottom − 1, columns left … right − 1. */
interface Window {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The windows of a pool, in row-major order of its output. */
function windowsOver(
  { kernel_shape, strides, pads }: PoolAttributes,
  [height, width]: readonly [number, number],
  [oh, ow]: readonly [number, number],
): readonly Window[] {
  const windows: Window[] = [];
  for (let row = 0; row < oh; row++) {
    for (let column = 0; column < ow; column++) {
      const top = row * strides[0] - pads[0];
      const left = column * strides[1] - pads[1];
      windows.push({
        top: Math.max(top, 0),
        bottom: Math.min(top + kernel_shape[0], height),
        left: Math.max(left, 0),
        right: Math.min(left + kernel_shape[1], width),
      });
    }
  }
  return windows;
}

function divisor(
  { top, bottom, left, right }: Window,
  { kernel_shape, count_include_pad }: PoolAttributes & { readonly count_include_pad: 0 | 1 },
): number {
  return count_include_pad ? kernel_shape[0] * kernel_shape[1] : (bottom - top) * (right - left);
}

/** Which of a window is taken for its maximum. */
export interface Choice {
  /** Whether one position of x may be as large as another, which is the largest. */
  readonly isAsLarge: (position: number, largest: number) => boolean;
  /** Of those that are, the first or the last of window `i`. */
  readonly isFirst: (i: number) => boolean;
}

/**
 * The position in the flattened x of each window's maximum, the first where several are equal.
 *
 * @param choice which it is instead
 */
export function maxima(
  x: Tensor,
  attributes: PoolAttributes,
  shape: readonly number[],
  choice?: Choice,
): Int32Array {
  const values = numbers([x], 0);
  const [batch, channels, oh, ow] = extents(shape);
  const [, , height, width] = extents(x.shape);
  const windows = windowsOver(attributes, [height, width], [oh, ow]);
  const at = new Int32Array(batch * channels * oh * ow);
  for (let plane = 0; plane < batch * channels; plane++) {
    windows.forEach(({ top, bottom, left, right }, i) => {
      // What is padded in is −∞, and every window holds some of the image: the padding never wins.
      let best = (plane * height + top) * width + left;
      for (let row = top; row < bottom; row++) {
        const start = (plane * height + row) * width;
        for (let column = left; column < right; column++) {
          if (values[start + column]! > values[best]!) best = start + column;
        }
      }
      const y = plane * windows.length + i;
      at[y] = best;
      if (choice === undefined) return;
      const isFirst = choice.isFirst(y);
      for (let nth = 0; nth < (bottom - top) * (right - left); nth++) {
        const of = isFirst ? nth : (bottom - top) * (right - left) - 1 - nth;
        const row = top + Math.floor(of / (right - left));
        const position = (plane * height + row) * width + left + (of % (right - left));
        if (position !== best && !choice.isAsLarge(position, best)) continue;
        at[y] = position;
        break;
      }
    });
  }
  return at;
}
