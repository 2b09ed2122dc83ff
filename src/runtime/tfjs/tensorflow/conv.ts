/**
 * Convolutions in TensorFlow: images NHWC, filters HWIO, pads explicit. Groups other than one and depthwise are taken
 * apart.
 */
import type { ConvAttributes } from '../../../graph/attributes.ts';
import { known } from '../../../graph/infer/rule.ts';
import type { TensorHandle } from '../load.ts';
import { blownUp, blowUp, convOptions, isDilated, pixelsRead, tapsOf, type Three } from './conv-options.ts';
import { depthwise } from './depthwise.ts';
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';
import { nativeDepthwise } from './native.ts';

export function convKernels(tf: TensorFlowOps) {
  const dense = (conv: ConvAttributes): Three => {
    // Dilated on a CPU there is a forward kernel and no gradients.
    const dilated = isDilated(conv);
    const attributes = convOptions(tf, conv);
    const undilated = convOptions(tf, { ...conv, dilations: [1, 1] });
    const { strides } = conv;
    const everyPixel = convOptions(tf, { ...conv, strides: [1, 1] });
    const unstrided = convOptions(tf, { ...conv, dilations: [1, 1], strides: [1, 1] });
    return {
      forward: (x, w) => {
        if (tf.gpu || !confusesRows(conv, x, w)) return tf.call('Conv2D', attributes, [x, w]);
        return pixelsRead(tf, tf.call('Conv2D', everyPixel, [x, w]), strides);
      },
      input: (dy, w, shape) => {
        const wide = dilated ? blowUp(tf, w, conv.dilations) : w;
        const [batch = 1, height = 1, width = 1, channels] = shape;
        if (tf.gpu || channels !== 1 || dy.shape[3] !== 1) {
          return tf.call('Conv2DBackpropInput', undilated, [tf.ints(shape), wide, dy]);
        }
        // From one channel to one, TensorFlow 2.21 leaves out all but the first tap on some processors (AMD EPYC with
        // AVX-512). Of two channels that are the same, the first is taken.
        const twice = tf.call(
          'ConcatV2',
          [tf.int('N', 2), tf.type('T', 'float32')],
          [wide, wide, tf.ints([2], [])],
        );
        const both = tf.call('Conv2DBackpropInput', undilated, [
          tf.ints([batch, height, width, 2]),
          twice,
          dy,
        ]);
        return tf.call('Slice', [], [both, tf.ints([0, 0, 0, 0]), tf.ints([batch, height, width, 1])]);
      },
      filter: (x, dy, kernel) => {
        const [kh, kw] = blownUp(kernel, conv.dilations);
        const sizes = tf.ints([kh, kw, x.shape[3] ?? 1, dy.shape[3] ?? 1]);
        if (
          kh === 1 &&
          kw === 1 &&
          strides.some((stride) => stride > 1) &&
          conv.pads.every((pad) => pad === 0)
        ) {
          // Over an image of even size TensorFlow's own kernel for a CPU writes past the end of its buffer: memory is
          // spoilt, and the process may crash much later. The pixels that are read are all that is needed.
          return tf.call('Conv2DBackpropFilter', unstrided, [pixelsRead(tf, x, strides), sizes, dy]);
        }
        const gradient = tf.call('Conv2DBackpropFilter', undilated, [x, sizes, dy]);
        return dilated ? tapsOf(tf, gradient, conv.dilations) : gradient;
      },
    };
  };

  /** Each group on its own: slow, and rare. */
  const grouped = (conv: ConvAttributes): Three => {
    const { group } = conv;
    const one = dense({ ...conv, group: 1 });
    const split = (x: TensorHandle): TensorHandle[] =>
      tf.calls('Split', [tf.int('num_split', group)], [tf.ints([3], []), x], group);
    const join = (parts: readonly TensorHandle[]): TensorHandle =>
      tf.call('ConcatV2', [tf.int('N', group), tf.type('T', 'float32')], [...parts, tf.ints([3], [])]);
    const pairs = (
      a: TensorHandle,
      b: TensorHandle,
      body: (p: TensorHandle, q: TensorHandle) => TensorHandle,
    ) => {
      const right = split(b);
      return join(split(a).map((part, i) => body(part, right[i] as TensorHandle)));
    };
    return {
      forward: (x, w) => pairs(x, w, one.forward),
      input: (dy, w, shape) => {
        const part = [...shape.slice(0, 3), (shape[3] ?? 1) / group];
        return pairs(dy, w, (p, q) => one.input(p, q, part));
      },
      filter: (x, dy, kernel) => pairs(x, dy, (p, q) => one.filter(p, q, kernel)),
    };
  };

  const three = (conv: ConvAttributes, channels: number, outputs: number): Three => {
    if (conv.group === 1) return dense(conv);
    if (tf.native && conv.group === channels && channels === outputs) return nativeDepthwise(tf, conv);
    const square = conv.strides[0] === conv.strides[1];
    return conv.group === channels && square ? depthwise(tf, conv, channels, outputs) : grouped(conv);
  };

  const channelsOf = (shape: readonly (number | string)[] | undefined, axis: number): number =>
    known(shape?.[axis], 'channels');

  return {
    Conv: (({ node, attributes }) => {
      const [x, w] = node.inputs;
      const { forward } = three(attributes, channelsOf(x?.type.shape, 1), channelsOf(w?.type.shape, 0));
      return (inputs) => {
        const [image, filter, bias] = inputs;
        const y = forward(image as TensorHandle, filter as TensorHandle);
        return [bias === undefined ? y : tf.call('BiasAdd', [], [y, bias])];
      };
    }) satisfies TensorFlowKernel<'Conv'>,

    ConvTranspose: (({ node, attributes }) => {
      const y = node.outputs[0]?.type.shape;
      const [, C, H, W] = (y ?? []).map((dim, axis) => (axis === 0 ? 0 : known(dim, 'an image')));
      const { input } = three(attributes, C ?? 1, channelsOf(node.inputs[0]?.type.shape, 1));
      return (inputs) => {
        const [dy, w] = inputs as [TensorHandle, TensorHandle];
        return [input(dy, w, [dy.shape[0] ?? 1, H ?? 1, W ?? 1, C ?? 1])];
      };
    }) satisfies TensorFlowKernel<'ConvTranspose'>,

    ConvFilterGrad: (({ node, attributes }) => {
      const [x, dy] = node.inputs;
      const { filter } = three(attributes, channelsOf(x?.type.shape, 1), channelsOf(dy?.type.shape, 1));
      return (inputs) => {
        const [image, gradient] = inputs as [TensorHandle, TensorHandle];
        return [filter(image, gradient, attributes.kernel_shape)];
      };
    }) satisfies TensorFlowKernel<'ConvFilterGrad'>,
  };
}

/**
 * Whether TensorFlow's kernel for a CPU reads the wrong rows: it does so for images of one channel, several in a batch,
 * that are strided along their width only and of which one column comes out. Seen in 2.21; found by a random case.
 */
function confusesRows(
  { strides, pads, dilations }: ConvAttributes,
  x: TensorHandle,
  w: TensorHandle,
): boolean {
  const [, , width = 1, channels] = x.shape;
  const [, reach] = blownUp([1, w.shape[1] ?? 1], dilations);
  const oneColumn = width + pads[1] + pads[3] - reach < strides[1];
  return channels === 1 && strides[0] === 1 && strides[1] > 1 && oneColumn;
}
