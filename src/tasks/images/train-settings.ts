/** What the training of image cells can be told, and its presets. */
import type { z } from 'zod';
import { scheduleKinds } from '../../learn/schedule.ts';
import { stemKinds } from '../../space/images/stem.ts';
import { flag, oneOf, orNull, real, share, whole } from '../settings/kinds.ts';
import { learning, many } from '../settings/shared.ts';
import { settingsTable } from '../settings/table.ts';
import { imageSettings } from './shared-settings.ts';

export const trainSettings = settingsTable({
  task: 'images',
  job: 'train',
  about: {
    // A learning rate for a single pass over the images.
    quick: 'Two minutes on two cores: a small network, trained for one epoch.',
    cifar10: "The official code's evaluation on CIFAR-10 (DARTS, appendix A.2).",
    // Images are cropped and coloured at random by their source.
    imagenet: "The official code's evaluation on ImageNet in the mobile setting (DARTS, appendix A.2).",
  },
  rows: {
    stem: {
      type: oneOf(stemKinds),
      unit: null,
      help: "What is before the cells, and with it the auxiliary head: for small images, or for ImageNet's.",
      source: 'DARTS, appendix A.2',
      presets: { quick: 'cifar10', cifar10: 'cifar10', imagenet: 'imagenet' },
    },
    channels: { ...imageSettings.channels, presets: { quick: 12, cifar10: 36, imagenet: 48 } },
    layers: { ...imageSettings.layers, presets: { quick: 4, cifar10: 20, imagenet: 14 } },
    epochs: { ...learning.epochs, presets: { quick: 1, cifar10: 600, imagenet: 250 } },
    batch_size: { ...imageSettings.batchSize, presets: { quick: 64, cifar10: 96, imagenet: 128 } },
    image_size: { ...imageSettings.imageSize, presets: null },
    image_channels: { ...imageSettings.imageChannels, presets: null },
    class_weights: { ...imageSettings.classWeights, presets: 'none' },
    train_images: {
      type: orNull(whole(1, many)),
      unit: 'images',
      help: 'Images of the training split to use; null for all.',
      source: 'ours',
      presets: { quick: 40_000, cifar10: null, imagenet: null },
    },
    held_back: {
      type: whole(0, many),
      unit: 'images',
      // Choosing between networks must never be done by the test split.
      help: 'Images at the end of the training split to measure on instead of the test split, to choose between networks; 0 for none.',
      source: 'DARTS, section 3.1.1',
      presets: 0,
    },
    test_images: {
      type: orNull(whole(0, many)),
      unit: 'images',
      help: 'Images of the test split to measure on after an epoch; null for all, 0 for none.',
      source: 'ours',
      presets: null,
    },
    initial_weights: {
      ...imageSettings.initialWeights,
      presets: { quick: 'pytorch', cifar10: 'pytorch-0.3.1', imagenet: 'pytorch-0.3.1' },
    },
    schedule: {
      type: oneOf(scheduleKinds),
      unit: null,
      help: 'How the learning rate falls: along half a cosine by epoch or by step, or by a factor each epoch.',
      source: 'DARTS, appendix A.2',
      presets: { quick: 'cosine-step', cifar10: 'cosine-epoch', imagenet: 'exponential' },
    },
    rate: {
      type: real({ above: 0, to: 1000 }),
      unit: null,
      help: 'Learning rate that the schedule begins with.',
      source: 'DARTS, appendix A.2',
      presets: { quick: 0.1, cifar10: 0.025, imagenet: 0.1 },
    },
    rate_min: {
      type: real({ from: 0, to: 1000 }),
      unit: null,
      help: 'Learning rate that half a cosine ends with.',
      source: 'DARTS, appendix A.2',
      presets: 0,
    },
    rate_decay: {
      type: real({ above: 0, to: 1 }),
      unit: null,
      help: 'What the exponential schedule multiplies the learning rate by after each epoch.',
      source: 'DARTS, appendix A.2',
      presets: { quick: 1, cifar10: 1, imagenet: 0.97 },
    },
    warmup: {
      type: share,
      unit: null,
      help: 'Share of all steps, the first, over which the learning rate climbs from nothing.',
      source: 'ours',
      presets: { quick: 0.1, cifar10: 0, imagenet: 0 },
    },
    momentum: { ...imageSettings.momentum, presets: 0.9 },
    weight_decay: { ...learning.weightDecay, presets: { quick: 3e-4, cifar10: 3e-4, imagenet: 3e-5 } },
    clip: { ...learning.clip, presets: 5 },
    auxiliary: {
      type: real({ from: 0, to: 1000 }),
      unit: null,
      help: "Weight of the auxiliary head's loss; 0 for no such head.",
      source: 'DARTS, appendix A.2',
      presets: { quick: 0, cifar10: 0.4, imagenet: 0.4 },
    },
    drop_path: {
      type: share,
      unit: null,
      help: 'Probability of dropping a path at the end, reached in a straight line from 0.',
      source: 'DARTS, appendix A.2',
      presets: { quick: 0, cifar10: 0.2, imagenet: 0 },
    },
    label_smoothing: {
      type: share,
      unit: null,
      help: 'Share of the target that is spread over all classes.',
      source: 'DARTS, appendix A.2',
      presets: { quick: 0, cifar10: 0, imagenet: 0.1 },
    },
    crop: {
      type: whole(0, 4096),
      unit: 'pixels',
      help: 'Black pixels around an image in memory before it is cropped back at random; 0 for none.',
      source: 'the official code',
      presets: { quick: 2, cifar10: 4, imagenet: 0 },
    },
    flip: {
      type: flag,
      unit: null,
      help: 'Whether images are mirrored left to right at random.',
      source: 'the official code',
      presets: true,
    },
    cutout: { ...imageSettings.cutout, presets: { quick: 4, cifar10: 16, imagenet: 0 } },
    seed: { ...learning.seed, presets: 0 },
  },
});

export const trainSchema = trainSettings.schema;
/** Settings of a training on images, by the name of the preset. */
export const trainPresets = trainSettings.presets;
/** All settings of a training on images. */
export type TrainConfig = z.output<typeof trainSchema>;
