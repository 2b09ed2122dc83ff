/** Cases of convolutions, pools and batch norm. */
import * as fc from 'fast-check';

import type { ConvAttributes, PoolAttributes } from '../../../src/graph/attributes.ts';
import { windowCount } from '../../../src/graph/infer/image.ts';
import type { CaseInput } from '../case.ts';
import { floatInput } from '../shapes.ts';

const pair = (least: number, most: number) => {
  const one = fc.integer({ min: least, max: most });
  return fc.tuple(one, one);
};

interface ConvCase {
  readonly attributes: ConvAttributes;
  readonly batch: number;
  /** Channels of x and y in each group. */
  readonly channels: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly size: readonly [number, number];
  /** Height and width of y. */
  readonly windows: readonly [number, number];
}

const small = (most: number) => fc.integer({ min: 1, max: most });

/** Convolutions of every kind: grouped and depthwise, strided, dilated, padded unevenly, sizes the stride does not divide. */
const convCases: fc.Arbitrary<ConvCase> = fc
  .record({
    batch: small(2),
    group: small(3),
    anyChannels: pair(1, 3),
    depthwise: fc.boolean(),
    kernel: pair(1, 3),
    anyStrides: pair(1, 3),
    square: fc.boolean(),
    dilations: pair(1, 2),
    pads: fc.tuple(...[0, 0, 0, 0].map(() => fc.nat({ max: 2 }))),
    beyond: pair(0, 4),
  })
  .map(({ batch, group, anyChannels, depthwise, kernel, anyStrides, square, dilations, pads, beyond }) => {
    // Runtimes have kernels of their own for these, and chance alone makes few of them.
    const channels = depthwise ? ([1, 1] as const) : anyChannels;
    const strides = square ? ([anyStrides[0], anyStrides[0]] as const) : anyStrides;
    const attributes: ConvAttributes = {
      strides,
      pads: [pads[0] ?? 0, pads[1] ?? 0, pads[2] ?? 0, pads[3] ?? 0],
      dilations,
      group,
    };
    const along = (axis: 0 | 1) => {
      const reach = (kernel[axis] - 1) * dilations[axis] + 1;
      const padding = attributes.pads[axis] + attributes.pads[axis === 0 ? 2 : 3];
      return Math.max(1, reach - padding) + beyond[axis];
    };
    const size = [along(0), along(1)] as const;
    const window = { kernel, ...attributes };
    const windows = [windowCount(size[0], 0, window), windowCount(size[1], 1, window)] as const;
    return { attributes, batch, channels, kernel, size, windows };
  });

function poolAttributes({ kernel, strides, pads }: PoolDraw): PoolAttributes {
  const [top, left, bottom, right] = pads;
  return {
    kernel_shape: kernel,
    strides,
    pads: [top % kernel[0], left % kernel[1], bottom % kernel[0], right % kernel[1]],
  };
}

interface PoolDraw {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
}

interface PoolCase {
  readonly attributes: PoolAttributes;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const poolCases: fc.Arbitrary<PoolCase> = fc
  .record({
    planes: pair(1, 3),
    kernel: pair(1, 3),
    strides: pair(1, 3),
    pads: fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }), fc.nat({ max: 2 }), fc.nat({ max: 2 })),
    beyond: pair(0, 4),
  })
  .map(({ planes, beyond, ...draw }) => {
    const attributes = poolAttributes(draw);
    const along = (axis: 0 | 1) => {
      const padding = attributes.pads[axis] + attributes.pads[axis === 0 ? 2 : 3];
      return Math.max(1, draw.kernel[axis] - padding) + beyond[axis];
    };
    const size = [along(0), along(1)] as const;
    const window = { ...attributes, kernel: draw.kernel, dilations: [1, 1] } as const;
    const windows = [windowCount(size[0], 0, window), windowCount(size[1], 1, window)];
    return { attributes, x: [...planes, ...size], y: [...planes, ...windows] };
  });

const includePad = fc.constantFrom<(0 | 1)[]>(0, 1);

const pooled = (shape: readonly number[]): CaseInput => ({
  dtype: 'float32',
  shape,
  fill: { kind: 'pooled' },
});

