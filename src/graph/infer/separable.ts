/** The fused ops of separable convolutions and of mixed nodes. */
import type { ConvAttributes } from '../attributes.ts';
import type { TensorType } from '../types.ts';
import { channelVector, convolved, image } from './image.ts';
import { at, ensure, float, known, requireSameShape, type OpDefinition } from './rule.ts';

const pointwise: ConvAttributes = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };

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
    arity: [7, 12],
    infer: (inputs, attributes) => {
      const norm = attributes.again === 1 ? 1 : 2;
      const half = norm + 3;
      const z = requireHalf(inputs, half, attributes);
      requireSameShape(at(inputs, 0), z, 'dy and the output of the half');
      if (attributes.again === 0) requireSameShape(at(inputs, 1), z, 'z and the output of the half');
      const outputs = known(z.shape[1], 'the number of channels');
      ['scale', 'mean', 'variance'].forEach((what, i) => channelVector(inputs, i + norm, outputs, what));
      const filters = [at(inputs, half), at(inputs, half + 1), at(inputs, half + 2)];
      return [...filters, channelsOf(z), channelsOf(z)];
    },
  } satisfies OpDefinition<'SeparableHalfGrad'>,

  MixedSum: {
    arity: [1, Infinity],
    infer: (inputs, { plain, scaled }) => {
      const x = image(inputs, 0, 'the first term');
      const rest = inputs.length - plain - 2 * scaled;
      ensure(
        [plain, scaled].every((count) => Number.isInteger(count) && count >= 0) &&
          rest >= 0 &&
          rest % 5 === 0,
        `${inputs.length} operands are not ${plain} terms, ${scaled} pairs and batch norms of five operands`,
        'Give plain terms, then terms with their factors, then x, scale, bias, mean and variance of each batch norm.',
      );
      const channels = known(x.shape[1], 'the number of channels');
      for (let i = 0; i < plain; i++) requireSameShape(at(inputs, i), x, 'the terms');
      for (let i = plain; i < plain + 2 * scaled; i += 2) {
        requireSameShape(at(inputs, i), x, 'the terms');
        requireSameShape(at(inputs, i + 1), float([1]), 'a factor and one number');
      }
      for (let i = plain + 2 * scaled; i < inputs.length; i += 5) {
        requireSameShape(at(inputs, i), x, 'the terms');
        ['scale', 'bias', 'mean', 'variance'].forEach((what, j) =>
          channelVector(inputs, i + 1 + j, channels, what),
        );
      }
      return [x];
    },
  } satisfies OpDefinition<'MixedSum'>,
};
