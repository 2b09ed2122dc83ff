/**
 * Where a training gets its images, whether they lie in memory or are decoded from files as it goes: the one interface
 * of both.
 */

import type { Random } from '../../random.ts';
import type { AugmentOptions } from './augment.ts';
import { EpochBatches, evaluationBatches } from './batches.ts';
import type { Batch, EpochState } from './batches.ts';
import { subset } from './dataset.ts';
import type { ImageDataset } from './dataset.ts';

/** A split of a labelled image set, given out in batches of `[size, 3, height, width]`. */
export interface ImageSource {
  readonly name: string;
  readonly split: 'train' | 'test';
  /** Images in the split, readable or not. */
  readonly count: number;
  readonly channels: 3;
  /** Of the images given out. */
  readonly height: number;
  readonly width: number;
  /** The name of each label, by label. */
  readonly classes: readonly string[];
  /** Per channel, of pixels scaled to [0, 1]: what images are normalised by. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Images that were met so far and cannot be read, each once. Always empty for images in memory. */
  readonly unreadable: readonly UnreadableImage[];
  /** Shuffled, augmented epochs. Streams of one source may be used side by side. */
  trainBatches(options: TrainBatchOptions): TrainBatches;
  /** Every readable image once, in the source's order, not augmented; the last batch may be short. */
  evaluationBatches(options: EvaluationRange): AsyncIterable<Batch>;
  /** Ends what the source keeps running. Batches that were not waited for are lost. */
  close(): Promise<void>;
}

/** A part of the readable images, or all of them. */
export interface EvaluationRange {
  readonly batchSize: number;
  /** How many to begin after. Default 0. */
  readonly skip?: number | undefined;
  /** How many to give out, if there are so many. Default: all. */
  readonly take?: number | undefined;
}

export interface TrainBatchOptions {
  readonly batchSize: number;
  /** The stream's from then on; give it a fork. */
  readonly random: Random;
  /** Leaves a last short batch out, and with it a different few images each epoch. */
  readonly dropLast?: boolean | undefined;
}

/** Epoch after epoch, like `EpochBatches`, for batches that have to be waited for. */
export interface TrainBatches {
  readonly batchesPerEpoch: number;
  /** Where the stream stands after the batches given out; `restore` of it goes on with the same batches. */
  readonly state: EpochState;
  restore(state: EpochState): void;
  /** The next batch, from a new epoch where the last one is used up. One call at a time. */
  next(): Promise<Batch>;
}

/** A file that was passed over. */
export interface UnreadableImage {
  readonly path: string;
  readonly reason: string;
}

/** An `ImageDataset` as a source. Without `augmentation` its training images are only normalised. */
export function datasetSource(dataset: ImageDataset, augmentation?: AugmentOptions): ImageSource {
  const { name, split, count, channels, height, width, classes, mean, std } = dataset;
  return {
    name,
    split,
    count,
    channels,
    height,
    width,
    classes,
    mean,
    std,
    unreadable: [],
    trainBatches(options) {
      const batches = new EpochBatches(dataset, { ...options, augmentation });
      return {
        batchesPerEpoch: batches.batchesPerEpoch,
        get state() {
          return batches.state;
        },
        restore: (state) => batches.restore(state),
        next: async () => batches.next(),
      };
    },
    async *evaluationBatches({ batchSize, skip = 0, take = count }) {
      const end = Math.min(count, skip + take);
      if (end > skip) yield* evaluationBatches(subset(dataset, skip, end), batchSize);
    },
    close: async () => {},
  };
}
