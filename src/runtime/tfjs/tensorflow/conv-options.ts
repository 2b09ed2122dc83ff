/** What the convolutions of TensorFlow share: attributes, and filters with zeros between their taps. */
import type { ConvAttributes } from '../../../graph/attributes.ts';
import type { OpAttribute, TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';

export type Pair = readonly [number, number];

/** The three maps of one convolution. Images are NHWC, filters [kh, kw, I/group, O]. */
export interface Three {
  readonly forward: (x: TensorHandle, w: TensorHandle) => TensorHandle;
  /** dy, w and the memory shape of x → dx. */
  readonly input: (dy: TensorHandle, w: TensorHandle, shape: readonly number[]) => TensorHandle;
  /** x, dy → dw. */
  readonly filter: (x: TensorHandle, dy: TensorHandle, kernel: Pair) => TensorHandle;
}

/** The attributes of a convolution, its dilations included. */
export function convOptions(tf: TensorFlowOps, { strides, pads, dilations }: ConvAttributes): OpAttribute[] {
  const [top, left, bottom, right] = pads;
  const padding = pads.every((pad) => pad === 0)
    ? [tf.text('padding', 'VALID')]
    : [tf.text('padding', 'EXPLICIT'), tf.int('explicit_paddings', [0, 0, top, bottom, left, right, 0, 0])];
  return [
    tf.int('strides', [1, strides[0], strides[1], 1]),
    tf.int('dilations', [1, dilations[0], dilations[1], 1]),
    ...padding,
  ];
}

export function isDilated({ dilations }: ConvAttributes): boolean {
  return dilations.some((dilation) => dilation > 1);
}

/** The kernel that a dilated one spans. */
export function blownUp(kernel: Pair, dilations: Pair): Pair {
  return [(kernel[0] - 1) * dilations[0] + 1, (kernel[1] - 1) * dilations[1] + 1];
}

/** A filter [kh, kw, I, O] with zeros between its taps: undilated, it does what the dilated one does. */
export function blowUp(tf: TensorFlowOps, filter: TensorHandle, dilations: Pair): TensorHandle {
  const [kh = 1, kw = 1, inputs = 1, outputs = 1] = filter.shape;
  const [d0, d1] = dilations;
  const apart = tf.reshape(filter, [kh, 1, kw, 1, inputs * outputs]);
  const paddings = tf.ints([0, 0, 0, d0 - 1, 0, 0, 0, d1 - 1, 0, 0], [5, 2]);
  const wide = tf.reshape(tf.call('Pad', [], [apart, paddings]), [kh * d0, kw * d1, inputs, outputs]);
  const size = tf.ints([...blownUp([kh, kw], dilations), inputs, outputs]);
  return tf.call('Slice', [], [wide, tf.ints([0, 0, 0, 0]), size]);
}

/** The taps of a blown-up filter gradient that belong to the filter. */
export function tapsOf(tf: TensorFlowOps, gradient: TensorHandle, dilations: Pair): TensorHandle {
  const stride = tf.ints([dilations[0], dilations[1], 1, 1]);
  const zeros = tf.ints([0, 0, 0, 0]);
  return tf.call('StridedSlice', [tf.int('end_mask', 15)], [gradient, zeros, zeros, stride]);
}

/** The pixels of an image [N, H, W, C] that a 1×1 window of these strides reads. */
export function pixelsRead(tf: TensorFlowOps, x: TensorHandle, strides: Pair): TensorHandle {
  const zeros = tf.ints([0, 0, 0, 0]);
  const stride = tf.ints([1, strides[0], strides[1], 1]);
  return tf.call('StridedSlice', [tf.int('end_mask', 15)], [x, zeros, zeros, stride]);
}
