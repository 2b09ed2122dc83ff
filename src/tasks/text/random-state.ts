/** The states of random streams and of texts in a checkpoint's JSON. */
import { z } from 'zod';

export const randomStateSchema = z.strictObject({
  seed: z.int().nonnegative(),
  counter: z.int().nonnegative(),
});

export const textStateSchema = z.strictObject({
  epoch: z.int().nonnegative(),
  position: z.int().nonnegative(),
  random: randomStateSchema,
});
