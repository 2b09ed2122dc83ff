/** What a training can be told, and the presets: data, checked by one schema. */
import { z } from 'zod';
import { stemKinds } from '../../space/images/stem.ts';
import { scheduleKinds } from '../../learn/schedule.ts';

const count = z.int().positive();
const share = z.number().min(0).lt(1);

export const trainSchema = z.strictObject({
  /** The stem before the cells, and with it the auxiliary head: for small images, or for ImageNet's. */
  stem: z.enum(stemKinds),
  /** Channels of a node in the first cells; doubled at each reduction. */
  channels: count,
  /** Cells of the network. */
  layers: count,
  epochs: count,
  batch_size: count,
  /** Height and width that image files are brought to, or null for 224; images in memory have their own. */
  image_size: z.int().positive().nullable(),
  /** Images of the training split to use, or null for all. */
  train_images: z.int().positive().nullable(),
  /**
   * Images at the end of the training split to hold back and measure the network on, instead of the test split: for
   * choosing between networks, which the test split must never do. 0 for none; for images in memory.
   */
  held_back: z.int().nonnegative(),
  /** Images of the test split to measure the network on after an epoch; null for all, 0 for none. */
  test_images: z.int().nonnegative().nullable(),
  /** How the learning rate goes: half a cosine by epoch or by step, or down by a factor each epoch. */
  schedule: z.enum(scheduleKinds),
  /** The learning rate that the schedule begins with. */
  rate: z.number().positive(),
  /** Where half a cosine ends. */
  rate_min: z.number().nonnegative(),
  /** The factor of `exponential`. */
  rate_decay: z.number().positive().max(1),
  /** Share of the first steps over which the learning rate climbs from nothing. */
  warmup: share,
  momentum: share,
  weight_decay: z.number().nonnegative(),
  /** Largest L2 norm of the gradient. */
  clip: z.number().positive(),
  /** Weight of the auxiliary head's loss; 0 for no head. */
  auxiliary: z.number().nonnegative(),
  /** Probability of dropping a path, reached in a straight line at the end; 0 for never. */
  drop_path: share,
  /** Share of the target that is spread over all classes. */
  label_smoothing: share,
  /** Black pixels around an image in memory before it is cropped back at random; 0 for none. */
  crop: z.int().nonnegative(),
  /** Mirror images left to right at random. */
  flip: z.boolean(),
  /** Side of the square that cutout blanks in an image in memory; 0 for none. */
  cutout: z.int().nonnegative(),
  seed: z.int().nonnegative(),
});

export type TrainConfig = z.output<typeof trainSchema>;

/** The official code's evaluation on CIFAR-10 (DARTS, appendix A.2). */
const cifar10: TrainConfig = {
  stem: 'cifar10',
  channels: 36,
  layers: 20,
  epochs: 600,
  batch_size: 96,
  image_size: null,
  train_images: null,
  held_back: 0,
  test_images: null,
  schedule: 'cosine-epoch',
  rate: 0.025,
  rate_min: 0,
  rate_decay: 1,
  warmup: 0,
  momentum: 0.9,
  weight_decay: 3e-4,
  clip: 5,
  auxiliary: 0.4,
  drop_path: 0.2,
  label_smoothing: 0,
  crop: 4,
  flip: true,
  cutout: 16,
  seed: 0,
};

/**
 * The official code's evaluation on ImageNet in the mobile setting (DARTS, appendix A.3). Images are cropped and
 * coloured at random by their source.
 */
const imagenet: TrainConfig = {
  ...cifar10,
  stem: 'imagenet',
  channels: 48,
  layers: 14,
  epochs: 250,
  batch_size: 128,
  schedule: 'exponential',
  rate: 0.1,
  rate_decay: 0.97,
  weight_decay: 3e-5,
  drop_path: 0,
  label_smoothing: 0.1,
  crop: 0,
  cutout: 0,
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
  schedule: 'cosine-step',
  rate: 0.1,
  warmup: 0.1,
  auxiliary: 0,
  drop_path: 0,
  crop: 2,
  cutout: 4,
};

export const trainPresets = { quick, cifar10, imagenet } as const satisfies Record<string, TrainConfig>;
export type TrainPreset = keyof typeof trainPresets;
