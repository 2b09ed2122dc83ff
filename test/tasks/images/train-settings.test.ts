import { describe, expect, it } from 'vitest';
import { trainPresets, trainSchema } from '../../../src/tasks/images/train-settings.ts';

describe('presets', () => {
  it.each(Object.entries(trainPresets))('%s fits the schema', (_, preset) => {
    expect(trainSchema.parse(preset)).toEqual(preset);
  });

  it('cifar10 is the evaluation of the paper', () => {
    expect(trainPresets.cifar10).toEqual({
      stem: 'cifar10',
      channels: 36,
      layers: 20,
      epochs: 600,
      batch_size: 96,
      image_size: null,
      image_channels: null,
      class_weights: 'none',
      train_images: null,
      held_back: 0,
      test_images: null,
      initial_weights: 'pytorch-0.3.1',
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
    });
  });

  it('imagenet, too', () => {
    expect(trainPresets.imagenet).toMatchObject({
      stem: 'imagenet',
      channels: 48,
      layers: 14,
      epochs: 250,
      batch_size: 128,
      schedule: 'exponential',
      rate: 0.1,
      rate_decay: 0.97,
      momentum: 0.9,
      weight_decay: 3e-5,
      clip: 5,
      auxiliary: 0.4,
      drop_path: 0,
      label_smoothing: 0.1,
      flip: true,
    });
  });
});
