/** What a prediction is told. */
import { z } from 'zod';
import { givenCard } from '../evaluate/given-card.ts';
import { providers } from '../runtime/registry.ts';

export const predictOrder = z.strictObject({
  model: z.string(),
  /** Image files, of an image classifier. */
  files: z.array(z.string()).optional(),
  /** The text so far, of a language model. */
  text: z.string().optional(),
  provider: z.enum(providers).default('cpu'),
  /** How many classes, or next words or characters. */
  top: z.int().positive().default(5),
  /** How many words or characters to go on by, each drawn by its probability. */
  sample: z.int().nonnegative().default(0),
  /** What they are drawn by. */
  seed: z.int().nonnegative().default(0),
  ...givenCard,
});
/** A model, and what to run it on. */
export type PredictOrder = z.input<typeof predictOrder>;
/** With what is usual filled in. */
export type CheckedPredictOrder = z.output<typeof predictOrder>;
