/**
 * The training of a recurrent cell as a job. The cell of a search is trained in the folder `train` of the search's run; a
 * cell given by name or file, in a run of its own.
 */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { loadCorpus, textNames } from '../../data/text/corpus.ts';
import { NascentError } from '../../errors.ts';
import { recordedAs } from '../../run/config.ts';
import { createRun, openRun } from '../../run/directory.ts';
import { holdRun } from '../../run/hold.ts';
import type { Json } from '../../run/record.ts';
import type { Reporter } from '../../run/reporter.ts';
import { engineNamed, engineNames, openEngine } from '../../runtime/engine.ts';
import { rnnGenotypeFromJson, rnnGenotypeToJson } from '../../space/rnn/genotype-text.ts';
import { validateRnnGenotype, type RnnGenotype } from '../../space/rnn/genotype.ts';
import { rnnTrainSchema } from './config.ts';
import { writeCorpusFacts } from './corpus-facts.ts';
import { rnnTrain, type RnnTrainResult } from './train.ts';

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

export const rnnTrainOrder = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('new'),
    out: z.string(),
    engine: z.enum(engineNames).optional(),
    config: recordedRnnTraining,
  }),
  z.strictObject({ kind: z.literal('resume'), run: z.string(), engine: z.enum(engineNames).optional() }),
]);
export type RnnTrainOrder = z.input<typeof rnnTrainOrder>;

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
  const order = rnnTrainOrder.parse(args);
  const resumed = order.kind === 'resume' ? openRun(order.run) : undefined;
  const config =
    order.kind === 'new' ? order.config : recordedAs('train', recordedRnnTraining, openRun(order.run));
  const genotype = validateRnnGenotype(config.genotype);
  // Data first: a run that cannot start leaves nothing behind.
  const corpus = await loadCorpus(config.data, { from: config.from, signal });
  for (const note of corpus.notes) reporter.note(note);
  const engine = await openEngine(order.engine ?? engineNamed(resumed?.record().engine));
  reporter.note(`engine: ${engine.why}`);
  const run =
    resumed ??
    (await createRun(order.kind === 'new' ? order.out : '', {
      kind: 'train',
      config: config as unknown as Readonly<Record<string, Json>>,
      seed: config.settings.seed,
      engine: engine.runtime.name,
    }));
  return holdRun(run, 'train', signal, async (either) => {
    await run.writeFile('genotype.json', rnnGenotypeToJson(genotype));
    const { settings } = config;
    const facts = await writeCorpusFacts(run, corpus, settings);
    const result = await rnnTrain(run, settings, genotype, corpus, engine.runtime, reporter, either);
    return {
      ...result,
      run: run.path,
      engine: engine.runtime.name,
      unigramPerplexity: facts.unigram_test_perplexity,
      notes: corpus.notes,
    };
  });
}

/**
 * The genotype that the recurrent search in `path` derived.
 *
 * @throws NascentError 'data/missing' where the search has not finished
 */
export function searchedRnnGenotype(path: string): RnnGenotype {
  const run = openRun(path);
  const file = run.file('genotype.json');
  if (!existsSync(file)) {
    throw new NascentError('data/missing', `the search in ${path} has not derived a genotype`, {
      help: `Finish it first: nascent search --resume ${path}`,
    });
  }
  return rnnGenotypeFromJson(readFileSync(file, 'utf8'));
}
