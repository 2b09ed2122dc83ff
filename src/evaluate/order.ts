/** What a measurement of a model file is told: on images, or on a text. */
import { z } from 'zod';
import { imagesNames, isTextName, textNames } from '../data/registry.ts';
import { schemaBy } from '../run/schema-by.ts';
import { providers } from '../runtime/registry.ts';
import { givenCard } from './given-card.ts';

export const validateOrder = z.strictObject({
  model: z.string(),
  data: z.enum(imagesNames),
  /** For `imagenet`: the folder that holds it (default: `NASCENT_IMAGENET`). */
  from: z.string().optional(),
  provider: z.enum(providers).default('cpu'),
  /** Images of the test split, from its start, or of `imagenet` from all classes (default: null, all). */
  images: z.int().positive().nullable().default(null),
  batchSize: z.int().positive().default(100),
  ...givenCard,
});
/** What to measure, and on which images. */
export type ValidateOrder = z.input<typeof validateOrder>;

export const perplexityOrder = z.strictObject({
  model: z.string(),
  data: z.enum(textNames),
  /** The folder or archive of the text; the cache where it is not said. */
  from: z.string().optional(),
  provider: z.enum(providers).default('cpu'),
  split: z.enum(['valid', 'test']).default('test'),
  /** Tokens of the text, from its start (default: null, all). */
  tokens: z.int().min(2).nullable().default(null),
  /** Tokens of the training text that the unigram model is given, from its start (default: null, all). */
  trainTokens: z.int().positive().nullable().default(null),
  /** Pieces of the text that are read side by side (default: as many as the model is fixed to, or 1): only for speed. */
  batchSize: z.int().positive().optional(),
  /** Measure it also as training does: in so many equal pieces that each begin without a hidden state. */
  pieces: z.int().positive().optional(),
  /** Words at a time; it changes no number, the state being carried. */
  steps: z.int().positive().default(35),
});
export type PerplexityOrder = z.input<typeof perplexityOrder>;

/** What to measure, whichever task the data are of. */
export type AnyValidateOrder = ValidateOrder | PerplexityOrder;

/** Of a dataset that there is not, the schema of images says so. */
export const anyValidateOrder = schemaBy<AnyValidateOrder>((order) =>
  isTextOrder(order) ? perplexityOrder : validateOrder,
);

export function isTextOrder(order: unknown): order is PerplexityOrder {
  const { data } = (order ?? {}) as { readonly data?: unknown };
  return typeof data === 'string' && isTextName(data);
}
