/**
 * What is before the first cell. A stem gives the first cell both of its sources, c_{-2} and c_{-1}.
 *
 * For CIFAR-10's small images it is one convolution at full size, and both sources are its output. For ImageNet's it is
 * three of stride 2, and the sources are its last two outputs: the second is half the size of the first, so the first
 * cell preprocesses them as if a reduction cell had come before it (the official code's `reduction_prev=True`).
 */
import type { Value } from '../../graph/types.ts';
import { batchNorm, conv, relu, type NetworkContext } from './layers.ts';

export const stemKinds = ['cifar10', 'imagenet'] as const;
export type StemKind = (typeof stemKinds)[number];

interface Stem {
  /** How often the image is halved on the way to the first cell's preprocessed sources. */
  readonly halvings: number;
  /** Whether the second source is half the size of the first. */
  readonly halvedLast: boolean;
  /** `channels` are those of the first cell's nodes. */
  readonly build: (
    context: NetworkContext,
    image: Value,
    channels: number,
  ) => readonly [beforeLast: Value, last: Value];
}

export const stems: { readonly [K in StemKind]: Stem } = {
  cifar10: {
    halvings: 0,
    halvedLast: false,
    build(context, image, channels) {
      // Three times the channels of a cell, and no ReLU: every cell begins with one.
      const stem = context.b.scope('stem', () => convBatchNorm(context, image, 3 * channels, 1));
      return [stem, stem];
    },
  },
  imagenet: {
    halvings: 3,
    halvedLast: true,
    build(context, image, channels) {
      const { b } = context;
      const first = b.scope('stem0', () => {
        const half = b.scope('0', () => convBatchNorm(context, image, channels / 2, 2));
        return b.scope('1', () => convBatchNorm(context, relu(context, half), channels, 2));
      });
      const second = b.scope('stem1', () => convBatchNorm(context, relu(context, first), channels, 2));
      return [first, second];
    },
  },
};

/** The stem's batch norm is trained in a search, too. */
function convBatchNorm(context: NetworkContext, x: Value, outputs: number, stride: number): Value {
  const { b } = context;
  const y = b.scope('conv', () => conv(context, x, outputs, { kernel: 3, stride }));
  return b.scope('bn', () => batchNorm({ ...context, affine: true }, y));
}
