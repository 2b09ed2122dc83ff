/** The line of an epoch in metrics.jsonl: the same keys for every task, named by split and metric. */
import { readMetrics, type EpochNumber, type ReadEpoch } from '../run/artefacts/metrics.ts';
import type { Run } from '../run/directory.ts';
import type { Meter } from './meter.ts';

type Split = 'train' | 'valid' | 'test';
type MetricName = 'accuracy' | 'perplexity';

/** Numbers by the names of their columns. */
export type Figures = { readonly [K in EpochNumber]?: number };

/** What a meter says under the name of the split: `valid_loss`, `valid_accuracy`. */
export function figures(
  split: Split,
  metric: { readonly name: MetricName; of(meter: Meter): number },
  meter: Meter,
): Figures {
  return { [`${split}_loss`]: meter.loss, [`${split}_${metric.name}`]: metric.of(meter) };
}

/** The lines of the epochs that have ended, oldest first. After a rollback an epoch may have more than one. */
export function epochsOf(run: Run): readonly ReadEpoch[] {
  return readMetrics(run).filter((record) => record.kind === 'epoch');
}

/** The line of the last epoch that has ended; undefined where none has. */
export function lastEpoch(run: Run): ReadEpoch | undefined {
  return epochsOf(run).at(-1);
}

/** A number in a line; NaN where there is none. */
export function numberIn(record: ReadEpoch | undefined, key: EpochNumber): number {
  return record?.[key] ?? Number.NaN;
}
