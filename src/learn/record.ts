/** The line of an epoch in metrics.jsonl: the same keys for every task, named by split and metric. */
import type { LogRecord } from '../run/log.ts';
import type { Run } from '../run/directory.ts';
import type { Meter } from './meter.ts';

/** What a meter says under the name of the split: `valid_loss`, `valid_accuracy`. */
export function figures(
  split: string,
  metric: { readonly name: string; of(meter: Meter): number },
  meter: Meter,
): LogRecord {
  return { [`${split}_loss`]: meter.loss, [`${split}_${metric.name}`]: metric.of(meter) };
}

/** The line of the last epoch that has ended; undefined where none has. */
export function lastEpoch(run: Run): LogRecord | undefined {
  return run.readMetrics().findLast((record) => record['kind'] === 'epoch');
}

/** A number in a line; NaN where there is none. */
export function numberIn(record: LogRecord | undefined, key: string): number {
  const value = record?.[key];
  return typeof value === 'number' ? value : Number.NaN;
}
