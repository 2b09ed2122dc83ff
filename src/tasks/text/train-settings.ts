/** What the training of a recurrent cell can be told, and its presets. */
import type { z } from 'zod';
import { flag, whole } from '../settings/kinds.ts';
import { learning } from '../settings/shared.ts';
import { settingsTable } from '../settings/table.ts';
import { dropoutSettings } from './dropout-settings.ts';
import { textSettings } from './shared-settings.ts';

export const rnnTrainSettings = settingsTable({
  task: 'text',
  job: 'train',
  about: {
    // A learning rate for few passes over the text.
    'quick-rnn': 'Two minutes on two cores: a small network, trained for three epochs.',
    ptb: "The official code's evaluation on PTB (DARTS, appendix A.2).",
    wikitext2: "The official code's evaluation on WikiText-2 (DARTS, appendix A.2).",
  },
  rows: {
    units: { ...textSettings.units, presets: { 'quick-rnn': 64, ptb: 850, wikitext2: 700 } },
    epochs: { ...learning.epochs, presets: { 'quick-rnn': 3, ptb: 8000, wikitext2: 8000 } },
    level: { ...textSettings.level, presets: 'word' },
    vocabulary_limit: { ...textSettings.vocabularyLimit, presets: null },
    batch_size: { ...textSettings.batchSize, presets: { 'quick-rnn': 20, ptb: 64, wikitext2: 64 } },
    bptt: { ...textSettings.bptt, presets: { 'quick-rnn': 20, ptb: 35, wikitext2: 35 } },
    vary_lengths: {
      type: flag,
      unit: null,
      help: 'Whether slices have all lengths around bptt; if not, they have bptt tokens or, once in twenty, half.',
      source: 'the official code',
      presets: { 'quick-rnn': false, ptb: true, wikitext2: true },
    },
    train_tokens: {
      ...textSettings.trainTokens,
      presets: { 'quick-rnn': 200_000, ptb: null, wikitext2: null },
    },
    valid_tokens: {
      ...textSettings.validTokens,
      presets: { 'quick-rnn': 20_000, ptb: null, wikitext2: null },
    },
    test_tokens: { ...textSettings.testTokens, presets: null },
    eval_batch_size: { ...textSettings.evalBatchSize, presets: 10 },
    test_batch_size: { ...textSettings.testBatchSize, presets: { 'quick-rnn': 10, ptb: 1, wikitext2: 1 } },
    rate: { ...textSettings.rate, presets: 20 },
    weight_decay: { ...learning.weightDecay, presets: { 'quick-rnn': 8e-7, ptb: 8e-7, wikitext2: 5e-7 } },
    clip: { ...learning.clip, presets: 0.25 },
    dropout_output: {
      ...dropoutSettings.output,
      presets: { 'quick-rnn': 0.2, ptb: 0.75, wikitext2: 0.75 },
    },
    dropout_hidden: {
      ...dropoutSettings.hidden,
      presets: { 'quick-rnn': 0.1, ptb: 0.25, wikitext2: 0.15 },
    },
    dropout_x: { ...dropoutSettings.x, presets: { 'quick-rnn': 0.2, ptb: 0.75, wikitext2: 0.75 } },
    dropout_input: { ...dropoutSettings.input, presets: { 'quick-rnn': 0.1, ptb: 0.2, wikitext2: 0.2 } },
    dropout_embedding: {
      ...dropoutSettings.embedding,
      presets: { 'quick-rnn': 0, ptb: 0.1, wikitext2: 0.1 },
    },
    activation: { ...textSettings.activation, presets: 0 },
    slowness: { ...textSettings.slowness, presets: 1e-3 },
    nonmono: {
      type: whole(1, 1_000_000),
      unit: 'epochs',
      help: 'Weights are averaged once the validation loss is no better than the best before the last this many epochs.',
      source: 'Merity et al. (2018)',
      presets: 5,
    },
    seed: { ...learning.seed, presets: 1267 },
  },
});

export const rnnTrainSchema = rnnTrainSettings.schema;
/** Settings of a training on text, by the name of the preset. */
export const rnnTrainPresets = rnnTrainSettings.presets;
/** All settings of a training on text. */
export type RnnTrainConfig = z.output<typeof rnnTrainSchema>;
