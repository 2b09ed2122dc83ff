/**
 * What the ops of separable convolutions and of mixed nodes stand for. They are fused forms that a runtime with kernels
 * for them puts in place of these very nodes.
 */
import type { ConvAttributes, OwnAttributes } from './attributes.ts';
import type { GraphBuilder } from './builder.ts';
import { required, type Definition } from './definition.ts';
import { operandsOf, pointwise, termsOf } from './separable.ts';
import type { Value } from './types.ts';

/** u: x, or the batch norm of x by the statistics that follow, through a ReLU or not: (x, depthwise, pointwise, scale, bias, …). */
function active(
  b: GraphBuilder,
  inputs: readonly Value[],
  { relu, norm_epsilon: epsilon }: Activated,
): Value {
  const [x, , , ...norm] = inputs;
  const seen =
    norm.length === 0 ? required(x) : b.op('BatchNormalization', [required(x), ...norm], { epsilon });
  return relu === 1 ? b.op('Relu', [seen]) : seen;
}

type Activated = Pick<OwnAttributes['SeparableHalf'], 'relu' | 'norm_epsilon'>;

function convOf({ strides, pads, dilations, group }: ConvAttributes): ConvAttributes {
  return { strides, pads, dilations, group };
}

const SeparableHalf: Definition<'SeparableHalf'> = (b, { attributes }, inputs) => {
  const c = b.op('Conv', [active(b, inputs, attributes), required(inputs[1])], convOf(attributes));
  const z = b.op('Conv', [c, required(inputs[2])], pointwise);
  const axes = [0, 2, 3];
  const mean = b.op('ReduceMean', [z], { axes, keepdims: 0 });
  const centred = b.op('Sub', [z, b.op('Reshape', [mean], { shape: [1, -1, 1, 1] })]);
  return [z, mean, b.op('ReduceMean', [b.op('Mul', [centred, centred])], { axes, keepdims: 0 })];
};

/** The definitions of what a gradient here is made of. */
interface Parts {
  readonly ReluGrad: Definition<'ReluGrad'>;
  readonly ConvFilterGrad: Definition<'ConvFilterGrad'>;
  readonly BatchNormTrainGrad: Definition<'BatchNormTrainGrad'>;
}

const separableHalfGrad = (
  parts: Parts,
  b: GraphBuilder,
  { attributes }: { readonly attributes: OwnAttributes['SeparableHalfGrad'] },
  inputs: readonly Value[],
): readonly Value[] => {
  const { epsilon } = attributes;
  const masked = attributes.relu * attributes.masked;
  const { dy: seen, factor, sum, z: kept, statistics, half } = operandsOf(attributes, inputs);
  const dy = factor === undefined ? required(seen) : b.op('Mul', [required(seen), factor]);
  const [x, depthwise, mix] = [required(half[0]), required(half[1]), required(half[2])];
  const conv = convOf(attributes);
  const u = active(b, half, attributes);
  const c = b.op('Conv', [u, depthwise], conv);
  const norm = [dy, kept ?? b.op('Conv', [c, mix], pointwise), ...statistics];
  const [dz, dscale, dbias] = parts.BatchNormTrainGrad(b, { attributes: { epsilon } }, norm);
  const dc = b.op('ConvTranspose', [required(dz), mix], { ...pointwise, output_padding: [0, 0] });
  const output_padding = restOf(conv, x, depthwise, c);
  const du = b.op('ConvTranspose', [dc, depthwise], { ...conv, output_padding });
  const filterGrad = (image: Value, gradient: Value, filter: Value, form: ConvAttributes) => {
    const [, , kh, kw] = filter.type.shape;
    const kernel_shape = [Number(kh), Number(kw)] as const;
    return required(parts.ConvFilterGrad(b, { attributes: { ...form, kernel_shape } }, [image, gradient])[0]);
  };
  const dx = masked === 1 ? required(parts.ReluGrad(b, { attributes: {} }, [du, u])[0]) : du;
  return [
    sum === undefined ? dx : b.op('Add', [sum, dx]),
    filterGrad(u, dc, depthwise, conv),
    filterGrad(c, required(dz), mix, pointwise),
    required(dscale),
    required(dbias),
  ];
};

