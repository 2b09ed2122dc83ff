/**
 * Convolutions on tfjs's CPU backend: images NHWC, filters HWIO, pads explicit.
 *
 * A depthwise filter is [kh, kw, 1, C·m] in memory, and tfjs wants [kh, kw, C, m]: the same bytes. tfjs's gradients
 * ignore dilations and its depthwise kernel refuses them together with strides, so a dilated filter is blown up with
 * zeros between its taps there, which is exact. Groups other than one and depthwise are taken apart.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvAttributes } from '../../../graph/attributes.ts';
import { known } from '../../../graph/infer/rule.ts';
import { sizeOf, stridesOf } from '../../../graph/tensor.ts';
import type { Dim } from '../../../graph/types.ts';
import { operand, type CpuKernel, type CpuOps } from './ops.ts';
import { binary } from './elementwise.ts';
import { copyBox, rearranged } from './walk.ts';

type Pair = readonly [number, number];

/** What a convolution and its adjoint do for one kind of grouping. */
interface Two {
  readonly forward: (x: TensorInfo, w: TensorInfo) => TensorInfo;
  /** dy, w and the memory shape of x → dx. */
  readonly input: (dy: TensorInfo, w: TensorInfo, shape: readonly number[]) => TensorInfo;
}

const depthwiseInput = 'DepthwiseConv2dNativeBackpropInput';

