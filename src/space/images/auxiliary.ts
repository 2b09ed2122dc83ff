/**
 * The auxiliary head: a second classifier on the output of the cell two thirds up an evaluation network, whose loss is
 * added in training so that the lower cells get a gradient of their own (Szegedy et al. 2015; DARTS, appendix A.2).
 * It is built in training only, so it is in no count of parameters and in no exported file.
 */
import { NascentError } from '../../errors.ts';
import { known } from '../../graph/infer/rule.ts';
import type { Value } from '../../graph/types.ts';
import type { CnnShape } from './cnn.ts';
import { batchNorm, classifier, conv, relu, type NetworkContext } from './layers.ts';

/** The weights of the head are named under it. */
export const auxiliaryScope = 'auxiliary';

/** The cell that the head reads. */
export function auxiliaryCell(layers: number): number {
  return Math.floor((2 * layers) / 3);
}

/** The least side of the map that a head can read: its pool is this wide, and a 2×2 convolution follows. */
const poolSize = 5;

/**
 * [N, C, H, W] → logits [N, classes]: ReLU, average pool, 1×1 convolution to 128, batch norm, ReLU, 2×2 convolution to
 * 768, batch norm, ReLU, linear. The published ImageNet head has no batch norm after its second convolution, an
 * oversight that its authors left in because the published accuracy was got with it, and pools with stride 2.
 *
 * Where the map is the published one (8×8 for CIFAR-10, 7×7 for ImageNet) one pixel is left before the linear layer;
 * the pixels that larger images leave are averaged.
 *
 * @throws NascentError 'space/invalid' where the map is too small for the pool
 */
export function auxiliaryHead(context: NetworkContext, shape: CnnShape, features: Value): Value {
  const { b } = context;
  const stem = shape.stem ?? 'cifar10';
  const stride = stem === 'imagenet' ? 2 : 3;
  const [, , height, width] = features.type.shape.map((dim, axis) => (axis < 2 ? 0 : known(dim, 'the map')));
  requireRoom(Math.min(height ?? 0, width ?? 0), stride, shape);
  return b.scope(auxiliaryScope, () => {
    const pooled = b.op('AveragePool', [relu(context, features)], {
      kernel_shape: [poolSize, poolSize],
      strides: [stride, stride],
      pads: [0, 0, 0, 0],
      count_include_pad: 0,
    });
    const narrow = b.scope('conv0', () => conv(context, pooled, 128, { kernel: 1 }));
    const active = relu(
      context,
      b.scope('bn0', () => batchNorm(context, narrow)),
    );
    const wide = b.scope('conv1', () => conv(context, active, 768, { kernel: 2, padding: 0 }));
    const normalised = stem === 'imagenet' ? wide : b.scope('bn1', () => batchNorm(context, wide));
    return b.scope('classifier', () => classifier(context, relu(context, normalised), shape.classes));
  });
}

function requireRoom(side: number, stride: number, { image }: CnnShape): void {
  const least = poolSize + stride;
  if (side >= least) return;
  throw new NascentError(
    'space/invalid',
    `an auxiliary head needs a map of ${least}×${least} or more, and images of ${image[1]}×${image[2]} leave one of ${side}×${side}`,
    { help: 'Train without the head (--set auxiliary=0), or on larger images.' },
  );
}
