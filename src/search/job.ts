/** The search as a job: from an order to a run directory with a genotype in it. */
import { z } from 'zod';
import { datasetNames, loadDataset } from '../data/datasets.ts';
import { holdRun } from '../run/hold.ts';
import type { Reporter } from '../run/reporter.ts';
import { readOrder, type RunOrder } from '../learn/order.ts';
import { searchSchema } from '../tasks/images/search-settings.ts';
import { search, type SearchResult } from './search.ts';

/** What run.json holds under `config`. */
const recorded = z.strictObject({
  data: z.enum(datasetNames),
  preset: z.string(),
  settings: searchSchema,
});

export type SearchOrder = RunOrder<z.input<typeof recorded>>;

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
  const { config, open } = readOrder('search', recorded, args);
  const dataset = await loadDataset(config.data, 'train');
  const { run, engine } = await open(reporter);
  const result = await holdRun(run, 'search', signal, (either) =>
    search(run, config.settings, dataset, engine.runtime, reporter, either),
  );
  return { ...result, run: run.path, engine: engine.runtime.name, why: engine.why };
}
