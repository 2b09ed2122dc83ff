/** What run.json holds under `config`: the data, the preset, and the settings as resolved, by the task of the data. */
import { z } from 'zod';
import { schemaBy } from '../run/schema-by.ts';
import { dataNames, type DataName } from '../data/registry.ts';
import {
  strategyNames,
  usualStrategy,
  type AnySearchConfig,
  type AnyTrainConfig,
  type StrategyName,
  type Task,
} from './task.ts';
import { taskOf } from './tasks.ts';

export interface RecordedSearch {
  readonly data: DataName;
  /** The folder or archive of the data; the cache or the environment where it is not said. */
  readonly from?: string | undefined;
  readonly preset: string;
  /** The method of search; default: DARTS. */
  readonly strategy?: StrategyName | undefined;
  /** Of a demo: about how long all of it may take. What is left of it chooses how much is trained. */
  readonly minutes?: number | undefined;
  readonly settings: AnySearchConfig;
}

export interface RecordedTraining extends Omit<RecordedSearch, 'settings' | 'minutes' | 'strategy'> {
  /** Where the genotype came from, for people. */
  readonly source: string;
  readonly genotype: unknown;
  readonly settings: AnyTrainConfig;
}

const ofData = {
  data: z.enum(dataNames),
  from: z.string().optional(),
  preset: z.string(),
};

/** The configuration of a search: its settings are those of the task of its data. */
export const recordedSearch = schemaBy<RecordedSearch>((config) => {
  const { search } = taskNamedIn(config);
  return z.strictObject({
    ...ofData,
    // Runs from before there was a choice.
    strategy: z.enum(strategyNames).default(usualStrategy),
    minutes: z.number().positive().optional(),
    settings: search.schema,
  }) as unknown as z.ZodType<RecordedSearch>;
});

/** The same of a training. */
export const recordedTraining = schemaBy<RecordedTraining>((config) => {
  const { train } = taskNamedIn(config);
  return z.strictObject({
    ...ofData,
    source: z.string(),
    genotype: z.unknown(),
    settings: train.schema,
  }) as unknown as z.ZodType<RecordedTraining>;
});

function taskNamedIn(config: unknown): Task {
  const found = z.object({ data: z.string() }).safeParse(config);
  return taskOf(found.success ? found.data.data : '');
}