/** What the strides leave over of an image: the output padding of the way back. */
function restOf(
  { strides, pads, dilations }: ConvAttributes,
  x: Value,
  w: Value,
  c: Value,
): readonly [number, number] {
  const along = (axis: 0 | 1): number => {
    const extent = (value: Value) => Number(value.type.shape[axis + 2]);
    const reach = strides[axis] * (extent(c) - 1) + (extent(w) - 1) * dilations[axis] + 1;
    return extent(x) + pads[axis] + pads[axis === 0 ? 2 : 3] - reach;
  };
  return [along(0), along(1)];
}

const MixedSum: Definition<'MixedSum'> = (b, { attributes }, inputs) => {
  const { plain, scaled, normed } = termsOf(attributes, inputs);
  const norms = normed.map((operands) => {
    const [norm, factor] = [operands.slice(0, 5), operands[5]];
    const y = b.op('BatchNormalization', norm, { epsilon: attributes.epsilon });
    return factor === undefined ? y : b.op('Mul', [y, factor]);
  });
  return [b.op('Sum', [...plain, ...scaled.map((pair) => b.op('Mul', pair)), ...norms])];
};

/** Where the pixels of a pair stand in their 2×2. */
const corners = [0, 1] as const;

const PixelPairs: Definition<'PixelPairs'> = (b, _, [x]) => {
  const [height, width] = required(x).type.shape.slice(2).map(Number);
  const ends = [height ?? 0, width ?? 0];
  const pixels = corners.map((at) =>
    b.op('Slice', [required(x)], { axes: [2, 3], starts: [at, at], ends, steps: [2, 2] }),
  );
  return [b.op('Concat', pixels, { axis: 1 })];
};

/** The pixels of each corner, spread by a transposed convolution with a filter of one tap. */
const PixelPairsGrad: Definition<'PixelPairsGrad'> = (b, _, [dy, sum]) => {
  const channels = Number(required(dy).type.shape[1]) / 2;
  const one = b.filled(1, [channels, 1, 1, 1]);
  const form = { ...pointwise, strides: [2, 2] as const, group: channels };
  const parts = b.node('Split', [required(dy)], { axis: 1, split: [channels, channels] }).map((part, at) => {
    const spread = b.op('ConvTranspose', [part, one], { ...form, output_padding: [1 - at, 1 - at] });
    return at === 0 ? spread : b.op('Pad', [spread], { pads: [0, 0, 1, 1, 0, 0, 0, 0], value: 0 });
  });
  return [b.op('Sum', sum === undefined ? parts : [sum, ...parts])];
};

/** The image, with zeros around it, shifted by each pixel of a window and thinned out by the strides. */
const Patches: Definition<'Patches'> = (b, { attributes }, [x]) => {
  const { kernel_shape, strides, dilations, pads } = attributes;
  const [top, left, bottom, right] = pads;
  const padded = b.op('Pad', [required(x)], { pads: [0, 0, top, left, 0, 0, bottom, right], value: 0 });
  const [, , height, width] = padded.type.shape.map(Number);
  const counts = [height ?? 0, width ?? 0].map((extent, axis) => {
    const reach = ((kernel_shape[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    return Math.floor((extent - reach) / (strides[axis] ?? 1));
  });
  const pixels = Array.from({ length: kernel_shape[0] * kernel_shape[1] }, (_, tap) => {
    const starts = [Math.floor(tap / kernel_shape[1]) * dilations[0], (tap % kernel_shape[1]) * dilations[1]];
    const ends = starts.map((start, axis) => start + (counts[axis] ?? 0) * (strides[axis] ?? 1) + 1);
    return b.op('Slice', [padded], { axes: [2, 3], starts, ends, steps: strides });
  });
  return [pixels.length === 1 ? required(pixels[0]) : b.op('Concat', pixels, { axis: 1 })];
};

/** @param parts asked for when a definition is, so that both tables may be made */
export const separableDefinitions = (parts: () => Parts) => ({
  SeparableHalf,
  SeparableHalfGrad: ((b, node, inputs) =>
    separableHalfGrad(parts(), b, node, inputs)) satisfies Definition<'SeparableHalfGrad'>,
  MixedSum,
  PixelPairs,
  PixelPairsGrad,
  Patches,
});
