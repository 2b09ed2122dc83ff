/** Labelled images in memory, as bytes: what every image dataset here is, wherever it came from. */

import type { Channels, PerChannel } from './imagenet/normalisation.ts';

/** A split of a labelled image set. `pixels` is `[count, channels, height, width]`, one byte a value, 0 to 255. */
export interface ImageDataset {
  readonly name: string;
  readonly split: 'train' | 'test';
  readonly count: number;
  readonly channels: Channels;
  readonly height: number;
  readonly width: number;
  /** The name of each label, by label. */
  readonly classes: readonly string[];
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array | Int32Array;
  /** Per channel, of pixels scaled to [0, 1], over the training split. */
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/**
 * The images from `start` up to, not including, `end`, in the dataset's order. The bytes are shared, not copied.
 *
 * DARTS splits the training images so: the first half trains the weights, the second half the architecture.
 */
export function subset(dataset: ImageDataset, start: number, end: number): ImageDataset {
  if (
    !Number.isInteger(start) ||
    !Number.isInteger(end) ||
    start < 0 ||
    end <= start ||
    end > dataset.count
  ) {
    throw new Error(`internal: subset ${start} to ${end} of ${dataset.count} images`);
  }
  const size = dataset.channels * dataset.height * dataset.width;
  return {
    ...dataset,
    count: end - start,
    pixels: dataset.pixels.subarray(start * size, end * size),
    labels: dataset.labels.subarray(start, end),
  };
}
