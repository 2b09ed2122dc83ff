/** Classifying images by convolutional cells, as a `Task`. */
import type { Batch } from '../../data/images/batches.ts';
import { statesOf } from '../../learn/state.ts';
import type { CnnGenotype } from '../../space/images/genotype.ts';
import { imagesSpace } from '../../space/images/space.ts';
import type { Task } from '../task.ts';
import { accuracy } from './metric.ts';
import { openSearchImages, openTrainingImages } from './open.ts';
import { searchPresets, searchSchema, type SearchConfig } from './search-settings.ts';
import { imageSearch } from './search.ts';
import { trainPresets, trainSchema, type TrainConfig } from './train-settings.ts';
import { imageTraining, lossOptionsOf, networkShape } from './train.ts';
import { requireTrainable } from './training-step.ts';

export const images: Task<CnnGenotype, SearchConfig, TrainConfig, Batch> = {
  name: 'images',
  space: imagesSpace,
  metric: accuracy,
  metricOf: () => accuracy,
  search: { schema: searchSchema, presets: searchPresets, preset: () => 'quick' },
  train: {
    schema: trainSchema,
    presets: trainPresets,
    preset: (data) => (data === 'imagenet' ? 'imagenet' : 'quick'),
  },
  async openSearch(request, settings) {
    const opened = await openSearchImages(request, settings);
    try {
      return await imageSearch(opened, settings, request.reporter);
    } catch (error) {
      await opened.all.close();
      throw error;
    }
  },
  async openTraining(request, settings, genotype) {
    const opened = await openTrainingImages(request, settings);
    try {
      requireTrainable(networkShape(settings, opened.training), genotype, lossOptionsOf(settings));
      return await imageTraining(opened, settings, genotype, request.reporter);
    } catch (error) {
      await opened.close();
      throw error;
    }
  },
  exported: ({ tensors }) => statesOf(tensors),
};
