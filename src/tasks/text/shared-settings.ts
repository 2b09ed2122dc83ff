/** Settings that searches and trainings of recurrent cells share. */
import { smallestLimit } from '../../data/text/common.ts';
import { levels } from '../../data/text/tokens.ts';
import { mostWords } from '../../data/text/vocabulary.ts';
import { oneOf, orNull, real, whole } from '../settings/kinds.ts';
import { many } from '../settings/shared.ts';
import { kind } from '../settings/table.ts';

const tokens = (text: string) =>
  kind({
    type: orNull(whole(1, many)),
    unit: 'tokens',
    help: `Tokens of the ${text} text to use, from its start; null for all.`,
    source: 'ours',
  });

const pieces = (when: string) =>
  kind({
    type: whole(1, 100_000),
    unit: 'pieces',
    help: `Pieces of the text side by side ${when}.`,
    source: 'the official code',
  });

const penalty = (of: string) =>
  kind({
    type: real({ from: 0, to: 1000 }),
    unit: null,
    help: `Weight of the mean square of ${of} in the loss of the weights.`,
    source: 'Merity, McCann and Socher (2017)',
  });

/** The least and the most of what makes language models large. */
export const textSizes = { units: [1, 16_384], steps: [1, 10_000] } as const;

export const textSettings = {
  units: kind({
    type: whole(...textSizes.units),
    unit: 'units',
    help: 'Size of an embedded word, of a state and of an output, which is one size.',
    source: 'DARTS, appendix A',
  }),
  level: kind({
    type: oneOf(levels),
    unit: null,
    help: 'What the text is read by and the model predicts: words, or characters (Unicode code points, white space among them).',
    source: 'ours',
    before: 'word',
  }),
  vocabularyLimit: kind({
    type: orNull(whole(smallestLimit, mostWords)),
    unit: 'words',
    help: 'The most words, or characters, of the vocabulary: those that come most often in the training text, <eos> and <unk>, which all others are read as; null for all.',
    source: 'ours',
    before: null,
  }),
  batchSize: kind({
    type: whole(1, 100_000),
    unit: 'pieces',
    help: 'Pieces of the text side by side in a step.',
    source: 'DARTS, appendix A',
  }),
  bptt: kind({
    type: whole(...textSizes.steps),
    unit: 'tokens',
    help: 'How far back gradients go through time. Lengths are drawn about it.',
    source: 'DARTS, appendix A',
  }),
  trainTokens: tokens('training'),
  validTokens: tokens('validation'),
  testTokens: tokens('test'),
  evalBatchSize: pieces('when perplexity is measured on the validation text'),
  testBatchSize: pieces('when perplexity is measured on the test text, once, at the end'),
  rate: kind({
    type: real({ above: 0, to: 10_000 }),
    unit: null,
    help: 'Learning rate of the weights for bptt tokens; other lengths have it in proportion.',
    source: 'DARTS, appendix A',
  }),
  activation: penalty('outputs'),
  slowness: penalty('the change of outputs from token to token'),
} as const;
