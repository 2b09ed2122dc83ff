/** The fused ops of separable convolutions and of mixed nodes. */
import type { ConvAttributes } from '../attributes.ts';
import { pointwise, termsOf } from '../separable.ts';
import type { TensorType } from '../types.ts';
import { channelVector, convolved, image, slide } from './image.ts';
import { at, ensure, float, known, requireSameShape, type OpDefinition } from './rule.ts';

/** The type of z, of operands (x, depthwise, pointwise[, scale, bias, mean, variance]) from `first` on. */
function requireHalf(inputs: readonly TensorType[], first: number, conv: ConvAttributes): TensorType {
  const x = image(inputs, first, 'x');
  const [depthwise, mix] = [
    image(inputs, first + 1, 'the depthwise filter'),
    image(inputs, first + 2, 'the pointwise filter'),
  ];
  const channels = known(x.shape[1], 'the number of channels');
  ensure(
    conv.group === channels && depthwise.shape[0] === channels,
    `a filter and a group for each of ${channels} channels are needed`,
    'Use a depthwise convolution.',
  );
  const reach = ([0, 1] as const).every((axis) => {
    const most = (Number(depthwise.shape[axis + 2]) - 1) * conv.dilations[axis];
    return conv.pads[axis] <= most && conv.pads[axis + 2]! <= most;
  });
  ensure(reach, `pads [${conv.pads.join(', ')}] reach past the kernel`, 'Pad by less than the kernel spans.');
  const norm = inputs.length - first - 3;
  ensure(
    norm === 0 || norm === 4,
    `${norm} operands of a batch norm`,
    'Give scale, bias, mean and variance, or none.',
  );
  if (norm > 0)
    ['scale', 'bias', 'mean', 'variance'].forEach((what, i) =>
      channelVector(inputs, first + 3 + i, channels, what),
    );
  const c = convolved(x, depthwise, conv);
  ensure(
    mix.shape[2] === 1 && mix.shape[3] === 1,
    'the pointwise filter is not 1×1',
    'Give it the shape [O, I, 1, 1].',
  );
  return convolved(c, mix, pointwise);
}

/** One number for all of `x`, or one an image. */
function requireFactor(inputs: readonly TensorType[], index: number, x: TensorType): void {
  const factor = at(inputs, index);
  const shape = factor.shape.length === 1 ? [1] : [x.shape[0] ?? 1, 1, 1, 1];
  requireSameShape(factor, float(shape), 'a factor and one number, or one an image');
}

const channelsOf = (type: TensorType): TensorType => float([type.shape[1] ?? 0]);

export const separableOps = {
  SeparableHalf: {
    arity: [3, 7],
    infer: (inputs, attributes) => {
      const z = requireHalf(inputs, 0, attributes);
      return [z, channelsOf(z), channelsOf(z)];
    },
  } satisfies OpDefinition<'SeparableHalf'>,

  SeparableHalfGrad: {
    arity: [7, 14],
    infer: (inputs, attributes) => {
      const { again, dropped, added } = attributes;
      const norm = 2 + dropped + added - again;
      const half = norm + 3;
      const z = requireHalf(inputs, half, attributes);
      requireSameShape(at(inputs, 0), z, 'dy and the output of the half');
      if (dropped === 1) requireFactor(inputs, 1, z);
      if (added === 1) requireSameShape(at(inputs, 1 + dropped), at(inputs, half), 'the sum and x');
      if (again === 0) requireSameShape(at(inputs, norm - 1), z, 'z and the output of the half');
      const outputs = known(z.shape[1], 'the number of channels');
      ['scale', 'mean', 'variance'].forEach((what, i) => channelVector(inputs, i + norm, outputs, what));
      const filters = [at(inputs, half), at(inputs, half + 1), at(inputs, half + 2)];
      return [...filters, channelsOf(z), channelsOf(z)];
    },
  } satisfies OpDefinition<'SeparableHalfGrad'>,

  MixedSum: {
    arity: [1, Infinity],
    infer: (inputs, attributes) => {
      const { plain, scaled, dropped } = attributes;
      const x = image(inputs, 0, 'the first term');
      const rest = inputs.length - plain - 2 * scaled - 6 * dropped;
      ensure(
        [plain, scaled, dropped].every((count) => Number.isInteger(count) && count >= 0) &&
          rest >= 0 &&
          rest % 5 === 0,
        `${inputs.length} operands are not ${plain} terms, ${scaled} pairs, batch norms of five operands and ${dropped} of six`,
        'Give plain terms, then terms with their factors, then x, scale, bias, mean and variance of each batch norm, those with a factor last.',
      );
      const channels = known(x.shape[1], 'the number of channels');
      const terms = termsOf(
        attributes,
        inputs.map((_, i) => i),
      );
      for (const i of terms.plain) requireSameShape(at(inputs, i), x, 'the terms');
      for (const [i = 0, factor = 0] of terms.scaled) {
        requireSameShape(at(inputs, i), x, 'the terms');
        requireFactor(inputs, factor, x);
      }
      for (const [i = 0, ...others] of terms.normed) {
        requireSameShape(at(inputs, i), x, 'the terms');
        ['scale', 'bias', 'mean', 'variance'].forEach((what, j) =>
          channelVector(inputs, i + 1 + j, channels, what),
        );
        if (others[4] !== undefined) requireFactor(inputs, others[4], x);
      }
      return [x];
    },
  } satisfies OpDefinition<'MixedSum'>,

  PixelPairs: {
    arity: [1, 1],
    infer: (inputs) => {
      const x = image(inputs, 0, 'x');
      const [height, width] = [known(x.shape[2], 'the height'), known(x.shape[3], 'the width')];
      ensure(
        height > 0 && width > 0 && height % 2 === 0 && width % 2 === 0,
        `an image of ${height}×${width} has no whole number of 2×2 pixels`,
        'Use an even height and width.',
      );
      const channels = 2 * known(x.shape[1], 'the number of channels');
      return [float([x.shape[0] ?? 1, channels, height / 2, width / 2])];
    },
  } satisfies OpDefinition<'PixelPairs'>,

  PixelPairsGrad: {
    arity: [1, 2],
    infer: (inputs) => {
      const dy = image(inputs, 0, 'dy');
      const channels = known(dy.shape[1], 'the number of channels');
      const size = [known(dy.shape[2], 'the height'), known(dy.shape[3], 'the width')] as const;
      ensure(
        channels % 2 === 0 && channels * size[0] * size[1] > 0,
        `${channels} channels of ${size[0]}×${size[1]} are no pairs`,
        'Use an even number of channels, and pixels.',
      );
      const x = float([dy.shape[0] ?? 1, channels / 2, 2 * size[0], 2 * size[1]]);
      if (inputs.length === 2) requireSameShape(at(inputs, 1), x, 'the sum and x');
      return [x];
    },
  } satisfies OpDefinition<'PixelPairsGrad'>,

  Patches: {
    arity: [1, 1],
    infer: (inputs, { kernel_shape: kernel, strides, pads, dilations }) => {
      const x = image(inputs, 0, 'x');
      const channels = known(x.shape[1], 'the number of channels') * kernel[0] * kernel[1];
      const window = { kernel, strides, pads, dilations };
      return [float([x.shape[0] ?? 1, channels, ...slide(x, window)])];
    },
  } satisfies OpDefinition<'Patches'>,
};
