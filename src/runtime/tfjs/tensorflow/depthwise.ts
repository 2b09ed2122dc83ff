/**
 * Depthwise convolutions in TensorFlow.
 *
 * A depthwise filter is [kh, kw, 1, C·m] in memory, and TensorFlow wants [kh, kw, C, m]: the same bytes. Its kernels
 * ignore dilations on some devices and reject them on others, so a dilated filter is blown up with zeros between its
 * taps, which is exact and slow. Rewritings, exact too, avoid the slow kernels of the CPU where they apply: the image is
 * sampled first where stride and dilation are equal (`sampling.ts`), the input gradient is by the mirrored filter, and
 * the phases of the image are a batch for the dilated filter gradient.
 */
import type { ConvAttributes } from '../../../graph/attributes.ts';
import type { TensorHandle } from '../load.ts';
import { blownUp, blowUp, convOptions, isDilated, tapsOf, type Three } from './conv-options.ts';
import type { TensorFlowOps } from './device.ts';

/** @param conv of as many groups as there are channels, its strides equal: TensorFlow takes one for both axes */
export function depthwise(tf: TensorFlowOps, conv: ConvAttributes, channels: number, outputs: number): Three {
  const plain = blownUpDepthwise(tf, conv, channels, outputs);
  const mirrored = tf.gpu ? undefined : mirroredInput(tf, conv, channels, outputs, plain);
  const phased = tf.gpu ? undefined : phasedFilter(tf, conv, channels, outputs, plain);
  const direct = mirrored ?? plain.input;
  const input = spreadInput(tf, conv, channels, outputs, direct) ?? direct;
  return { forward: plain.forward, input, filter: phased ?? plain.filter };
}

interface Depthwise extends Three {
  /** [kh, kw, 1, C·m] as stored → [kh', kw', C, m] as TensorFlow wants it, blown up if dilated. */
  readonly filterFor: (stored: TensorHandle) => TensorHandle;
}

function blownUpDepthwise(
  tf: TensorFlowOps,
  conv: ConvAttributes,
  channels: number,
  outputs: number,
): Depthwise {
  const multiplier = outputs / channels;
  const dilated = isDilated(conv);
  const attributes = convOptions(tf, { ...conv, dilations: [1, 1] });
  const filterFor = (stored: TensorHandle): TensorHandle => {
    const wide = dilated ? blowUp(tf, stored, conv.dilations) : stored;
    const [kh = 1, kw = 1] = wide.shape;
    return tf.reshape(wide, [kh, kw, channels, multiplier]);
  };
  return {
    filterFor,
    forward: (x, w) => tf.call('DepthwiseConv2dNative', attributes, [x, filterFor(w)]),
    input: (dy, w, shape) =>
      tf.call('DepthwiseConv2dNativeBackpropInput', attributes, [tf.ints(shape), filterFor(w), dy]),
    filter: (x, dy, kernel) => {
      const [kh, kw] = blownUp(kernel, conv.dilations);
      const sizes = tf.ints([kh, kw, channels, multiplier]);
      const gradient = tf.call('DepthwiseConv2dNativeBackpropFilter', attributes, [x, sizes, dy]);
      const stored = tf.reshape(gradient, [kh, kw, 1, outputs]);
      return dilated ? tapsOf(tf, stored, conv.dilations) : stored;
    },
  };
}

/**
 * At stride 1 the input gradient is the convolution of dy by the mirrored filter, and on a CPU TensorFlow's forward
 * kernel is several times as fast as its gradient kernel.
 */
function mirroredInput(
  tf: TensorFlowOps,
  conv: ConvAttributes,
  channels: number,
  outputs: number,
  plain: Depthwise,
): Three['input'] | undefined {
  if (channels !== outputs || conv.strides.some((stride) => stride !== 1)) return undefined;
  return (dy, w, shape) => {
    const flipped = tf.call('ReverseV2', [], [plain.filterFor(w), tf.ints([0, 1])]);
    const [kh = 1, kw = 1] = flipped.shape;
    const [top, left, bottom, right] = conv.pads;
    const pads = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right] as const;
    // Padding wider than the filter would have to be cut off instead.
    if (pads.some((pad) => pad < 0)) return plain.input(dy, w, shape);
    const attributes = convOptions(tf, { ...conv, pads, dilations: [1, 1] });
    return tf.call('DepthwiseConv2dNative', attributes, [dy, flipped]);
  };
}

/**
 * Dilated by d at stride 1, pixels that are not d apart never meet: the d² phases of image and gradient are a batch of
 * small ones, and the filter is undilated there. Where the sizes divide evenly.
 */
function phasedFilter(
  tf: TensorFlowOps,
  conv: ConvAttributes,
  channels: number,
  outputs: number,
  plain: Depthwise,
): Three['filter'] | undefined {
  if (!isDilated(conv) || conv.strides.some((stride) => stride !== 1)) return undefined;
  const [d0, d1] = conv.dilations;
  const [top, left, bottom, right] = conv.pads;
  const block = tf.ints([d0, d1]);
  const attributes = convOptions(tf, {
    strides: [1, 1],
    dilations: [1, 1],
    pads: [0, 0, 0, 0],
    group: conv.group,
  });
  return (x, dy, kernel) => {
    const [, height = 1, width = 1] = x.shape;
    const [, rows = 1, columns = 1] = dy.shape;
    const even =
      rows % d0 === 0 &&
      columns % d1 === 0 &&
      (height + top + bottom) % d0 === 0 &&
      (width + left + right) % d1 === 0;
    if (!even) return plain.filter(x, dy, kernel);
    const image = tf.call('SpaceToBatchND', [], [x, block, tf.ints([top, bottom, left, right], [2, 2])]);
    const gradient = tf.call('SpaceToBatchND', [], [dy, block, tf.ints([0, 0, 0, 0], [2, 2])]);
    const sizes = tf.ints([...kernel, channels, outputs / channels]);
    const dw = tf.call('DepthwiseConv2dNativeBackpropFilter', attributes, [image, sizes, gradient]);
    return tf.reshape(dw, [...kernel, 1, outputs]);
  };
}

/**
 * Where stride and dilation are the same s, only every s-th pixel is ever read, and has a gradient: that of the sample,
 * with zeros in between. Where pads and sizes are multiples of s.
 */
function spreadInput(
  tf: TensorFlowOps,
  conv: ConvAttributes,
  channels: number,
  outputs: number,
  otherwise: Three['input'],
): Three['input'] | undefined {
  const [s] = conv.strides;
  const fits = s > 1 && conv.dilations.every((d) => d === s) && conv.pads.every((pad) => pad % s === 0);
  if (!fits) return undefined;
  const [top, left, bottom, right] = conv.pads;
  const pads = [top / s, left / s, bottom / s, right / s] as const;
  const inner = depthwise(
    tf,
    { strides: [1, 1], dilations: [1, 1], pads, group: conv.group },
    channels,
    outputs,
  );
  const divides = ([, height = 1, width = 1]: readonly number[]) => height % s === 0 && width % s === 0;
  return (dy, w, shape) => {
    if (!divides(shape)) return otherwise(dy, w, shape);
    const [N = 1, height = 1, width = 1, C = 1] = shape;
    const few = inner.input(dy, w, [N, height / s, width / s, C]);
    const apart = tf.reshape(few, [N, height / s, 1, width / s, 1, C]);
    const paddings = tf.ints([0, 0, 0, 0, 0, s - 1, 0, 0, 0, s - 1, 0, 0], [6, 2]);
    return tf.reshape(tf.call('Pad', [], [apart, paddings]), shape);
  };
}
