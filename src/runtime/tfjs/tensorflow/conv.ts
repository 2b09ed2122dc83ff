/**
 * Convolutions in TensorFlow: images NHWC, filters HWIO, pads explicit.
 *
 * A depthwise filter is [kh, kw, 1, C·m] in memory, and TensorFlow wants [kh, kw, C, m]: the same bytes. TensorFlow's
 * depthwise kernels ignore dilations on some devices and reject them on others, so a dilated depthwise filter is blown
 * up with zeros between its taps, which is exact. Groups other than one and depthwise are taken apart.
 */
import type { ConvAttributes } from '../../../graph/attributes.ts';
import { known } from '../../../graph/infer/rule.ts';
import type { OpAttribute, TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';

type Pair = readonly [number, number];

export function convKernels(tf: TensorFlowOps) {
  const options = ({ strides, pads, dilations }: ConvAttributes): OpAttribute[] => {
    const [top, left, bottom, right] = pads;
    const padding = pads.every((pad) => pad === 0)
      ? [tf.text('padding', 'VALID')]
      : [tf.text('padding', 'EXPLICIT'), tf.int('explicit_paddings', [0, 0, top, bottom, left, right, 0, 0])];
    return [
      tf.int('strides', [1, strides[0], strides[1], 1]),
      tf.int('dilations', [1, dilations[0], dilations[1], 1]),
      ...padding,
    ];
  };

  const blownUp = (kernel: Pair, dilations: Pair): Pair => [
    (kernel[0] - 1) * dilations[0] + 1,
    (kernel[1] - 1) * dilations[1] + 1,
  ];

  /** [kh, kw, I, O] with zeros between the taps. */
  const blowUp = (filter: TensorHandle, dilations: Pair): TensorHandle => {
    const [kh = 1, kw = 1, inputs = 1, outputs = 1] = filter.shape;
    const [d0, d1] = dilations;
    const apart = tf.reshape(filter, [kh, 1, kw, 1, inputs * outputs]);
    const paddings = tf.ints([0, 0, 0, d0 - 1, 0, 0, 0, d1 - 1, 0, 0], [5, 2]);
    const wide = tf.reshape(tf.call('Pad', [], [apart, paddings]), [kh * d0, kw * d1, inputs, outputs]);
    const size = tf.ints([...blownUp([kh, kw], dilations), inputs, outputs]);
    return tf.call('Slice', [], [wide, tf.ints([0, 0, 0, 0]), size]);
  };

  /** The taps of a blown-up filter gradient that belong to the filter. */
  const taps = (gradient: TensorHandle, dilations: Pair): TensorHandle => {
    const stride = tf.ints([dilations[0], dilations[1], 1, 1]);
    const zeros = tf.ints([0, 0, 0, 0]);
    return tf.call('StridedSlice', [tf.int('end_mask', 15)], [gradient, zeros, zeros, stride]);
  };

  interface Depthwise {
    readonly options: OpAttribute[];
    readonly multiplier: number;
    /** [kh, kw, 1, C·m] as stored → [kh', kw', C, m] as TensorFlow wants it, blown up if dilated. */
    readonly filter: (stored: TensorHandle) => TensorHandle;
    readonly dilations: Pair;
    readonly dilated: boolean;
  }

  const depthwise = (conv: ConvAttributes, channels: number, outputs: number): Depthwise => {
    const multiplier = outputs / channels;
    const dilated = conv.dilations.some((dilation) => dilation > 1);
    // TensorFlow's depthwise kernels take one stride for both axes.
    return {
      options: options({ ...conv, dilations: [1, 1] }),
      multiplier,
      dilations: conv.dilations,
      dilated,
      filter: (stored) => {
        const wide = dilated ? blowUp(stored, conv.dilations) : stored;
        const [kh = 1, kw = 1] = wide.shape;
        return tf.reshape(wide, [kh, kw, channels, multiplier]);
      },
    };
  };

  /** What the three kernels of one convolution do for one group count. */
  interface Three {
    readonly forward: (x: TensorHandle, w: TensorHandle) => TensorHandle;
    /** dy, w and the memory shape of x → dx. */
    readonly input: (dy: TensorHandle, w: TensorHandle, shape: readonly number[]) => TensorHandle;
    /** x, dy → dw in memory order [kh, kw, I/group, O]. */
    readonly filter: (x: TensorHandle, dy: TensorHandle, kernel: Pair) => TensorHandle;
  }

  const dense = (conv: ConvAttributes): Three => {
    // Dilated on a CPU there is a forward kernel and no gradients.
    const dilated = conv.dilations.some((dilation) => dilation > 1);
    const attributes = options(conv);
    const undilated = options({ ...conv, dilations: [1, 1] });
    return {
      forward: (x, w) => tf.call('Conv2D', attributes, [x, w]),
      input: (dy, w, shape) => {
        const wide = dilated ? blowUp(w, conv.dilations) : w;
        return tf.call('Conv2DBackpropInput', undilated, [tf.ints(shape), wide, dy]);
      },
      filter: (x, dy, kernel) => {
        const [kh, kw] = blownUp(kernel, conv.dilations);
        const sizes = tf.ints([kh, kw, x.shape[3] ?? 1, dy.shape[3] ?? 1]);
        const gradient = tf.call('Conv2DBackpropFilter', undilated, [x, sizes, dy]);
        return dilated ? taps(gradient, conv.dilations) : gradient;
      },
    };
  };

  /**
   * At stride 1 the input gradient of a depthwise convolution is the convolution of dy by the mirrored filter, and on
   * a CPU TensorFlow's forward kernel is several times as fast as its gradient kernel.
   */
  const mirrored = (conv: ConvAttributes, channels: number, outputs: number): Three['input'] | undefined => {
    if (tf.gpu || channels !== outputs || conv.strides.some((stride) => stride !== 1)) return undefined;
    const { filter, options: attributes } = depthwise(conv, channels, outputs);
    return (dy, w, shape) => {
      const flipped = tf.call('ReverseV2', [], [filter(w), tf.ints([0, 1])]);
      const [kh = 1, kw = 1] = flipped.shape;
      const [top, left, bottom, right] = conv.pads;
      const pads = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right] as const;
      // Padding wider than the filter would have to be cut off instead.
      if (pads.some((pad) => pad < 0)) {
        return tf.call('DepthwiseConv2dNativeBackpropInput', attributes, [tf.ints(shape), filter(w), dy]);
      }
      return tf.call('DepthwiseConv2dNative', options({ ...conv, pads, dilations: [1, 1] }), [dy, flipped]);
    };
  };

  const perChannel = (conv: ConvAttributes, channels: number, outputs: number): Three => {
    const {
      options: attributes,
      filter,
      multiplier,
      dilated,
      dilations,
    } = depthwise(conv, channels, outputs);
    return {
      forward: (x, w) => tf.call('DepthwiseConv2dNative', attributes, [x, filter(w)]),
      input:
        mirrored(conv, channels, outputs) ??
        ((dy, w, shape) =>
          tf.call('DepthwiseConv2dNativeBackpropInput', attributes, [tf.ints(shape), filter(w), dy])),
      filter: (x, dy, kernel) => {
        const [kh, kw] = dilated ? blownUp(kernel, dilations) : kernel;
        const sizes = tf.ints([kh, kw, channels, multiplier]);
        const gradient = tf.call('DepthwiseConv2dNativeBackpropFilter', attributes, [x, sizes, dy]);
        const stored = tf.reshape(gradient, [kh, kw, 1, outputs]);
        return dilated ? taps(stored, dilations) : stored;
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
    const square = conv.strides[0] === conv.strides[1];
    return conv.group === channels && square ? perChannel(conv, channels, outputs) : grouped(conv);
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
