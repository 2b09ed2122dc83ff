/** Where a training stands, but for its tensors: what a checkpoint says beside them. */
import { z } from 'zod';

const randomState = z.strictObject({
  seed: z.int().nonnegative(),
  counter: z.int().nonnegative(),
});

export const positionSchema = z.strictObject({
  epoch: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  /** Where the stream of training batches stands. */
  batches: z.strictObject({
    epoch: z.int().nonnegative(),
    position: z.int().nonnegative(),
    order: randomState,
    random: randomState,
  }),
  /** What the masks of drop path are drawn from. */
  dropPath: randomState,
  /** Sums of the epoch's loss and hits, and its images. */
  meter: z.array(z.number()),
  /** The best test accuracy so far; null where none was measured. */
  best: z.number().nullable(),
});

export type Position = z.output<typeof positionSchema>;