export function convKernels(tf: CpuOps) {
  const options = ({ strides, pads: [top, left, bottom, right] }: ConvAttributes) => ({
    strides: [...strides],
    dilations: [1, 1],
    pad: [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    dataFormat: 'NHWC',
    dimRoundingMode: 'floor',
  });

  /** A filter with zeros between its taps. */
  const blownUp = (filter: TensorInfo, [d0, d1]: Pair): TensorInfo => {
    if (d0 === 1 && d1 === 1) return filter;
    const [kh = 1, kw = 1, inputs = 1, outputs = 1] = filter.shape;
    const shape = [(kh - 1) * d0 + 1, (kw - 1) * d1 + 1, inputs, outputs];
    const [s0 = 0, s1 = 0, ...rest] = stridesOf(shape);
    const wide = new Float32Array(sizeOf(shape));
    const source = { start: 0, strides: stridesOf(filter.shape) };
    const target = { start: 0, strides: [s0 * d0, s1 * d1, ...rest] };
    copyBox(filter.shape, tf.values(filter), source, wide, target);
    return tf.make('float32', shape, wide);
  };

  const dense = (conv: ConvAttributes): Two => ({
    forward: (x, filter) =>
      tf.call('Conv2D', { x, filter }, { ...options(conv), dilations: [...conv.dilations] }),
    input: (dy, w, inputShape) =>
      tf.call(
        'Conv2DBackpropInput',
        { dy, filter: blownUp(w, conv.dilations) },
        { ...options(conv), inputShape },
      ),
  });

  const depthwise = (conv: ConvAttributes, channels: number): Two => {
    const filterOf = (w: TensorInfo): TensorInfo => {
      const wide = blownUp(w, conv.dilations);
      const [kh = 1, kw = 1, , outputs = 1] = wide.shape;
      return tf.reshape(wide, [kh, kw, channels, outputs / channels]);
    };
    return {
      forward: (x, w) => tf.call('DepthwiseConv2dNative', { x, filter: filterOf(w) }, options(conv)),
      input: (dy, w, inputShape) =>
        tf.has(depthwiseInput)
          ? tf.call(depthwiseInput, { dy, filter: filterOf(w) }, { ...options(conv), inputShape })
          : grouped(conv).input(dy, w, inputShape),
    };
  };

  /** Each group on its own: slow, and rare. */
  const grouped = (conv: ConvAttributes): Two => {
    const { group } = conv;
    const one = dense({ ...conv, group: 1 });
    const part = (x: TensorInfo, i: number): TensorInfo => {
      const shape = x.shape.with(3, (x.shape[3] ?? 1) / group);
      const source = { start: i * (shape[3] ?? 1), strides: stridesOf(x.shape) };
      return tf.make('float32', shape, rearranged(tf.values(x), shape, source));
    };
    const join = (body: (i: number) => TensorInfo): TensorInfo =>
      tf.call(
        'Concat',
        Array.from({ length: group }, (_, i) => body(i)),
        { axis: 3 },
      );
    return {
      forward: (x, w) => join((i) => one.forward(part(x, i), part(w, i))),
      input: (dy, w, shape) => {
        const own = shape.with(3, (shape[3] ?? 1) / group);
        return join((i) => one.input(part(dy, i), part(w, i), own));
      },
    };
  };

  const kernelsOf = (conv: ConvAttributes, channels: number): Two => {
    if (conv.group === 1) return dense(conv);
    return conv.group === channels ? depthwise(conv, channels) : grouped(conv);
  };

  return {
    Conv: (({ node, attributes }) => {
      const { forward } = kernelsOf(attributes, channelsOf(node.inputs[0]?.type.shape));
      return (inputs) => {
        const y = forward(operand(inputs, 0), operand(inputs, 1));
        return [inputs[2] === undefined ? y : binary(tf, 'Add', y, inputs[2])];
      };
    }) satisfies CpuKernel<'Conv'>,

    ConvTranspose: (({ node, attributes }) => {
      const shape = (node.outputs[0]?.type.shape ?? []).slice(1).map((dim) => known(dim, 'an image'));
      const [C = 1, H = 1, W = 1] = shape;
      // What the strides leave over lies outside every window: with it taken off the pads, the windows fit exactly.
      const [top, left, bottom, right] = attributes.pads;
      const [below, beside] = attributes.output_padding;
      const pads = [top, left, bottom - below, right - beside] as const;
      const { input } = kernelsOf({ ...attributes, pads }, C);
      return (inputs) => {
        const dy = operand(inputs, 0);
        return [input(dy, operand(inputs, 1), [dy.shape[0] ?? 1, H, W, C])];
      };
    }) satisfies CpuKernel<'ConvTranspose'>,

    /** tfjs's kernel reads every element through its coordinates, at a hundred times the cost of this. */
    ConvFilterGrad: (({ attributes }) =>
      (inputs) => {
        const [x, dy] = [operand(inputs, 0), operand(inputs, 1)];
        const shape = [
          ...attributes.kernel_shape,
          (x.shape[3] ?? 1) / attributes.group,
          dy.shape[3] ?? 1,
        ] as const;
        const dw = filterGradient(attributes, shape, x, tf.values(x), dy, tf.values(dy));
        return [tf.make('float32', shape, dw)];
      }) satisfies CpuKernel<'ConvFilterGrad'>,
  };
}

/** Σ x·dy for every weight [kh, kw, I/group, O], over the pairs of x and dy that the weight stands between. */
function filterGradient(
  { strides, pads, dilations, group }: ConvAttributes,
  [kh, kw, perGroup, outputs]: readonly [number, number, number, number],
  x: TensorInfo,
  xValues: ArrayLike<number>,
  dy: TensorInfo,
  dyValues: ArrayLike<number>,
): Float64Array {
  const [N = 1, H = 1, W = 1, C = 1] = x.shape;
  const [, oh = 1, ow = 1] = dy.shape;
  const outputsPerGroup = outputs / group;
  const dw = new Float64Array(kh * kw * perGroup * outputs);
  for (let n = 0; n < N; n++) {
    for (let i = 0; i < oh; i++) {
      for (let ky = 0; ky < kh; ky++) {
        const row = i * strides[0] - pads[0] + ky * dilations[0];
        if (row < 0 || row >= H) continue;
        for (let j = 0; j < ow; j++) {
          const dyAt = ((n * oh + i) * ow + j) * outputs;
          for (let kx = 0; kx < kw; kx++) {
            const column = j * strides[1] - pads[1] + kx * dilations[1];
            if (column < 0 || column >= W) continue;
            const xAt = ((n * H + row) * W + column) * C;
            const wAt = (ky * kw + kx) * perGroup * outputs;
            for (let c = 0; c < C; c++) {
              const value = xValues[xAt + c]!;
              const first = Math.floor(c / perGroup) * outputsPerGroup;
              const to = wAt + (c % perGroup) * outputs;
              for (let o = first; o < first + outputsPerGroup; o++)
                dw[to + o]! += value * dyValues[dyAt + o]!;
            }
          }
        }
      }
    }
  }
  return dw;
}

function channelsOf(shape: readonly Dim[] | undefined): number {
  return known(shape?.[1], 'channels');
}
