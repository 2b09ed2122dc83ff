/** Where the training of a recurrent network stands, but for its tensors: what a checkpoint says beside them. */
import { z } from 'zod';
import { randomStateSchema, textStateSchema } from '../../tasks/text/random-state.ts';

export const rnnPositionSchema = z.strictObject({
  epoch: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  text: textStateSchema,
  /** What the dropout masks are drawn from. */
  masks: randomStateSchema,
  meter: z.array(z.number()),
  /** Validation losses of the epochs of plain SGD. */
  history: z.array(z.number()),
  averaging: z.strictObject({ steps: z.int().nonnegative(), rate: z.number().nonnegative() }).nullable(),
  /** The best validation loss so far; null where none was measured. */
  best: z.number().nullable(),
  /** How often the best weights were gone back to since they were the best. */
  rollbacks: z.int().nonnegative(),
});

export type RnnPosition = z.output<typeof rnnPositionSchema>;
