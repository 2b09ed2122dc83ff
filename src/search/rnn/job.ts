/** The recurrent search as a job: from an order to a run directory with a genotype in it. */
import { z } from 'zod';
import { loadCorpus, textNames } from '../../data/text/corpus.ts';
import { recordedAs } from '../../run/config.ts';
import { createRun, openRun } from '../../run/directory.ts';
import { holdRun } from '../../run/hold.ts';
import type { Reporter } from '../../run/reporter.ts';
import { engineNamed, engineNames, openEngine } from '../../runtime/engine.ts';
import { rnnSearchSchema } from './config.ts';
import { rnnSearch, type RnnSearchResult } from './search.ts';

/** What run.json holds under `config`. */
const recorded = z.strictObject({
  data: z.enum(textNames),
  /** The folder or archive of the text; the cache where it is not said. */
  from: z.string().optional(),
  preset: z.string(),
  settings: rnnSearchSchema,
});

export const rnnSearchOrder = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('new'),
    out: z.string(),
    engine: z.enum(engineNames).optional(),
    config: recorded,
  }),
  z.strictObject({ kind: z.literal('resume'), run: z.string(), engine: z.enum(engineNames).optional() }),
]);
export type RnnSearchOrder = z.input<typeof rnnSearchOrder>;

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
  const order = rnnSearchOrder.parse(args);
  const resumed = order.kind === 'resume' ? openRun(order.run) : undefined;
  const config = order.kind === 'new' ? order.config : recordedAs('search', recorded, openRun(order.run));
  // Data first: a run that cannot start leaves nothing behind.
  const corpus = await loadCorpus(config.data, { from: config.from, signal });
  for (const note of corpus.notes) reporter.note(note);
  const engine = await openEngine(order.engine ?? engineNamed(resumed?.record().engine));
  reporter.note(`engine: ${engine.why}`);
  const { from, ...rest } = config;
  const run =
    resumed ??
    (await createRun(order.kind === 'new' ? order.out : '', {
      kind: 'search',
      config: { ...rest, ...(from !== undefined && { from }) },
      seed: config.settings.seed,
      engine: engine.runtime.name,
    }));
  const result = await holdRun(run, 'search', signal, (either) =>
    rnnSearch(run, config.settings, corpus, engine.runtime, reporter, either),
  );
  return { ...result, run: run.path, engine: engine.runtime.name, why: engine.why };
}
