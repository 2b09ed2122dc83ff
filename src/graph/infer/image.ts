/** Convolutions, pools and batch norm, on [N, C, H, W]. Pads are explicit: [top, left, bottom, right]. */
import type { ConvAttributes, PoolAttributes } from '../attributes.ts';
import { floorDivide, minus, plus, times } from '../extent.ts';
import type { Dim, TensorType } from '../types.ts';
import {
  at,
  float,
  known,
  ensure,
  requireRank,
  requireSameShape,
  requireType,
  type OpDefinition,
} from './rule.ts';

interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
}

/** How many windows fit along the height (0) or the width (1). */
export function windowCount(size: number, axis: 0 | 1, window: Window): number {
  // A number gives a number.
  return Number(windowExtent(size, axis, window));
}

/** The same of an extent that may be open; nothing says then that a window fits. */
export function windowExtent(size: Dim, axis: 0 | 1, window: Window): Dim {
  const { kernel, strides, pads, dilations } = window;
  const reach = (kernel[axis] - 1) * dilations[axis] + 1;
  if (typeof size === 'string') {
    const moved = plus(size, pads[axis] + pads[axis === 0 ? 2 : 3] - reach);
    return plus(floorDivide(moved, strides[axis]), 1);
  }
  const padded = size + pads[axis] + pads[axis === 0 ? 2 : 3];
  ensure(
    padded >= reach,
    `a window of ${reach} does not fit into ${size} plus padding ${padded - size}`,
    'Use a smaller kernel or dilation, or pad more.',
  );
  return Math.floor((padded - reach) / strides[axis]) + 1;
}

function checkWindow(window: Window): void {
  const whole = (values: readonly number[], least: number) =>
    values.every((value) => Number.isInteger(value) && value >= least);
  ensure(whole(window.kernel, 1), `kernel [${window.kernel.join(', ')}] must be positive`, 'Use 1 or more.');
  ensure(
    whole(window.strides, 1),
    `strides [${window.strides.join(', ')}] must be positive`,
    'Use 1 or more.',
  );
  ensure(
    whole(window.dilations, 1),
    `dilations [${window.dilations.join(', ')}] must be positive`,
    'Use 1 or more.',
  );
  ensure(whole(window.pads, 0), `pads [${window.pads.join(', ')}] must not be negative`, 'Slice to crop.');
}

/** The size of what windows over an image give. */
export function slide(x: TensorType, window: Window): [Dim, Dim] {
  checkWindow(window);
  return [windowExtent(x.shape[2] ?? 0, 0, window), windowExtent(x.shape[3] ?? 0, 1, window)];
}

export function image(inputs: readonly TensorType[], index: number, what: string): TensorType {
  const type = at(inputs, index);
  requireType(type, 'float32', what);
  requireRank(type, 4, what);
  return type;
}

function poolWindow(attributes: PoolAttributes): Window {
  const { kernel_shape, strides, pads } = attributes;
  for (const axis of [0, 1] as const) {
    ensure(
      pads[axis] < kernel_shape[axis] && pads[axis === 0 ? 2 : 3] < kernel_shape[axis],
      `pads [${pads.join(', ')}] reach past the kernel [${kernel_shape.join(', ')}]: some window would be empty`,
      'Pad by less than the kernel.',
    );
  }
  return { kernel: kernel_shape, strides, pads, dilations: [1, 1] };
}

function pooled(x: TensorType, attributes: PoolAttributes): TensorType {
  const [N, C] = x.shape;
  return float([N ?? 0, C ?? 0, ...slide(x, poolWindow(attributes))]);
}

/** (x [N,I,H,W], w [O,I/group,kh,kw]) and what they must agree on. */
function convChannels(
  input: TensorType,
  weight: TensorType,
  group: number,
): { outputs: number; inputs: number } {
  const inputs = known(input.shape[1], 'the number of input channels');
  const [outputs, perGroup] = [known(weight.shape[0], 'the filter'), known(weight.shape[1], 'the filter')];
  ensure(
    Number.isInteger(group) && group >= 1 && inputs % group === 0 && outputs % group === 0,
    `${group} groups do not divide ${inputs} input and ${outputs} output channels`,
    'Use a group count that divides both.',
  );
  ensure(
    perGroup * group === inputs,
    `the filter takes ${perGroup} channels in each of ${group} groups, and x has ${inputs}`,
    `Give the filter the shape [${outputs}, ${inputs / group}, kh, kw].`,
  );
  return { outputs, inputs };
}

