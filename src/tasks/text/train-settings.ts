/** What the training of a recurrent cell can be told, and the presets: data, checked by one schema. */
import { z } from 'zod';
import { dropoutSettings } from './dropout-settings.ts';

const count = z.int().positive();

export const rnnTrainSchema = z.strictObject({
  /** Of an embedding, a state and an output. */
  units: count,
  epochs: count,
  /** Pieces of the text side by side. */
  batch_size: count,
  /** Steps of back-propagation through time, about which lengths are drawn. */
  bptt: count,
  /** Slices of all lengths around `bptt`, as in the official code; where not, `bptt` steps or, once in twenty, half. */
  vary_lengths: z.boolean(),
  /** Tokens of each text to use, from its start, or null for all. */
  train_tokens: count.nullable(),
  valid_tokens: count.nullable(),
  test_tokens: count.nullable(),
  /** Pieces side by side when validation perplexity is measured. */
  eval_batch_size: count,
  /** Pieces side by side when test perplexity is measured, once, at the end. */
  test_batch_size: count,
  /** Learning rate for a slice of `bptt` steps; longer and shorter ones have it in proportion. */
  rate: z.number().positive(),
  weight_decay: z.number().nonnegative(),
  /** Largest L2 norm of the gradient. */
  clip: z.number().positive(),
  ...dropoutSettings,
  /** Weight of the mean square of outputs. */
  activation: z.number().nonnegative(),
  /** Weight of the mean square of the change of outputs from step to step. */
  slowness: z.number().nonnegative(),
  /** Weights are averaged once the validation loss is no better than it was before the last so many epochs. */
  nonmono: count,
  seed: z.int().nonnegative(),
});

export type RnnTrainConfig = z.output<typeof rnnTrainSchema>;

/** The official code's evaluation on PTB (DARTS, appendix A.3). */
const ptb: RnnTrainConfig = {
  units: 850,
  epochs: 8000,
  batch_size: 64,
  bptt: 35,
  vary_lengths: true,
  train_tokens: null,
  valid_tokens: null,
  test_tokens: null,
  eval_batch_size: 10,
  test_batch_size: 1,
  rate: 20,
  weight_decay: 8e-7,
  clip: 0.25,
  dropout_output: 0.75,
  dropout_hidden: 0.25,
  dropout_x: 0.75,
  dropout_input: 0.2,
  dropout_embedding: 0.1,
  activation: 0,
  slowness: 1e-3,
  nonmono: 5,
  seed: 1267,
};

/** The same on WikiText-2. */
const wikitext2: RnnTrainConfig = { ...ptb, units: 700, dropout_hidden: 0.15, weight_decay: 5e-7 };

/** Two minutes on two cores: a small network, and a learning rate for few passes over the text. */
const quick: RnnTrainConfig = {
  ...ptb,
  units: 64,
  epochs: 3,
  batch_size: 20,
  bptt: 20,
  vary_lengths: false,
  train_tokens: 200_000,
  valid_tokens: 20_000,
  test_batch_size: 10,
  dropout_output: 0.2,
  dropout_hidden: 0.1,
  dropout_x: 0.2,
  dropout_input: 0.1,
  dropout_embedding: 0,
};

export const rnnTrainPresets = {
  'quick-rnn': quick,
  ptb,
  wikitext2,
} as const satisfies Record<string, RnnTrainConfig>;
export type RnnTrainPreset = keyof typeof rnnTrainPresets;
