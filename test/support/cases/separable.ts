/** Cases of the fused ops of separable convolutions and of mixed nodes. */
import * as fc from 'fast-check';

import { windowCount } from '../../../src/graph/infer/image.ts';
import { floatInput, wholeInput } from '../shapes.ts';

const upTo = (max: number, min = 1) => fc.integer({ min, max });

/** Operands of a half; nothing that a ReLU takes is 0: x is odd, and its norm is about a mean that is even, with no bias. */
const halves = fc
  .record({
    batch: upTo(2),
    channels: upTo(3),
    outputs: upTo(3),
    kernel: fc.tuple(upTo(3), upTo(3)),
    strides: fc.tuple(upTo(2), upTo(2)),
    dilations: fc.tuple(upTo(2), upTo(2)),
    pads: fc.tuple(upTo(4, 0), upTo(4, 0), upTo(4, 0), upTo(4, 0)),
    beyond: fc.tuple(upTo(4, 0), upTo(4, 0)),
    normed: fc.boolean(),
    relu: fc.constantFrom<(0 | 1)[]>(0, 1, 1),
  })
  .chain(({ batch, channels, outputs, kernel, strides, dilations, pads, beyond, normed, relu }) => {
    const span = (axis: 0 | 1) => (kernel[axis] - 1) * dilations[axis];
    const [top, left, bottom, right] = pads;
    const within = [
      top % (span(0) + 1),
      left % (span(1) + 1),
      bottom % (span(0) + 1),
      right % (span(1) + 1),
    ] as const;
    const attributes = { strides, dilations, pads: within, group: channels, relu, norm_epsilon: 1e-3 };
    const along = (axis: 0 | 1) =>
      Math.max(1, span(axis) + 1 - within[axis] - within[axis + 2]!) + beyond[axis];
    const size = [along(0), along(1)] as const;
    const window = { kernel, strides, dilations, pads: within };
    const z = [batch, outputs, windowCount(size[0], 0, window), windowCount(size[1], 1, window)];
    const of = [channels];
    const norm = normed
      ? [
          floatInput(of, 'positive'),
          wholeInput('float32', of, 0, 1),
          floatInput(of, 'even'),
          floatInput(of, 'positive'),
        ]
      : [];
    return fc
      .tuple(
        floatInput([batch, channels, ...size]),
        floatInput([channels, 1, ...kernel]),
        floatInput([outputs, channels, 1, 1]),
        ...norm,
      )
      .map((inputs) => ({ attributes, inputs, z, outputs }));
  });

/** The shapes of an image and of its pairs. */
const pairs = fc.tuple(upTo(2), upTo(3), upTo(3), upTo(3)).map(([batch, channels, height, width]) => ({
  x: [batch, channels, 2 * height, 2 * width],
  y: [batch, 2 * channels, height, width],
}));

export const separableCases = {
  SeparableHalf: halves.map(({ attributes, inputs }) => ({
    op: 'SeparableHalf' as const,
    attributes,
    inputs,
  })),

  SeparableHalfGrad: fc
    .tuple(halves, ...[0, 1, 2, 3].map(() => fc.constantFrom<(0 | 1)[]>(0, 1)))
    .chain(([{ attributes, inputs, z, outputs }, masked = 0, again = 0, dropped = 0, added = 0]) =>
      fc
        .tuple(
          floatInput(z),
          ...(dropped === 1 ? [floatInput([z[0] ?? 1, 1, 1, 1])] : []),
          ...(added === 1 ? [floatInput(inputs[0]?.shape ?? [])] : []),
          ...(again === 1 ? [] : [floatInput(z)]),
          floatInput([outputs]),
          floatInput([outputs]),
          floatInput([outputs], 'positive'),
        )
        .map((norm) => ({
          op: 'SeparableHalfGrad' as const,
          attributes: { ...attributes, epsilon: 1e-3, masked, again, dropped, added },
          inputs: [...norm, ...inputs],
        })),
    ),

  MixedSum: fc
    .record({
      shape: fc.tuple(upTo(2), upTo(3), upTo(4), upTo(4)),
      plain: upTo(2, 0),
      /** Of each, whether its factor is one number, or one an image. */
      scaled: fc.array(fc.boolean(), { maxLength: 2 }),
      normed: upTo(2, 0),
      dropped: fc.array(fc.boolean(), { maxLength: 2 }),
    })
    .filter(({ plain, scaled, normed, dropped }) => plain + scaled.length + normed + dropped.length > 0)
    .chain(({ shape, plain, scaled, normed, dropped }) => {
      const times = <T>(count: number, terms: () => readonly T[]) =>
        Array.from({ length: count }, terms).flat();
      const of = [shape[1]];
      const factor = (one: boolean) => floatInput(one ? [1] : [shape[0], 1, 1, 1]);
      const norm = () => [
        floatInput(shape),
        floatInput(of),
        floatInput(of),
        floatInput(of),
        floatInput(of, 'positive'),
      ];
      return fc
        .tuple(
          ...times(plain, () => [floatInput(shape)]),
          ...scaled.flatMap((one) => [floatInput(shape), factor(one)]),
          ...times(normed, norm),
          ...dropped.flatMap((one) => [...norm(), factor(one)]),
        )
        .map((inputs) => ({
          op: 'MixedSum' as const,
          attributes: { plain, scaled: scaled.length, dropped: dropped.length, epsilon: 1e-3 },
          inputs,
        }));
    }),

  PixelPairs: pairs.chain(({ x }) =>
    floatInput(x).map((input) => ({ op: 'PixelPairs' as const, attributes: {}, inputs: [input] })),
  ),

  Patches: halves.chain(({ attributes: { strides, dilations, pads }, inputs: [x, w] }) => {
    const [, , kh = 1, kw = 1] = w?.shape ?? [];
    const attributes = { strides, dilations, pads, kernel_shape: [kh, kw] as const };
    return floatInput(x?.shape ?? []).map((input) => ({
      op: 'Patches' as const,
      attributes,
      inputs: [input],
    }));
  }),

  PixelPairsGrad: fc
    .tuple(pairs, fc.boolean())
    .chain(([{ x, y }, added]) =>
      fc
        .tuple(floatInput(y), ...(added ? [floatInput(x)] : []))
        .map((inputs) => ({ op: 'PixelPairsGrad' as const, attributes: {}, inputs })),
    ),
};
