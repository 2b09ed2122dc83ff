/**
 * The training of a recurrent cell as a job. The cell of a search is trained in the folder `train` of the search's run; a
 * cell given by name or file, in a run of its own.
 */
import { z } from 'zod';
import { loadCorpus, textNames } from '../../data/text/corpus.ts';
import { unigramPerplexity } from '../../data/text/unigram.ts';
import { usedTexts } from '../../data/text/used.ts';
import { vocabularyText } from '../../data/text/vocabulary.ts';
import { holdRun } from '../../run/hold.ts';
import type { Reporter } from '../../run/reporter.ts';
import { rnnGenotypeToJson } from '../../space/text/genotype-text.ts';
import { validateRnnGenotype } from '../../space/text/genotype.ts';
import { readOrder, type RunOrder } from '../../learn/order.ts';
import { rnnTrainSchema } from '../../tasks/text/train-settings.ts';
import { corpusFacts, requireSameText, vocabularyFile, writeCorpusFacts } from '../../tasks/text/facts.ts';
import { rnnTrain, trainingTexts, type RnnTrainResult } from './train.ts';

/** What run.json holds under `config`. */
export const recordedRnnTraining = z.strictObject({
  data: z.enum(textNames),
  /** The folder or archive of the text; the cache where it is not said. */
  from: z.string().optional(),
  preset: z.string(),
  /** Where the genotype came from, for people. */
  source: z.string(),
  genotype: z.unknown(),
  settings: rnnTrainSchema,
});

export type RnnTrainOrder = RunOrder<z.input<typeof recordedRnnTraining>>;

export interface RnnTrainOutcome extends RnnTrainResult {
  readonly run: string;
  readonly engine: string;
  /** What any language model has to beat on the test text. */
  readonly unigramPerplexity: number;
  /** What must be said of the text wherever results are shown. */
  readonly notes: readonly string[];
}

export async function rnnTrainJob(
  args: unknown,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<RnnTrainOutcome> {
  const { config, resumed, open } = readOrder('train', recordedRnnTraining, args);
  const genotype = validateRnnGenotype(config.genotype);
  const corpus = await loadCorpus(config.data, { from: config.from, signal });
  for (const note of corpus.notes) reporter.note(note);
  const { settings, from } = config;
  const used = usedTexts(corpus, settings);
  const { vocabulary } = corpus;
  const unigram = unigramPerplexity(used.train, used.test, vocabulary.size);
  const facts = { ...corpusFacts(corpus, used), unigram_test_perplexity: unigram };
  if (resumed !== undefined) requireSameText(resumed, facts, { source: corpus.source, from });
  // Only for what it throws: a training that cannot start leaves no run behind.
  trainingTexts(settings, corpus);
  const { run, engine } = await open(reporter);
  return holdRun(run, 'train', signal, async (either) => {
    await run.writeFile('genotype.json', rnnGenotypeToJson(genotype));
    await run.writeFile(vocabularyFile, vocabularyText(vocabulary));
    await writeCorpusFacts(run, facts);
    const result = await rnnTrain(run, settings, genotype, corpus, engine.runtime, reporter, either);
    return {
      ...result,
      run: run.path,
      engine: engine.runtime.name,
      unigramPerplexity: unigram,
      notes: corpus.notes,
    };
  });
}