function kernelOf(weight: TensorType): [number, number] {
  return [known(weight.shape[2], 'the filter'), known(weight.shape[3], 'the filter')];
}

function convWindow(kernel: readonly [number, number], attributes: ConvAttributes): Window {
  const { strides, pads, dilations } = attributes;
  return { kernel, strides, pads, dilations };
}

/** What a convolution of x by w gives. */
export function convolved(x: TensorType, w: TensorType, attributes: ConvAttributes): TensorType {
  const { outputs } = convChannels(x, w, attributes.group);
  return float([x.shape[0] ?? 0, outputs, ...slide(x, convWindow(kernelOf(w), attributes))]);
}

export function channelVector(
  inputs: readonly TensorType[],
  index: number,
  channels: number | string,
  what: string,
): void {
  const type = at(inputs, index);
  ensure(
    type.dtype === 'float32' && type.shape.length === 1 && type.shape[0] === channels,
    `${what} must be float32[${channels}], one number a channel, not ${type.dtype}[${type.shape.join(', ')}]`,
    `Give ${what} one number a channel.`,
  );
}

function normalised(inputs: readonly TensorType[], index: number): TensorType {
  const x = at(inputs, index);
  requireType(x, 'float32', 'x');
  ensure(x.shape.length >= 2, 'x must have a batch and a channel dimension', 'Pass [N, C, …].');
  return x;
}

