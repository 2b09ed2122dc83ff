/** The networks that a genotype can be described as: shapes without anything trained. */

import type { DatasetName } from '../data/datasets.ts';
import type { CnnShape } from '../space/cnn.ts';

/** `cifar10` is that of the DARTS paper: 20 cells, 36 channels. */
export const networks = {
  cifar10: { channels: 36, layers: 20, classes: 10, image: [3, 32, 32] },
} as const satisfies Readonly<Partial<Record<DatasetName, CnnShape>>>;

export type NetworkName = keyof typeof networks;
export const networkNames = Object.keys(networks) as readonly NetworkName[];
