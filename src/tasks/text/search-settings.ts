/** What a search of recurrent cells can be told, and its presets. */
import type { z } from 'zod';
import { rnnPrimitives } from '../../space/text/primitives.ts';
import { listOf, oneOf, whole } from '../settings/kinds.ts';
import { learning, searching, skipCaps } from '../settings/shared.ts';
import { settingsTable } from '../settings/table.ts';
import { dropoutSettings } from './dropout-settings.ts';
import { textSettings } from './shared-settings.ts';

const mostNodes = 64;
/** The recurrent cell's skip connection is a node that passes on what it reads. */
const skips = skipCaps(mostNodes, 'cell', 'identity nodes');

export const rnnSearchSettings = settingsTable({
  task: 'text',
  job: 'search',
  about: {
    // Alphas move faster than in the paper, or they would stay where they started.
    'quick-rnn':
      'A minute or two on two cores, on ten thousand tokens or more: a real cell, and far from converged.',
    'darts-rnn': "The official code's search on PTB (DARTS, section 3.1.2 and appendix A.1).",
  },
  rows: {
    units: { ...textSettings.units, presets: { 'quick-rnn': 32, 'darts-rnn': 300 } },
    nodes: {
      type: whole(1, mostNodes),
      unit: 'nodes',
      help: 'Nodes of the cell, whose mean is its output.',
      source: 'DARTS, section 3.1.2',
      presets: 8,
    },
    primitives: {
      type: listOf(rnnPrimitives),
      unit: null,
      help: 'The activations that an edge is searched among.',
      source: 'DARTS, section 3.1.2',
      presets: [...rnnPrimitives],
    },
    order: { ...searching.order, presets: 1 },
    virtual_embedding: {
      type: oneOf(['moved', 'held']),
      unit: null,
      help: "Whether the second order's step ahead moves the embedding as all weights, or holds it.",
      /*
       * Its encoder and decoder are one weight, of which the copy that is stepped ahead is filled twice: with the new
       * encoder, and then with the old decoder.
       */
      source: 'the official code',
      before: 'moved',
      presets: { 'quick-rnn': 'moved', 'darts-rnn': 'held' },
    },
    epochs: { ...learning.epochs, presets: { 'quick-rnn': 2, 'darts-rnn': 50 } },
    level: { ...textSettings.level, presets: 'word' },
    vocabulary_limit: { ...textSettings.vocabularyLimit, presets: null },
    batch_size: { ...textSettings.batchSize, presets: { 'quick-rnn': 16, 'darts-rnn': 256 } },
    bptt: { ...textSettings.bptt, presets: { 'quick-rnn': 16, 'darts-rnn': 35 } },
    train_tokens: { ...textSettings.trainTokens, presets: { 'quick-rnn': 40_000, 'darts-rnn': null } },
    valid_tokens: { ...textSettings.validTokens, presets: { 'quick-rnn': 10_000, 'darts-rnn': null } },
    eval_batch_size: { ...textSettings.evalBatchSize, presets: 10 },
    rate: { ...textSettings.rate, presets: 20 },
    weight_decay: { ...learning.weightDecay, presets: 5e-7 },
    clip: { ...learning.clip, presets: 0.25 },
    dropout_output: { ...dropoutSettings.output, presets: { 'quick-rnn': 0.2, 'darts-rnn': 0.75 } },
    dropout_hidden: { ...dropoutSettings.hidden, presets: { 'quick-rnn': 0.1, 'darts-rnn': 0.25 } },
    dropout_x: { ...dropoutSettings.x, presets: { 'quick-rnn': 0.2, 'darts-rnn': 0.75 } },
    dropout_input: { ...dropoutSettings.input, presets: { 'quick-rnn': 0.1, 'darts-rnn': 0.2 } },
    dropout_embedding: { ...dropoutSettings.embedding, presets: 0 },
    activation: { ...textSettings.activation, presets: 0 },
    slowness: { ...textSettings.slowness, presets: 1e-3 },
    alpha_rate: { ...searching.alphaRate, presets: { 'quick-rnn': 0.02, 'darts-rnn': 3e-3 } },
    alpha_beta1: { ...searching.alphaBeta1, presets: 0.9 },
    alpha_beta2: { ...searching.alphaBeta2, presets: 0.999 },
    alpha_weight_decay: { ...searching.alphaWeightDecay, presets: 1e-3 },
    warmup_epochs: { ...searching.warmupEpochs, presets: 0, before: 0 },
    max_skips: { ...skips.maxSkips, presets: null, before: null },
    stop_on_skips: { ...skips.stopOnSkips, presets: null, before: null },
    seed: { ...learning.seed, presets: 3 },
  },
});

export const rnnSearchSchema = rnnSearchSettings.schema;
/** Settings of a search on text, by the name of the preset. */
export const rnnSearchPresets = rnnSearchSettings.presets;
/** All settings of a search on text. */
export type RnnSearchConfig = z.output<typeof rnnSearchSchema>;