export const imageOps = {
  Conv: {
    arity: [2, 3],
    infer: (inputs, attributes) => {
      const [x, w] = [image(inputs, 0, 'x'), image(inputs, 1, 'the filter')];
      const y = convolved(x, w, attributes);
      if (inputs.length > 2) channelVector(inputs, 2, y.shape[1] ?? 0, 'the bias');
      return [y];
    },
  } satisfies OpDefinition<'Conv'>,

  ConvTranspose: {
    arity: [2, 2],
    infer: (inputs, attributes) => {
      const [x, w] = [image(inputs, 0, 'x'), image(inputs, 1, 'the filter')];
      const { strides, pads, dilations, group, output_padding } = attributes;
      const channels = known(x.shape[1], 'the number of input channels');
      ensure(
        w.shape[0] === channels && channels % group === 0,
        `the filter starts with ${String(w.shape[0])} channels, and x has ${channels} in ${group} groups`,
        `Give the filter the shape [${channels}, outputs/${group}, kh, kw].`,
      );
      const kernel = kernelOf(w);
      checkWindow(convWindow(kernel, attributes));
      const spatial = ([0, 1] as const).map((axis) => {
        const extra = output_padding[axis];
        ensure(
          extra >= 0 && extra < Math.max(strides[axis], attributes.dilations[axis]),
          `output_padding ${extra} must be smaller than the stride`,
          'It chooses between the sizes that one stride maps to the same output.',
        );
        const between = times(strides[axis], minus(x.shape[axis + 2] ?? 0, 1));
        const full = plus(between, extra + (kernel[axis] - 1) * dilations[axis] + 1);
        const out = minus(full, pads[axis] + pads[axis === 0 ? 2 : 3]);
        ensure(typeof out === 'string' || out > 0, `padding leaves nothing of ${full}`, 'Pad less.');
        return out;
      });
      return [float([x.shape[0] ?? 0, known(w.shape[1], 'the filter') * group, ...spatial])];
    },
  } satisfies OpDefinition<'ConvTranspose'>,

  ConvFilterGrad: {
    arity: [2, 2],
    infer: (inputs, attributes) => {
      const [x, dy] = [image(inputs, 0, 'x'), image(inputs, 1, 'dy')];
      const [channels, outputs] = [known(x.shape[1], 'channels of x'), known(dy.shape[1], 'channels of dy')];
      const { group, kernel_shape } = attributes;
      ensure(
        channels % group === 0 && outputs % group === 0,
        `${group} groups do not divide ${channels} input and ${outputs} output channels`,
        'Use a group count that divides both.',
      );
      const [height, width] = slide(x, convWindow(kernel_shape, attributes));
      requireSameShape(dy, float([x.shape[0] ?? 0, outputs, height, width]), 'dy and the output of the Conv');
      return [float([outputs, channels / group, ...kernel_shape])];
    },
  } satisfies OpDefinition<'ConvFilterGrad'>,

  MaxPool: {
    arity: [1, 1],
    infer: (inputs, attributes) => {
      const y = pooled(image(inputs, 0, 'x'), attributes);
      return [y, { dtype: 'int64', shape: y.shape }];
    },
  } satisfies OpDefinition<'MaxPool'>,

  MaxPoolGrad: {
    arity: [3, 3],
    infer: (inputs, attributes) => {
      const x = image(inputs, 0, 'x');
      const y = pooled(x, attributes);
      requireSameShape(at(inputs, 1), y, 'y and the pooled x');
      requireSameShape(at(inputs, 2), y, 'dy and the pooled x');
      return [x];
    },
  } satisfies OpDefinition<'MaxPoolGrad'>,

  MaxPoolGather: {
    arity: [3, 3],
    infer: (inputs, attributes) => {
      const x = image(inputs, 0, 'x');
      const y = pooled(x, attributes);
      requireSameShape(at(inputs, 1), y, 'y and the pooled x');
      requireSameShape(at(inputs, 2), x, 'u and x');
      return [y];
    },
  } satisfies OpDefinition<'MaxPoolGather'>,

  AveragePool: {
    arity: [1, 1],
    infer: (inputs, attributes) => [pooled(image(inputs, 0, 'x'), attributes)],
  } satisfies OpDefinition<'AveragePool'>,

  AveragePoolGrad: {
    arity: [1, 1],
    infer: (inputs, attributes) => {
      const dy = image(inputs, 0, 'dy');
      const [N, C] = dy.shape;
      const x = float([N ?? 0, C ?? 0, ...attributes.input_size]);
      requireSameShape(dy, pooled(x, attributes), 'dy and the pooled input');
      return [x];
    },
  } satisfies OpDefinition<'AveragePoolGrad'>,

  GlobalAveragePool: {
    arity: [1, 1],
    infer: (inputs) => {
      const [N, C] = image(inputs, 0, 'x').shape;
      return [float([N ?? 0, C ?? 0, 1, 1])];
    },
  } satisfies OpDefinition<'GlobalAveragePool'>,

  BatchNormalization: {
    arity: [5, 5],
    infer: (inputs) => {
      const x = normalised(inputs, 0);
      const channels = x.shape[1] ?? 0;
      ['scale', 'bias', 'mean', 'variance'].forEach((what, i) =>
        channelVector(inputs, i + 1, channels, what),
      );
      return [x];
    },
  } satisfies OpDefinition<'BatchNormalization'>,

  BatchNormTrain: {
    arity: [3, 3],
    infer: (inputs) => {
      const x = normalised(inputs, 0);
      const channels = x.shape[1] ?? 0;
      ['scale', 'bias'].forEach((what, i) => channelVector(inputs, i + 1, channels, what));
      return [x, float([channels]), float([channels])];
    },
  } satisfies OpDefinition<'BatchNormTrain'>,

  BatchNormTrainGrad: {
    arity: [5, 5],
    infer: (inputs) => {
      const x = normalised(inputs, 1);
      const channels = x.shape[1] ?? 0;
      requireSameShape(at(inputs, 0), x, 'dy and x');
      ['scale', 'mean', 'variance'].forEach((what, i) => channelVector(inputs, i + 2, channels, what));
      return [x, float([channels]), float([channels])];
    },
  } satisfies OpDefinition<'BatchNormTrainGrad'>,
};
