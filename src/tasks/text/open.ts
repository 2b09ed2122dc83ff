/** The text of a run, as its settings want it: tables of word numbers, and what is known of them. */
import { batchify, type TextTable } from '../../data/text/batches.ts';
import { datasetNamed, isTextName, textNames } from '../../data/registry.ts';
import type { TextCorpus } from '../../data/text/corpus.ts';
import { unigramPerplexity } from '../../data/text/unigram.ts';
import { usedTexts } from '../../data/text/used.ts';
import { NascentError } from '../../errors.ts';
import type { DataFacts, DataRequest } from '../task.ts';
import { corpusFacts, textFacts } from './facts.ts';
import type { RnnSearchConfig } from './search-settings.ts';
import type { RnnTrainConfig } from './train-settings.ts';

/** Of the weights, of the alphas, and the latter again as it is measured. */
export interface SearchTexts {
  readonly words: number;
  readonly weights: TextTable;
  readonly alphas: TextTable;
  readonly measured: TextTable;
  readonly facts: DataFacts;
}

export interface TrainingTexts {
  readonly words: number;
  readonly training: TextTable;
  readonly valid: TextTable;
  readonly test: TextTable;
  readonly facts: DataFacts;
}

export async function openCorpus(
  { data, from, reporter, signal }: DataRequest,
  { level, vocabulary_limit: limit }: Pick<RnnSearchConfig, 'level' | 'vocabulary_limit'>,
): Promise<TextCorpus> {
  if (!isTextName(data)) {
    throw new NascentError('input/unknown', `unknown dataset "${data}"`, {
      help: `Datasets of text: ${textNames.join(', ')}.`,
    });
  }
  const corpus = await datasetNamed(data).open({ from, level, limit, signal });
  for (const note of corpus.notes) reporter.note(note);
  return corpus;
}

/** @throws NascentError 'input/invalid' where a text is too short for its batch size */
export function searchTexts(corpus: TextCorpus, settings: RnnSearchConfig, from?: string): SearchTexts {
  const { train, valid } = usedTexts(corpus, settings);
  const { batch_size: batch, eval_batch_size: evalBatch } = settings;
  return {
    words: corpus.vocabulary.size,
    weights: batchify(train, batch, 'the training text', 'a batch_size'),
    alphas: batchify(valid, batch, 'the validation text', 'a batch_size'),
    measured: batchify(valid, evalBatch, 'the validation text', 'an eval_batch_size'),
    facts: textFacts(corpus, corpusFacts(corpus, { train, valid }), from),
  };
}

/** @throws NascentError 'input/invalid' where a text is too short for its batch size */
export function trainingTexts(corpus: TextCorpus, settings: RnnTrainConfig, from?: string): TrainingTexts {
  const used = usedTexts(corpus, settings);
  const { batch_size: batch, eval_batch_size: evalBatch, test_batch_size: testBatch } = settings;
  const unigram = unigramPerplexity(used.train, used.test, corpus.vocabulary.size);
  return {
    words: corpus.vocabulary.size,
    training: batchify(used.train, batch, 'the training text', 'a batch_size'),
    valid: batchify(used.valid, evalBatch, 'the validation text', 'an eval_batch_size'),
    test: batchify(used.test, testBatch, 'the test text', 'a test_batch_size'),
    facts: textFacts(corpus, { ...corpusFacts(corpus, used), unigram_test_perplexity: unigram }, from),
  };
}
