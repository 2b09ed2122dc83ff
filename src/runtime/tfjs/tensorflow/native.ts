/** Depthwise convolutions and the gradient of max pools by ops of our own, where `nascent setup` could compile them. */
import type { ConvAttributes, PoolAttributes } from '../../../graph/attributes.ts';
import type { OpAttribute, TensorHandle } from '../load.ts';
import type { Pair, Three } from './conv-options.ts';
import type { TensorFlowOps } from './device.ts';

/** A convolution of as many filters as there are channels and groups. */
export function nativeDepthwise(tf: TensorFlowOps, conv: ConvAttributes): Three {
  const { strides, dilations, pads } = conv;
  const [top, left, bottom, right] = pads;
  const windows = nativeWindow(tf, conv);
  const outputSize = (x: TensorHandle, w: TensorHandle): Pair => {
    const along = (axis: 0 | 1, padding: number) => {
      const reach = ((w.shape[axis] ?? 1) - 1) * dilations[axis] + 1;
      return Math.floor(((x.shape[axis + 1] ?? 1) + padding - reach) / strides[axis]) + 1;
    };
    return [along(0, top + bottom), along(1, left + right)];
  };
  const plain = [tf.int('spread', [1, 1]), tf.bool('mirrored', false)];
  return {
    forward: (x, w) =>
      tf.call('NascentDepthwise', [...windows, ...plain, tf.int('size', outputSize(x, w))], [x, w]),
    input: (dy, w, [, height = 1, width = 1]) => {
      const before = (axis: 0 | 1, pad: number) => ((w.shape[axis] ?? 1) - 1) * dilations[axis] - pad;
      const options = [
        tf.int('strides', [1, 1]),
        tf.int('dilations', dilations),
        tf.int('pads', [before(0, top), before(1, left)]),
        tf.int('spread', strides),
        tf.int('size', [height, width]),
        tf.bool('mirrored', true),
      ];
      return tf.call('NascentDepthwise', options, [dy, w]);
    },
    filter: (x, dy, kernel) =>
      tf.call('NascentDepthwiseFilterGrad', [...windows, tf.int('kernel', kernel)], [x, dy]),
  };
}

/** Where windows lie: of the pads, those before an image; those after it are what its size leaves over. */
export function nativeWindow(
  tf: TensorFlowOps,
  { strides, dilations, pads }: Omit<ConvAttributes, 'group'>,
): OpAttribute[] {
  return [tf.int('strides', strides), tf.int('dilations', dilations), tf.int('pads', pads.slice(0, 2))];
}

/** (x, y, dy) → dx. */
export function nativeMaxPoolGrad(
  tf: TensorFlowOps,
  { kernel_shape, strides, pads }: PoolAttributes,
): (operands: readonly TensorHandle[]) => TensorHandle {
  const options = [
    tf.int('kernel', kernel_shape),
    tf.int('strides', strides),
    tf.int('pads', pads.slice(0, 2)),
  ];
  return (operands) => tf.call('NascentMaxPoolGrad', options, operands);
}
