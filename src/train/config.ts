/** What a training can be told, and the presets: data, checked by one schema. */
import { z } from 'zod';

const count = z.int().positive();

export const trainSchema = z.strictObject({
  /** Channels of a node in the first cells; doubled at each reduction. */
  channels: count,
  /** Cells of the network. */
  layers: count,
  epochs: count,
  batch_size: count,
  /** Images of the training split to use, or null for all. */
  train_images: z.int().positive().nullable(),
  /** Images of the test split to measure the network on after an epoch; null for all, 0 for none. */
  test_images: z.int().nonnegative().nullable(),
  /** Learning rate, along half a cosine from `rate` to `rate_min`, following each step. */
  rate: z.number().positive(),
  rate_min: z.number().nonnegative(),
  /** Share of the first steps over which the learning rate climbs from nothing. */
  warmup: z.number().min(0).lt(1),
  momentum: z.number().min(0).lt(1),
  weight_decay: z.number().nonnegative(),
  /** Largest L2 norm of the gradient. */
  clip: z.number().positive(),
  /** Black pixels around an image before it is cropped back at random; 0 for none. */
  crop: z.int().nonnegative(),
  /** Mirror images left to right at random. */
  flip: z.boolean(),
  /** Side of the square that cutout blanks; 0 for none. */
  cutout: z.int().nonnegative(),
  seed: z.int().nonnegative(),
});

export type TrainConfig = z.output<typeof trainSchema>;

/**
 * The official code's evaluation on CIFAR-10 (DARTS, appendix A.2), without its auxiliary head and drop path.
 */
const cifar10: TrainConfig = {
  channels: 36,
  layers: 20,
  epochs: 600,
  batch_size: 96,
  train_images: null,
  test_images: null,
  rate: 0.025,
  rate_min: 0,
  warmup: 0,
  momentum: 0.9,
  weight_decay: 3e-4,
  clip: 5,
  crop: 4,
  flip: true,
  cutout: 16,
  seed: 0,
};

/** Two minutes on two cores: a small network, and a learning rate for a single pass over the images. */
const quick: TrainConfig = {
  ...cifar10,
  channels: 12,
  layers: 4,
  epochs: 1,
  batch_size: 64,
  train_images: 40_000,
  test_images: null,
  rate: 0.1,
  warmup: 0.1,
  crop: 2,
  cutout: 4,
};

export const trainPresets = { quick, cifar10 } as const satisfies Record<string, TrainConfig>;
export type TrainPreset = keyof typeof trainPresets;
