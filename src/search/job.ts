/** The search as a job: from an order to a run folder with a genotype in it. */
import { takeOrder } from '../learn/order.ts';
import { holdRun, type Held } from '../run/hold.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Engine } from '../runtime/engine.ts';
import { recordedSearch } from '../tasks/recorded.ts';
import { taskOf } from '../tasks/tasks.ts';
import type { TaskName } from '../tasks/task.ts';
import type { SearchOrder } from './order.ts';
import { search, type SearchResult } from './search.ts';

/** What a search found, and the run folder that holds it. */
export interface SearchOutcome extends SearchResult {
  readonly task: TaskName;
  readonly run: string;
  readonly engine: string;
  /** Why this runtime, for people. */
  readonly why: string;
}

export interface SearchJobOptions {
  /** Between checkpoints within an epoch. */
  readonly checkpointSeconds?: number;
  /** An engine that is open already. */
  readonly engine?: Engine;
}

/**
 * Searches into a new run folder, or resumes one. Data and settings are checked, and on resume compared with what the
 * run began with, before anything is written.
 *
 * @throws the signal's reason when stopped, after a checkpoint; NascentError
 */
export async function searchJob(
  order: SearchOrder,
  reporter: Reporter,
  signal: AbortSignal,
  { checkpointSeconds, engine: ready }: SearchJobOptions = {},
): Promise<SearchOutcome> {
  const { config, resumed, open } = takeOrder('search', recordedSearch, order);
  const { data, from, settings, strategy } = config;
  const task = taskOf(data);
  const searching = await task.openSearch({ data, from, reporter, signal }, settings);
  try {
    if (resumed !== undefined) searching.facts.requireSame(resumed);
    const { run, engine } = await open(reporter, ready);
    const body = async (either: AbortSignal, held: Held): Promise<SearchOutcome> => {
      await searching.facts.write(run);
      const session = { run, ...held, signal: either, checkpointSeconds };
      const parts = { metric: task.metricOf(settings), space: task.space };
      const result = await search(parts, searching, settings, engine.runtime, session, strategy);
      return { ...result, task: task.name, run: run.path, engine: engine.runtime.name, why: engine.why };
    };
    return await holdRun(run, 'search', signal, body, reporter);
  } finally {
    await searching.close();
  }
}
