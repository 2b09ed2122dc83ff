/** The recurrent search as a job: from an order to a run directory with a genotype in it. */
import { z } from 'zod';
import { loadCorpus, textNames } from '../../data/text/corpus.ts';
import { usedTexts } from '../../data/text/used.ts';
import { holdRun } from '../../run/hold.ts';
import type { Reporter } from '../../run/reporter.ts';
import { readOrder, type RunOrder } from '../../learn/order.ts';
import { corpusFacts, requireSameText, writeCorpusFacts } from '../../tasks/text/facts.ts';
import { rnnSearchSchema } from '../../tasks/text/search-settings.ts';
import { rnnSearch, searchTexts, type RnnSearchResult } from './search.ts';

/** What run.json holds under `config`. */
const recorded = z.strictObject({
  data: z.enum(textNames),
  /** The folder or archive of the text; the cache where it is not said. */
  from: z.string().optional(),
  preset: z.string(),
  settings: rnnSearchSchema,
});

export type RnnSearchOrder = RunOrder<z.input<typeof recorded>>;

export interface RnnSearchOutcome extends RnnSearchResult {
  readonly run: string;
  readonly engine: string;
  readonly why: string;
}

export async function rnnSearchJob(
  args: unknown,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<RnnSearchOutcome> {
  const { config, resumed, open } = readOrder('search', recorded, args);
  const corpus = await loadCorpus(config.data, { from: config.from, signal });
  for (const note of corpus.notes) reporter.note(note);
  const { settings, from } = config;
  const { train, valid } = usedTexts(corpus, settings);
  const facts = corpusFacts(corpus, { train, valid });
  if (resumed !== undefined) requireSameText(resumed, facts, { source: corpus.source, from });
  // Only for what it throws: a search that cannot start leaves no run behind.
  searchTexts(settings, corpus);
  const { run, engine } = await open(reporter);
  const result = await holdRun(run, 'search', signal, async (either) => {
    await writeCorpusFacts(run, facts);
    return rnnSearch(run, settings, corpus, engine.runtime, reporter, either);
  });
  return { ...result, run: run.path, engine: engine.runtime.name, why: engine.why };
}