/** [N, C], [N, C, H, W] or [N, C, …] of other ranks, with two or more numbers a channel, so that there is something to average. */
const normalised = fc
  .tuple(
    fc.integer({ min: 2, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
    fc.oneof(
      fc.constant([]),
      pair(1, 4),
      fc
        .constantFrom(1, 3)
        .chain((length) =>
          fc.array(fc.integer({ min: 1, max: 3 }), { minLength: length, maxLength: length }),
        ),
    ),
  )
  .map(([batch, channels, image]) => [batch, channels, ...image]);

const epsilons = fc.constantFrom(1e-5, 1e-3);

export const imageCases = {
  Conv: fc.tuple(convCases, fc.boolean()).chain(([{ attributes, batch, channels, kernel, size }, biased]) => {
    const { group } = attributes;
    const x = floatInput([batch, channels[0] * group, ...size]);
    const w = floatInput([channels[1] * group, channels[0], ...kernel]);
    const inputs = biased ? fc.tuple(x, w, floatInput([channels[1] * group])) : fc.tuple(x, w);
    return inputs.map((given) => ({ op: 'Conv' as const, attributes, inputs: given }));
  }),

  ConvTranspose: convCases.chain(({ attributes, batch, channels, kernel, size, windows }) => {
    const { group, strides, pads, dilations } = attributes;
    // What the stride left over of the image comes back as output padding.
    const output_padding = [0, 1].map((axis) => {
      const reach = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
      const padded = (size[axis] ?? 1) + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0);
      return padded - reach - (strides[axis] ?? 1) * ((windows[axis] ?? 1) - 1);
    });
    return fc
      .tuple(
        floatInput([batch, channels[0] * group, ...windows]),
        floatInput([channels[0] * group, channels[1], ...kernel]),
      )
      .map((inputs) => ({
        op: 'ConvTranspose' as const,
        attributes: {
          ...attributes,
          output_padding: [output_padding[0] ?? 0, output_padding[1] ?? 0] as const,
        },
        inputs,
      }));
  }),

  ConvFilterGrad: convCases.chain(({ attributes, batch, channels, kernel, size, windows }) =>
    fc
      .tuple(
        floatInput([batch, channels[0] * attributes.group, ...size]),
        floatInput([batch, channels[1] * attributes.group, ...windows]),
      )
      .map((inputs) => ({
        op: 'ConvFilterGrad' as const,
        attributes: { ...attributes, kernel_shape: kernel },
        inputs,
      })),
  ),

  MaxPool: poolCases.chain(({ attributes, x }) =>
    floatInput(x, 'apart').map((input) => ({ op: 'MaxPool' as const, attributes, inputs: [input] })),
  ),

  MaxPoolGrad: poolCases.chain(({ attributes, x, y }) =>
    fc
      .tuple(floatInput(x, 'apart'), fc.constant(pooled(y)), floatInput(y))
      .map((inputs) => ({ op: 'MaxPoolGrad' as const, attributes, inputs })),
  ),

  MaxPoolGather: poolCases.chain(({ attributes, x, y }) =>
    fc
      .tuple(floatInput(x, 'apart'), fc.constant(pooled(y)), floatInput(x))
      .map((inputs) => ({ op: 'MaxPoolGather' as const, attributes, inputs })),
  ),

  AveragePool: fc.tuple(poolCases, includePad).chain(([{ attributes, x }, count_include_pad]) =>
    floatInput(x).map((input) => ({
      op: 'AveragePool' as const,
      attributes: { ...attributes, count_include_pad },
      inputs: [input],
    })),
  ),

  AveragePoolGrad: fc.tuple(poolCases, includePad).chain(([{ attributes, x, y }, count_include_pad]) =>
    floatInput(y).map((input) => ({
      op: 'AveragePoolGrad' as const,
      attributes: {
        ...attributes,
        count_include_pad,
        input_size: [x[2] ?? 1, x[3] ?? 1] as const,
      },
      inputs: [input],
    })),
  ),

  GlobalAveragePool: poolCases.chain(({ x }) =>
    floatInput(x).map((input) => ({ op: 'GlobalAveragePool' as const, attributes: {}, inputs: [input] })),
  ),

  BatchNormalization: fc.tuple(normalised, epsilons).chain(([shape, epsilon]) => {
    const channel = [shape[1] ?? 1];
    return fc
      .tuple(
        floatInput(shape),
        floatInput(channel),
        floatInput(channel),
        floatInput(channel),
        floatInput(channel, 'positive'),
      )
      .map((inputs) => ({ op: 'BatchNormalization' as const, attributes: { epsilon }, inputs }));
  }),

  BatchNormTrain: fc.tuple(normalised, epsilons).chain(([shape, epsilon]) => {
    const channel = [shape[1] ?? 1];
    return fc
      .tuple(floatInput(shape), floatInput(channel), floatInput(channel))
      .map((inputs) => ({ op: 'BatchNormTrain' as const, attributes: { epsilon }, inputs }));
  }),

  BatchNormTrainGrad: fc.tuple(normalised, epsilons).chain(([shape, epsilon]) => {
    const channel = [shape[1] ?? 1];
    return fc
      .tuple(
        floatInput(shape),
        floatInput(shape),
        floatInput(channel),
        floatInput(channel),
        floatInput(channel, 'positive'),
      )
      .map((inputs) => ({ op: 'BatchNormTrainGrad' as const, attributes: { epsilon }, inputs }));
  }),
};
