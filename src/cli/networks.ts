/** The networks that a genotype can be described as: shapes without anything trained. */

import type { CnnShape } from '../space/cnn.ts';
import type { StemKind } from '../space/stem.ts';

/** Those of the DARTS paper: for CIFAR-10, and for ImageNet in the mobile setting. */
export const networks = {
  cifar10: { stem: 'cifar10', channels: 36, layers: 20, classes: 10, image: [3, 32, 32] },
  imagenet: { stem: 'imagenet', channels: 48, layers: 14, classes: 1000, image: [3, 224, 224] },
} as const satisfies { readonly [N in StemKind]: CnnShape };

export type NetworkName = keyof typeof networks;

/** A network of other channels or depth, where they are given. */
export function networkOf(
  name: NetworkName,
  size: { readonly channels?: number; readonly layers?: number },
): CnnShape {
  const { channels = networks[name].channels, layers = networks[name].layers } = size;
  return { ...networks[name], channels, layers };
}

export const networkNames = Object.keys(networks) as readonly NetworkName[];
