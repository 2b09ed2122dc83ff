/**
 * A pass: convolutions that read every s-th pixel only, over an image of just those.
 *
 * A depthwise convolution whose stride and dilation are equal, and a strided 1×1 convolution, never see the pixels in
 * between. The image without them is a slice of its own in the graph, so that all ops that leave a state, forwards and
 * back, share one copy of it; what is left of the convolution has neither stride nor dilation.
 */
import type { ConvAttributes } from '../../../graph/attributes.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import type { Rewrite } from '../../../graph/rebuild.ts';
import type { Value } from '../../../graph/types.ts';

export const sampleFirst: Rewrite = (b, node, inputs) => {
  if (node.op !== 'Conv' && node.op !== 'ConvFilterGrad') return undefined;
  const [x, ...rest] = inputs;
  const { attributes } = node;
  const [kh, kw] =
    'kernel_shape' in attributes ? attributes.kernel_shape : (rest[0]?.type.shape.slice(2) ?? []);
  if (x === undefined) return undefined;
  const conv = kh === 1 && kw === 1 ? pointwise(attributes) : equallyDilated(attributes, x);
  if (conv === undefined) return undefined;
  const image = sampleOf(b, x, attributes.strides);
  if (image === undefined) return undefined;
  // The filter's gradient has one attribute more than the convolution.
  const sampled = { ...attributes, ...conv };
  return node.op === 'Conv'
    ? b.node('Conv', [image, ...rest], sampled)
    : b.node('ConvFilterGrad', [image, ...rest], sampled as typeof node.attributes);
};

type Unstrided = Pick<ConvAttributes, 'strides' | 'dilations' | 'pads'>;

function pointwise({ strides, pads }: ConvAttributes): Unstrided | undefined {
  const strided = strides.some((stride) => stride > 1);
  if (!strided || pads.some((pad) => pad !== 0)) return undefined;
  return { strides: [1, 1], dilations: [1, 1], pads };
}

/** Where pads and sizes are multiples of the stride, the windows begin at pixels of the sample. */
function equallyDilated(
  { strides, dilations, pads, group }: ConvAttributes,
  x: Value,
): Unstrided | undefined {
  const [s] = strides;
  const [, channels, height, width] = x.type.shape;
  const even = (extent: unknown) => typeof extent === 'number' && extent % s === 0;
  const fits =
    s > 1 &&
    group === channels &&
    [...strides, ...dilations].every((step) => step === s) &&
    [...pads, height, width].every(even);
  if (!fits) return undefined;
  const [top, left, bottom, right] = pads;
  return { strides: [1, 1], dilations: [1, 1], pads: [top / s, left / s, bottom / s, right / s] };
}

/** Every s-th pixel of [N, C, H, W]; of an image that is itself a part of another, in one slice of that. */
function sampleOf(b: GraphBuilder, x: Value, steps: readonly [number, number]): Value | undefined {
  const [, , height, width] = x.type.shape;
  if (typeof height !== 'number' || typeof width !== 'number') return undefined;
  const { node } = x;
  const whole = node?.op === 'Slice' ? node.inputs[0] : undefined;
  if (node?.op === 'Slice' && whole !== undefined) {
    const { axes, starts, ends, steps: inner } = node.attributes;
    const crops = axes.join() === '2,3' && inner.every((step) => step === 1) && starts.every((at) => at >= 0);
    if (crops) return b.op('Slice', [whole], { axes, starts, ends, steps });
  }
  return b.op('Slice', [x], { axes: [2, 3], starts: [0, 0], ends: [height, width], steps });
}
