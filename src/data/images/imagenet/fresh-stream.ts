/**
 * Batches of image files that are each drawn anew from all of them, decoded ahead of the step that takes them.
 *
 * A batch is a function of the seed and of how many numbers were drawn before it. The images are drawn from the
 * stream's random numbers; each one's augmentation comes from a fork named by draw and image. So neither the number of
 * threads nor their timing shows, and a resumed run decodes what an uninterrupted one would have.
 *
 * The place of an image that cannot be read is taken by the one that follows it among all images, which may then be in
 * the batch twice.
 */

import { Random } from '../../../random.ts';
import type { RandomState } from '../../../random.ts';
import { checkBatchSize, freshIndices } from '../batches.ts';
import type { Batch } from '../batches.ts';
import type { FreshBatches, FreshBatchOptions } from '../source.ts';
import { augmentedBatch } from './augmented-batch.ts';
import type { Decoder } from './decoder.ts';
import type { ImageNetAugmentation } from './transform.ts';

export interface FreshStreamOptions extends FreshBatchOptions {
  readonly augmentation: ImageNetAugmentation;
  /** Batches that are decoded while one is used: what bounds the memory. */
  readonly prefetch: number;
}

interface Planned {
  readonly batch: Promise<Batch>;
  /** Where the stream stands once the batch is given out. */
  readonly after: RandomState;
}

/** `decoder`'s images, as batches without end. */
export function freshStream(decoder: Decoder, options: FreshStreamOptions): FreshBatches {
  const { batchSize, augmentation, prefetch } = options;
  checkBatchSize(batchSize);
  // Ahead of `state` by what is planned.
  let { random } = options;
  let { state } = random;
  let planned: Planned[] = [];

  const plan = (): Planned => {
    const before = random.state;
    const chosen = freshIndices(decoder.count, random, batchSize);
    const batch = augmentedBatch(decoder, chosen.length, augmentation, (place, further) => {
      const index = ((chosen[place] ?? 0) + further) % decoder.count;
      const label = `draw ${before.counter} image ${index}${further === 0 ? '' : ` in place of ${place}`}`;
      return { index, random: Random.from(before).fork(label) };
    });
    // Who waits for the batch hears of its failure; nobody may be waiting yet.
    batch.catch(() => {});
    return { batch, after: random.state };
  };

  return {
    get state() {
      return state;
    },
    restore(saved) {
      random = Random.from(saved);
      state = saved;
      planned = [];
    },
    async next() {
      while (planned.length <= prefetch) planned.push(plan());
      const [first, ...rest] = planned;
      if (first === undefined) throw new Error('internal: no batch was planned');
      const batch = await first.batch;
      planned = rest;
      state = first.after;
      return batch;
    },
  };
}
