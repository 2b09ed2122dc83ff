/**
 * The one door through which images come, whether they lie in memory or are decoded from files as a run goes: a search,
 * a training and a measurement know no other.
 */

import { Random } from '../../random.ts';
import type { RandomState } from '../../random.ts';
import type { AugmentOptions } from './augment.ts';
import { EpochBatches, evaluationBatches, freshBatch } from './batches.ts';
import type { Batch, EpochState } from './batches.ts';
import { subset } from './dataset.ts';
import { datasetDigest } from './digest.ts';
import type { ImageDataset } from './dataset.ts';
import type { Channels, PerChannel } from './imagenet/normalisation.ts';

/** A split of a labelled image set, or a part of one, given out in batches of `[N, channels, height, width]`. */
export interface ImageSource {
  readonly name: string;
  readonly split: 'train' | 'test';
  /** Images in it, readable or not. */
  readonly count: number;
  readonly channels: Channels;
  /** Of the images given out. */
  readonly height: number;
  readonly width: number;
  /** The name of each label, by label. */
  readonly classes: readonly string[];
  /** How many images there are of each label, readable or not. */
  readonly perClass: readonly number[];
  /** Per channel, of pixels scaled to [0, 1]: what images are normalised by. */
  readonly mean: PerChannel;
  readonly std: PerChannel;
  /**
   * Images that were met so far and cannot be read, each once; a part shares the list with what it is a part of. Those
   * of images in memory are known from the start.
   */
  readonly unreadable: readonly UnreadableImage[];
  /**
   * Some of the images, as a source: those from `start` up to, not including, `end`. Parts that do not overlap share no
   * image, and a part of a part is the part that its numbers say.
   *
   * Images in memory are counted in the dataset's order. Files lie class by class, so theirs are counted in an order
   * that goes round the classes: any part has of each class its share, give or take one.
   *
   * DARTS splits the training images so: the first half trains the weights, the second half the architecture.
   */
  part(start: number, end: number): ImageSource;
  /** Batches that are each drawn anew from all images: what an architecture step is taken on. */
  freshBatches(options: FreshBatchOptions): FreshBatches;
  /** Shuffled, augmented epochs. Streams of one source may be used side by side. */
  trainBatches(options: TrainBatchOptions): TrainBatches;
  /** Every readable image once, in the source's order, not augmented; the last batch may be short. */
  evaluationBatches(options: EvaluationRange): AsyncIterable<Batch>;
  /**
   * A sha256 by which a resumed run knows that its images are those that it began with: of pixels and labels in memory;
   * of paths, labels and sizes of files, which are not read for it.
   */
  digest(): Promise<string>;
  /** Ends what the source keeps running; a part keeps nothing of its own. Batches that were not waited for are lost. */
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

export type FreshBatchOptions = Omit<TrainBatchOptions, 'dropLast'>;

/**
 * Batch after batch without end, each drawn anew from all images, which are all different within a batch: what one step
 * of a loader that reshuffles each time gives.
 */
export interface FreshBatches {
  /** Where the stream stands after the batches given out; `restore` of it gives the same batches from there. */
  readonly state: RandomState;
  restore(state: RandomState): void;
  /** The next batch, of all images where there are fewer than a batch. One call at a time. */
  next(): Promise<Batch>;
}

/** Epoch after epoch, like `EpochBatches`, for batches that have to be waited for. */
export interface TrainBatches {
  readonly batchesPerEpoch: number;
  /** Where the stream stands after the batches given out; `restore` of it gives the same batches from there. */
  readonly state: EpochState;
  restore(state: EpochState): void;
  /** Whether the current epoch has no batch left, so that `next` begins another. */
  readonly atEnd: boolean;
  /** The next batch, from a new epoch where the last one is used up. One call at a time. */
  next(): Promise<Batch>;
}

/** A file that was passed over. */
export interface UnreadableImage {
  readonly path: string;
  readonly reason: string;
}

/** How many there are of each label. */
export function countedPerClass({
  classes,
  labels,
}: Pick<ImageDataset, 'classes'> & { readonly labels: Iterable<number> }): readonly number[] {
  const counts = classes.map(() => 0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/**
 * An `ImageDataset` as a source. Without `augmentation` its training images are only normalised.
 *
 * @param unreadable files that are not among its images, because they cannot be read
 */
export function datasetSource(
  dataset: ImageDataset,
  augmentation?: AugmentOptions,
  unreadable: readonly UnreadableImage[] = [],
): ImageSource {
  const { name, split, count, channels, height, width, classes, mean, std } = dataset;
  return {
    name,
    split,
    count,
    channels,
    height,
    width,
    classes,
    perClass: countedPerClass(dataset),
    mean,
    std,
    unreadable,
    part: (start, end) => datasetSource(subset(dataset, start, end), augmentation, unreadable),
    digest: async () => datasetDigest(dataset),
    freshBatches({ batchSize, random: given }) {
      let random = given;
      return {
        get state() {
          return random.state;
        },
        restore(state) {
          random = Random.from(state);
        },
        next: async () => freshBatch(dataset, random, { batchSize, augmentation }),
      };
    },
    trainBatches(options) {
      const batches = new EpochBatches(dataset, { ...options, augmentation });
      return {
        batchesPerEpoch: batches.batchesPerEpoch,
        get state() {
          return batches.state;
        },
        get atEnd() {
          return batches.atEnd;
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
