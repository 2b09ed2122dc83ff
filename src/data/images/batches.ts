/**
 * Images in batches: shuffled epochs for training, a fresh draw at each step for the architecture, in order for
 * evaluation.
 *
 * Every batch has arrays of its own. A runtime may hold on to the array it was given until the device has taken it, and
 * a batch written over in the meantime is the kind of bug that only shows as a worse accuracy.
 */

import { Random } from '../../random.ts';
import type { RandomState } from '../../random.ts';
import { augment, normalise } from './augment.ts';
import type { AugmentOptions } from './augment.ts';
import type { ImageDataset } from './dataset.ts';

/** Normalised images and their labels. A batch says what shape it has: nothing guesses it from a length. */
export interface Batch {
  /** `shape` of it. */
  readonly images: Float32Array;
  /** `[N, C, H, W]` */
  readonly shape: BatchShape;
  /** `[N]` */
  readonly labels: Int32Array;
  /** N */
  readonly size: number;
}

export type BatchShape = readonly [number: number, channels: number, height: number, width: number];

export interface BatchOptions {
  readonly batchSize: number;
  /** What to do to each image at random (default: nothing, images are only normalised). */
  readonly augmentation?: AugmentOptions | undefined;
}

/** Where a stream of epochs stands: plain data, for a checkpoint. */
export interface EpochState {
  /** Epochs finished before the current one. */
  readonly epoch: number;
  /** Images already given out in the current epoch. */
  readonly position: number;
  /** The random state that the current epoch's order was drawn from. */
  readonly order: RandomState;
  /** The random state that the next draw comes from. */
  readonly random: RandomState;
}

/**
 * Epoch after epoch over one dataset, each in a new random order, every image once an epoch.
 *
 * The last batch of an epoch is short where the batch size does not divide the number of images (DARTS trains on it: 40
 * of 64). With `dropLast` it is left out, and with it a different few images each epoch, which is what a program
 * compiled for one batch size needs. A dataset smaller than a batch is one short batch an epoch, or with `dropLast` an
 * error.
 */
export class EpochBatches {
  readonly #dataset: ImageDataset;
  readonly #options: BatchOptions;
  /** Images given out per epoch. */
  readonly #usable: number;
  #random: Random;
  #epoch = 0;
  #position = 0;
  #orderState: RandomState;
  #order: Uint32Array;

  /** `random` is this stream's from now on; give it a fork. */
  constructor(
    dataset: ImageDataset,
    options: BatchOptions & { readonly random: Random; readonly dropLast?: boolean | undefined },
  ) {
    const { batchSize, dropLast = false } = options;
    checkBatchSize(batchSize);
    this.#usable = dropLast ? dataset.count - (dataset.count % batchSize) : dataset.count;
    if (this.#usable === 0) {
      throw new Error(`internal: ${dataset.count} images make no whole batch of ${batchSize}`);
    }
    this.#dataset = dataset;
    this.#options = options;
    this.#random = options.random;
    this.#orderState = this.#random.state;
    this.#order = this.#random.permutation(dataset.count);
  }

  get batchesPerEpoch(): number {
    return Math.ceil(this.#usable / this.#options.batchSize);
  }

  /** Where the stream stands: `restore` of it, on the same dataset and options, gives the same batches from there. */
  get state(): EpochState {
    return {
      epoch: this.#epoch,
      position: this.#position,
      order: this.#orderState,
      random: this.#random.state,
    };
  }

  restore(state: EpochState): void {
    this.#orderState = state.order;
    this.#order = Random.from(state.order).permutation(this.#dataset.count);
    this.#random = Random.from(state.random);
    this.#epoch = state.epoch;
    this.#position = state.position;
  }

  /** Whether the current epoch has no batch left, so that `next` begins another. */
  get atEnd(): boolean {
    return this.#position >= this.#usable;
  }

  /** The next batch, from a new epoch where the last one is used up. */
  next(): Batch {
    if (this.atEnd) {
      this.#epoch += 1;
      this.#position = 0;
      this.#orderState = this.#random.state;
      this.#order = this.#random.permutation(this.#dataset.count);
    }
    const end = Math.min(this.#position + this.#options.batchSize, this.#usable);
    const indices = this.#order.subarray(this.#position, end);
    this.#position = end;
    return makeBatch(this.#dataset, indices, this.#options.augmentation, this.#random);
  }

  /** The batches left of the current epoch, or all of the next where none is left. */
  *epochBatches(): Generator<Batch> {
    do yield this.next();
    while (!this.atEnd);
  }
}

/**
 * A batch drawn anew from the whole dataset, its images all different: what one step of a loader that reshuffles each
 * time gives, and what DARTS takes an architecture step on. All its state is `random`'s.
 */
export function freshBatch(dataset: ImageDataset, random: Random, options: BatchOptions): Batch {
  const chosen = freshIndices(dataset.count, random, options.batchSize);
  return makeBatch(dataset, chosen, options.augmentation, random);
}

/** `batchSize` different numbers below `count`, or all of them where there are no more. */
export function freshIndices(count: number, random: Random, batchSize: number): readonly number[] {
  checkBatchSize(batchSize);
  const size = Math.min(batchSize, count);
  // Floyd's sampling: `size` draws whatever the dataset's size (Bentley & Floyd 1987).
  const chosen = new Set<number>();
  for (let last = count - size; last < count; last++) {
    const index = random.integer(last + 1);
    chosen.add(chosen.has(index) ? last : index);
  }
  return [...chosen];
}

/** Every image once, in the dataset's order, normalised only; the last batch may be short. */
export function* evaluationBatches(dataset: ImageDataset, batchSize: number): Generator<Batch> {
  checkBatchSize(batchSize);
  for (let start = 0; start < dataset.count; start += batchSize) {
    const size = Math.min(batchSize, dataset.count - start);
    yield makeBatch(
      dataset,
      Uint32Array.from({ length: size }, (_, i) => start + i),
    );
  }
}

function makeBatch(
  dataset: ImageDataset,
  indices: ArrayLike<number>,
  augmentation?: AugmentOptions,
  random?: Random,
): Batch {
  const size = indices.length;
  const shape = [size, dataset.channels, dataset.height, dataset.width] as const;
  const images = new Float32Array(shape.reduce((values, side) => values * side, 1));
  if (augmentation !== undefined && random !== undefined) {
    augment(dataset, indices, random, images, augmentation);
  } else {
    normalise(dataset, indices, images);
  }
  const labels = Int32Array.from({ length: size }, (_, i) => dataset.labels[indices[i] ?? 0] ?? 0);
  return { images, shape, labels, size };
}

/** A mistake of ours: settings have ranges. */
export function checkBatchSize(batchSize: number): void {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new Error(`internal: a batch of ${batchSize} images`);
  }
}
