/**
 * What a search can be told, and the presets: data, checked by one schema.
 */
import { z } from 'zod';
import { dartsPrimitives, cnnPrimitives } from '../../space/images/primitives.ts';

const count = z.int().positive();
const share = z.number().min(0).lt(1);

export const searchSchema = z.strictObject({
  /** Channels of a node in the first cells; doubled at each reduction. */
  channels: count,
  /** Cells of the supernet. */
  layers: count,
  /** Intermediate nodes of a cell. */
  nodes: count,
  primitives: z.array(z.enum(cnnPrimitives)).min(1),
  /** 1: ∇α L_val(w, α). 2: at weights one step ahead, with the finite-difference term. */
  order: z.union([z.literal(1), z.literal(2)]),
  epochs: count,
  batch_size: count,
  /** Images of the training split to use, or null for all: the first half trains weights, the second alphas. */
  train_images: z.int().min(2).nullable(),
  /** Images of the second half to measure the supernet on after an epoch, or null for all. */
  valid_images: count.nullable(),
  /** Learning rate of the weights, along half a cosine from `rate` to `rate_min`. */
  rate: z.number().positive(),
  rate_min: z.number().nonnegative(),
  momentum: share,
  weight_decay: z.number().nonnegative(),
  /** Largest L2 norm of the weights' gradient. */
  clip: z.number().positive(),
  alpha_rate: z.number().positive(),
  alpha_beta1: share,
  alpha_beta2: share,
  alpha_weight_decay: z.number().nonnegative(),
  /** Epochs in which only weights are trained. */
  warmup_epochs: z.int().nonnegative(),
  /** Side of the square that cutout blanks; 0 for none. */
  cutout: z.int().nonnegative(),
  /** Most skip connections in the derived normal cell, or null for any number. */
  max_skips: z.int().nonnegative().nullable(),
  /**
   * Stop after an epoch whose derived normal cell has this many skip connections or more, or null to go on (DARTS+):
   * the best-known way in which a search goes wrong.
   */
  stop_on_skips: z.int().positive().nullable(),
  seed: z.int().nonnegative(),
});

export type SearchConfig = z.output<typeof searchSchema>;

/** The official code's search on CIFAR-10 (DARTS, section 3.1.1 and appendix A.1). */
const darts: SearchConfig = {
  channels: 16,
  layers: 8,
  nodes: 4,
  primitives: [...dartsPrimitives],
  order: 1,
  epochs: 50,
  batch_size: 64,
  train_images: null,
  valid_images: null,
  rate: 0.025,
  rate_min: 0.001,
  momentum: 0.9,
  weight_decay: 3e-4,
  clip: 5,
  alpha_rate: 3e-4,
  alpha_beta1: 0.5,
  alpha_beta2: 0.999,
  alpha_weight_decay: 1e-3,
  warmup_epochs: 0,
  cutout: 0,
  max_skips: null,
  stop_on_skips: null,
  seed: 2,
};

/**
 * Two minutes on two cores. In so few steps alphas would stay where they started at the paper's rate; this preset turns
 * them up, and the weights with them. The cells are real, and far from converged.
 */
const quick: SearchConfig = {
  ...darts,
  channels: 8,
  layers: 4,
  epochs: 2,
  batch_size: 32,
  train_images: 2240,
  valid_images: 320,
  rate: 0.1,
  rate_min: 0.01,
  alpha_rate: 0.01,
  max_skips: 2,
};

export const searchPresets = { quick, darts } as const satisfies Record<string, SearchConfig>;
export type SearchPreset = keyof typeof searchPresets;

/** The supernet's validation accuracy after the last epoch that users of the official code report (its issues 7, 12, 60). */
export const normalAccuracy: { readonly [P in SearchPreset]?: readonly [least: number, most: number] } = {
  darts: [0.87, 0.89],
};
