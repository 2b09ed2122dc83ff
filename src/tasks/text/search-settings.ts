/** What a recurrent search can be told, and the presets: data, checked by one schema. */
import { z } from 'zod';
import { rnnPrimitives } from '../../space/text/primitives.ts';
import { dropoutSettings } from './dropout-settings.ts';

const count = z.int().positive();
const share = z.number().min(0).lt(1);

export const rnnSearchSchema = z.strictObject({
  /** Of an embedding, a state and an output. */
  units: count,
  /** Nodes of the cell. */
  nodes: count,
  primitives: z.array(z.enum(rnnPrimitives)).min(1),
  /** 1: ∇α L_val(w, α). 2: at weights one step ahead, with the finite-difference term. */
  order: z.union([z.literal(1), z.literal(2)]),
  epochs: count,
  /** Pieces of the text side by side. */
  batch_size: count,
  /** Steps of back-propagation through time; once in twenty, half as many. */
  bptt: count,
  /** Tokens of the training text to use, from its start, or null for all. */
  train_tokens: count.nullable(),
  /** Tokens of the validation text to use, from its start, or null for all: alphas and perplexity are by these. */
  valid_tokens: count.nullable(),
  /** Pieces side by side when perplexity is measured. */
  eval_batch_size: count,
  /** Learning rate of the weights for a slice of `bptt` steps; shorter ones have proportionally less. */
  rate: z.number().positive(),
  weight_decay: z.number().nonnegative(),
  /** Largest L2 norm of the weights' gradient. */
  clip: z.number().positive(),
  ...dropoutSettings,
  /** Weight of the mean square of outputs in the weights' loss. */
  activation: z.number().nonnegative(),
  /** Weight of the mean square of the change of outputs from step to step in the weights' loss. */
  slowness: z.number().nonnegative(),
  alpha_rate: z.number().positive(),
  alpha_beta1: share,
  alpha_beta2: share,
  alpha_weight_decay: z.number().nonnegative(),
  // The next three came after the first runs, which had none of them: hence their defaults.
  /** Epochs in which only weights are trained. */
  warmup_epochs: z.int().nonnegative().default(0),
  /** Most `identity` nodes in the derived cell, or null for any number: the recurrent cell's skip connections. */
  max_skips: z.int().nonnegative().nullable().default(null),
  /** Stop after an epoch whose derived cell has this many `identity` nodes or more, or null to go on. */
  stop_on_skips: z.int().positive().nullable().default(null),
  seed: z.int().nonnegative(),
});

export type RnnSearchConfig = z.output<typeof rnnSearchSchema>;

/** The official code's search on PTB (DARTS, section 3.1.2 and appendix A.1). */
const darts: RnnSearchConfig = {
  units: 300,
  nodes: 8,
  primitives: [...rnnPrimitives],
  order: 1,
  epochs: 50,
  batch_size: 256,
  bptt: 35,
  train_tokens: null,
  valid_tokens: null,
  eval_batch_size: 10,
  rate: 20,
  weight_decay: 5e-7,
  clip: 0.25,
  dropout_output: 0.75,
  dropout_hidden: 0.25,
  dropout_x: 0.75,
  dropout_input: 0.2,
  dropout_embedding: 0,
  activation: 0,
  slowness: 1e-3,
  alpha_rate: 3e-3,
  alpha_beta1: 0.9,
  alpha_beta2: 0.999,
  alpha_weight_decay: 1e-3,
  warmup_epochs: 0,
  max_skips: null,
  stop_on_skips: null,
  seed: 3,
};

/**
 * A minute or two on two cores, on a text of some ten thousand tokens, or the start of a longer one. Alphas move
 * faster than in the paper, or they would stay where they started. The cell is real, and far from converged.
 */
const quick: RnnSearchConfig = {
  ...darts,
  units: 32,
  epochs: 2,
  batch_size: 16,
  bptt: 16,
  train_tokens: 40_000,
  valid_tokens: 10_000,
  dropout_output: 0.2,
  dropout_hidden: 0.1,
  dropout_x: 0.2,
  dropout_input: 0.1,
  alpha_rate: 0.02,
};

export const rnnSearchPresets = {
  'quick-rnn': quick,
  'darts-rnn': darts,
} as const satisfies Record<string, RnnSearchConfig>;
export type RnnSearchPreset = keyof typeof rnnSearchPresets;
