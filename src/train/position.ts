/** Where a training stands, but for its tensors: what a checkpoint says beside them. */
import { z } from 'zod';

export const randomStateSchema = z.strictObject({
  seed: z.int().nonnegative(),
  counter: z.int().nonnegative(),
});

/** Where a stream of training batches stands. */
export const epochStateSchema = z.strictObject({
  epoch: z.int().nonnegative(),
  position: z.int().nonnegative(),
  order: randomStateSchema,
  random: randomStateSchema,
});

export const positionSchema = z.strictObject({
  epoch: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  batches: epochStateSchema,
  /** What the masks of drop path are drawn from. */
  dropPath: randomStateSchema,
  /** Sums of the epoch's loss and hits, and its images. */
  meter: z.array(z.number()),
  /** The best test accuracy so far; null where none was measured. */
  best: z.number().nullable(),
});

export type Position = z.output<typeof positionSchema>;
