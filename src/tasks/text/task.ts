/** Predicting the next token of a text by a recurrent cell, as a `Task`. */
import type { TextStep } from '../../data/text/stream.ts';
import { statesOf } from '../../learn/state.ts';
import type { RnnGenotype } from '../../space/text/genotype.ts';
import { textSpace } from '../../space/text/space.ts';
import type { Task } from '../task.ts';
import { perplexity, perplexityBy } from './metric.ts';
import { openCorpus, searchTexts, trainingTexts } from './open.ts';
import { rnnSearchPresets, rnnSearchSchema, type RnnSearchConfig } from './search-settings.ts';
import { textSearch, type SearchSlice } from './search.ts';
import { rnnTrainPresets, rnnTrainSchema, type RnnTrainConfig } from './train-settings.ts';
import { textTraining } from './train.ts';
import { averageName } from './training-step.ts';

export const text: Task<RnnGenotype, RnnSearchConfig, RnnTrainConfig, SearchSlice | TextStep> = {
  name: 'text',
  space: textSpace,
  metric: perplexity,
  metricOf: ({ level }) => perplexityBy(level),
  search: {
    schema: rnnSearchSchema,
    presets: rnnSearchPresets,
    preset: () => 'quick-rnn',
  },
  train: { schema: rnnTrainSchema, presets: rnnTrainPresets, preset: () => 'quick-rnn' },
  async openSearch(request, settings) {
    return textSearch(searchTexts(await openCorpus(request, settings), settings, request.from), settings);
  },
  async openTraining(request, settings, genotype) {
    return textTraining(
      trainingTexts(await openCorpus(request, settings), settings, request.from),
      settings,
      genotype,
    );
  },
  exported({ tensors }) {
    const prefix = averageName('');
    const averages = [...statesOf(tensors)].filter(([name]) => name.startsWith(prefix));
    return new Map(averages.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  },
};
