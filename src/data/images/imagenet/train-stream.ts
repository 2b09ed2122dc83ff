/**
 * Shuffled, augmented epochs over image files, decoded ahead of the training step.
 *
 * A batch is a function of the seed, the epoch and the place in it alone. The order is drawn from the stream's random
 * numbers, epoch after epoch; each image's augmentation from a fork named by epoch and image. So neither the number of
 * threads nor their timing shows, and a resumed run decodes what an uninterrupted one would have.
 *
 * The place of an image that cannot be read is taken by the image that follows it in the epoch's order, augmented once
 * more and otherwise. Batches thus stay full and an epoch has the same number of steps whatever the files hold, which
 * schedules and checkpoints count on.
 */

import { Random } from '../../../random.ts';
import type { RandomState } from '../../../random.ts';
import { checkBatchSize } from '../batches.ts';
import type { Batch, EpochState } from '../batches.ts';
import type { TrainBatches, TrainBatchOptions } from '../source.ts';
import { augmentedBatch } from './augmented-batch.ts';
import type { Decoder } from './decoder.ts';
import type { ImageNetAugmentation } from './transform.ts';

export interface TrainStreamOptions extends TrainBatchOptions {
  readonly augmentation: ImageNetAugmentation;
  /** Batches that are decoded while one is trained on: what bounds the memory. */
  readonly prefetch: number;
}

interface Planned {
  readonly batch: Promise<Batch>;
  /** Where the stream stands once the batch is given out. */
  readonly after: EpochState;
}

/** An epoch's order, and the state it was drawn from. */
interface Order {
  readonly epoch: number;
  readonly from: RandomState;
  readonly indices: Uint32Array;
}

/** A stream of batches; as an iterable, epoch after epoch without end. */
export class TrainStream implements TrainBatches, AsyncIterable<Batch> {
  readonly #decoder: Decoder;
  readonly #options: TrainStreamOptions;
  /** Images given out per epoch. */
  readonly #usable: number;
  /** Draws the orders; ahead of `#state` by what is planned. */
  #random: Random;
  #order: Order;
  /** Images planned of the order. */
  #position = 0;
  #planned: Planned[] = [];
  #state: EpochState;

  constructor(decoder: Decoder, options: TrainStreamOptions) {
    const { batchSize, dropLast = false } = options;
    const { count } = decoder;
    checkBatchSize(batchSize);
    this.#usable = dropLast ? count - (count % batchSize) : count;
    if (this.#usable === 0) throw new Error(`internal: ${count} images make no whole batch of ${batchSize}`);
    this.#decoder = decoder;
    this.#options = options;
    this.#random = options.random;
    this.#order = this.#drawOrder(0);
    this.#state = this.#stateNow();
  }

  get batchesPerEpoch(): number {
    return Math.ceil(this.#usable / this.#options.batchSize);
  }

  get state(): EpochState {
    return this.#state;
  }

  get atEnd(): boolean {
    return this.#state.position >= this.#usable;
  }

  restore(state: EpochState): void {
    const indices = Random.from(state.order).permutation(this.#decoder.count);
    this.#order = { epoch: state.epoch, from: state.order, indices };
    this.#random = Random.from(state.random);
    this.#position = state.position;
    this.#planned = [];
    this.#state = state;
  }

  /**
   * @throws NascentError 'data/damaged' where nothing can be read any more; what `DecodePool.decode` throws
   */
  async next(): Promise<Batch> {
    while (this.#planned.length <= this.#options.prefetch) this.#planned.push(this.#plan());
    const [first, ...rest] = this.#planned;
    if (first === undefined) throw new Error('internal: no batch was planned');
    const batch = await first.batch;
    this.#planned = rest;
    this.#state = first.after;
    return batch;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch> {
    for (;;) yield await this.next();
  }

  #drawOrder(epoch: number): Order {
    const from = this.#random.state;
    return { epoch, from, indices: this.#random.permutation(this.#decoder.count) };
  }

  #stateNow(): EpochState {
    const { epoch, from: order } = this.#order;
    return { epoch, position: this.#position, order, random: this.#random.state };
  }

  #plan(): Planned {
    if (this.#position >= this.#usable) {
      this.#order = this.#drawOrder(this.#order.epoch + 1);
      this.#position = 0;
    }
    const start = this.#position;
    this.#position = Math.min(start + this.#options.batchSize, this.#usable);
    const batch = this.#makeBatch(this.#order, start, this.#position);
    // Who waits for the batch hears of its failure; nobody may be waiting yet.
    batch.catch(() => {});
    return { batch, after: this.#stateNow() };
  }

  #makeBatch(order: Order, start: number, end: number): Promise<Batch> {
    const { count } = this.#decoder;
    return augmentedBatch(this.#decoder, end - start, this.#options.augmentation, (i, further) => {
      const place = start + i;
      const index = order.indices[(place + further) % count] ?? 0;
      const label = `epoch ${order.epoch} image ${index}${further === 0 ? '' : ` in place of ${place}`}`;
      // A fork is by the seed alone, which a restored stream has from its state.
      return { index, random: Random.from(order.from).fork(label) };
    });
  }
}
