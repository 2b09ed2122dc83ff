/** The search as a job: from an order to a run directory with a genotype in it. */
import { z } from 'zod';
import { datasetNames, loadDataset } from '../data/datasets.ts';
import { recordedAs } from '../run/config.ts';
import { createRun, openRun } from '../run/directory.ts';
import { holdRun } from '../run/hold.ts';
import type { Reporter } from '../run/reporter.ts';
import { engineNamed, engineNames, openEngine } from '../runtime/engine.ts';
import { searchSchema } from './config.ts';
import { search, type SearchResult } from './search.ts';

/** What run.json holds under `config`. */
const recorded = z.strictObject({
  data: z.enum(datasetNames),
  preset: z.string(),
  settings: searchSchema,
});

export const searchOrder = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('new'),
    out: z.string(),
    engine: z.enum(engineNames).optional(),
    config: recorded,
  }),
  z.strictObject({ kind: z.literal('resume'), run: z.string(), engine: z.enum(engineNames).optional() }),
]);
export type SearchOrder = z.input<typeof searchOrder>;

export interface SearchOutcome extends SearchResult {
  readonly run: string;
  readonly engine: string;
  readonly why: string;
}

export async function searchJob(
  args: unknown,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<SearchOutcome> {
  const order = searchOrder.parse(args);
  const resumed = order.kind === 'resume' ? openRun(order.run) : undefined;
  const config = order.kind === 'new' ? order.config : recordedAs('search', recorded, openRun(order.run));
  // Data first: a run that cannot start leaves nothing behind.
  const dataset = await loadDataset(config.data, 'train');
  const engine = await openEngine(order.engine ?? engineNamed(resumed?.record().engine));
  reporter.note(`engine: ${engine.why}`);
  const run =
    resumed ??
    (await createRun(order.kind === 'new' ? order.out : '', {
      kind: 'search',
      config,
      seed: config.settings.seed,
      engine: engine.runtime.name,
    }));
  const result = await holdRun(run, 'search', signal, (either) =>
    search(run, config.settings, dataset, engine.runtime, reporter, either),
  );
  return { ...result, run: run.path, engine: engine.runtime.name, why: engine.why };
}
