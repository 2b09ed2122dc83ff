/** What a run keeps of the text it was trained on, so that it can be exported where the text is not. */
import { z } from 'zod';
import type { TextCorpus } from '../../data/text/corpus.ts';
import { unigramPerplexity } from '../../data/text/unigram.ts';
import { readVocabulary, vocabularyText, type Vocabulary } from '../../data/text/vocabulary.ts';
import { NascentError } from '../../errors.ts';
import { existsSync, readFileSync } from 'node:fs';
import type { Run } from '../../run/directory.ts';
import type { RnnTrainConfig } from './config.ts';

const schema = z.strictObject({
  name: z.string(),
  title: z.string(),
  /** Words of the vocabulary. */
  words: z.int().positive(),
  vocabulary_sha256: z.string(),
  /** What must be said wherever results are shown. */
  notes: z.array(z.string()).readonly(),
  /** On what is tested on, of the model that knows how often words come in what is trained on and nothing else. */
  unigram_test_perplexity: z.number(),
});
export type CorpusFacts = z.output<typeof schema>;

const factsFile = 'corpus.json';
export const vocabularyFile = 'vocabulary.txt';

/** Writes `corpus.json` and `vocabulary.txt` into a run, and returns the former. */
export async function writeCorpusFacts(
  run: Run,
  corpus: TextCorpus,
  { train_tokens, test_tokens }: Pick<RnnTrainConfig, 'train_tokens' | 'test_tokens'>,
): Promise<CorpusFacts> {
  const { name, title, notes, vocabulary } = corpus;
  const train = corpus.train.subarray(0, train_tokens ?? corpus.train.length);
  const test = corpus.test.subarray(0, test_tokens ?? corpus.test.length);
  const facts: CorpusFacts = {
    name,
    title,
    words: vocabulary.size,
    vocabulary_sha256: vocabulary.sha256,
    notes,
    unigram_test_perplexity: unigramPerplexity(train, test, vocabulary.size),
  };
  await run.writeFile(vocabularyFile, vocabularyText(vocabulary));
  await run.writeFile(factsFile, `${JSON.stringify(facts, undefined, 2)}\n`);
  return facts;
}

/** @throws NascentError 'run/damaged' where one of the files is missing or not right */
export async function readCorpusFacts(
  run: Run,
): Promise<{ readonly facts: CorpusFacts; readonly vocabulary: Vocabulary }> {
  const refuse = (why: string): never => {
    throw new NascentError('run/damaged', `${run.file(factsFile)}: ${why}`, {
      help: 'Restore the file from a copy, or train anew.',
    });
  };
  if (!existsSync(run.file(factsFile))) return refuse('it is not there');
  const parsed = schema.safeParse(parsedJson(readFileSync(run.file(factsFile), 'utf8')));
  if (!parsed.success) return refuse(parsed.error.issues[0]?.message ?? 'it is not right');
  const vocabulary = await readVocabulary(run.file(vocabularyFile));
  if (vocabulary.sha256 !== parsed.data.vocabulary_sha256) {
    return refuse(`the vocabulary beside it is another one`);
  }
  return { facts: parsed.data, vocabulary };
}

/** Undefined, which no schema takes, where it is not JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
