/**
 * metrics.jsonl: what was measured, a line an epoch, and a line for what else is worth a number.
 *
 * Written by `appendMetrics(run, record)` here, read by `readMetrics(run)`. A number that is NaN or infinite is null in
 * JSON, so every measurement may be null.
 */

import { z } from 'zod';

import type { Run } from '../directory.ts';
import type { LogRecord } from '../log.ts';
import { readRecords } from './artefact.ts';
import type { Fact, LogArtefact } from './artefact.ts';

const measurement = z.number().nullable().optional();

const epoch = {
  kind: z.literal('epoch'),
  /** Counted from 0. */
  epoch: z.int().nonnegative(),
  /** The learning rate. */
  rate: measurement,
  optimizer: z.string().optional(),
  train_loss: measurement,
  valid_loss: measurement,
  test_loss: measurement,
  /** Shares from 0 to 1. */
  train_accuracy: measurement,
  valid_accuracy: measurement,
  test_accuracy: measurement,
  valid_images: measurement,
  test_images: measurement,
  valid_tokens: measurement,
  test_tokens: measurement,
  train_perplexity: measurement,
  valid_perplexity: measurement,
  test_perplexity: measurement,
  drop_path: measurement,
  /** Of a search: mean entropy of the alpha rows, in nats. */
  alpha_entropy: measurement,
  /** Root mean square of how far alphas moved in the epoch. */
  alpha_moved: measurement,
  /** Skip connections in the normal cell, were it derived now. */
  skips: measurement,
  /** Whether it is the best so far. */
  best: z.boolean().optional(),
  /** Spent on the run so far, pauses left out. */
  seconds: measurement,
};

/** A training on text went back to an earlier checkpoint. */
const rollback = {
  kind: z.literal('rollback'),
  epoch: z.int(),
  /** The epoch that it went back to. */
  to: z.int(),
  reason: z.string(),
  seconds: measurement,
};

/** The best weights were measured on what was kept for the end. */
const test = {
  kind: z.literal('test'),
  /** The epoch of the weights; null where it is not known. */
  epoch: z.int().nullable().optional(),
  test_loss: measurement,
  test_accuracy: measurement,
  test_images: measurement,
  test_perplexity: measurement,
  test_tokens: measurement,
  seconds: measurement,
};

const schema = z.discriminatedUnion('kind', [
  z.looseObject(epoch),
  z.looseObject(rollback),
  z.looseObject(test),
]);

/** As it is read: what a later version added is there, too. */
export type ReadMetrics = z.output<typeof schema>;

/** The line of an epoch, as it is read. */
export type ReadEpoch = Extract<ReadMetrics, { readonly kind: 'epoch' }>;

/** A column of it that holds a number, where it was measured. */
export type EpochNumber = {
  [K in keyof typeof epoch]: (typeof epoch)[K] extends typeof measurement ? K : never;
}[keyof typeof epoch];

/** As it is written: what is not listed here is not written. */
export type EpochRecord = z.input<z.ZodObject<typeof epoch, z.core.$strict>>;
/** Any line, as it is written. */
export type MetricsRecord =
  | EpochRecord
  | z.input<z.ZodObject<typeof rollback, z.core.$strict>>
  | z.input<z.ZodObject<typeof test, z.core.$strict>>;

export interface Measure {
  readonly key: keyof typeof epoch;
  readonly title: string;
  readonly better: 'higher' | 'lower';
  readonly format: (value: number) => string;
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const nats = (loss: number) => loss.toFixed(4);
const perplexity = (value: number) => value.toFixed(2);

/** What a run is judged by, the most telling first. */
export const measures: readonly Measure[] = [
  { key: 'valid_accuracy', title: 'validation accuracy', better: 'higher', format: percent },
  { key: 'test_accuracy', title: 'test accuracy', better: 'higher', format: percent },
  { key: 'valid_perplexity', title: 'validation perplexity', better: 'lower', format: perplexity },
  { key: 'test_perplexity', title: 'test perplexity', better: 'lower', format: perplexity },
  { key: 'valid_loss', title: 'validation loss', better: 'lower', format: nats },
  { key: 'test_loss', title: 'test loss', better: 'lower', format: nats },
  { key: 'train_accuracy', title: 'training accuracy', better: 'higher', format: percent },
  { key: 'train_perplexity', title: 'training perplexity', better: 'lower', format: perplexity },
  { key: 'train_loss', title: 'training loss', better: 'lower', format: nats },
];

/** Whether a run, by its configuration, reads text by characters: a perplexity is of each of them then. */
export function readsCharacters(config: Readonly<Record<string, unknown>> | undefined): boolean {
  const settings = config?.['settings'];
  return (
    typeof settings === 'object' && settings !== null && 'level' in settings && settings.level === 'character'
  );
}

/** The same measure of a run that reads by characters: in bits as well, as this field has it. */
export function ofCharacters(measure: Measure): Measure {
  if (!measure.key.endsWith('perplexity')) return measure;
  const { title, format } = measure;
  return {
    ...measure,
    title: `${title} per character`,
    format: (value) => `${format(value)} (${Math.log2(value).toFixed(3)} bits)`,
  };
}

export interface Best {
  readonly measure: Measure;
  readonly value: number;
  /** Counted from 0. */
  readonly epoch: number;
}

/** The best epoch by the most telling measure that was taken; undefined before the first. */
export function bestOf(metrics: readonly ReadMetrics[]): Best | undefined {
  const epochs = metrics.flatMap((record) => (record.kind === 'epoch' ? [record] : []));
  for (const measure of measures) {
    const values = epochs.flatMap((record) => {
      const value = record[measure.key];
      return typeof value === 'number' ? [{ measure, value, epoch: record.epoch }] : [];
    });
    const sign = measure.better === 'higher' ? 1 : -1;
    const [first, ...rest] = values;
    if (first !== undefined) return rest.reduce((a, b) => (sign * (b.value - a.value) > 0 ? b : a), first);
  }
  return undefined;
}

export const metrics: LogArtefact<typeof schema> = {
  name: 'metrics.jsonl',
  title: 'what was measured, a line an epoch',
  format: 'json lines',
  schema,
  summarise(records): readonly Fact[] {
    const epochs = records.filter(({ kind }) => kind === 'epoch').length;
    const best = bestOf(records);
    return [
      ['epochs', String(epochs)],
      ...(best === undefined
        ? []
        : [
            [
              `best ${best.measure.title}`,
              `${best.measure.format(best.value)} (epoch ${best.epoch + 1})`,
            ] as const,
          ]),
    ];
  },
  charts: [
    {
      title: 'Loss',
      yLabel: 'nats',
      lines: { train_loss: 'training', valid_loss: 'validation', test_loss: 'test' },
    },
    {
      title: 'Accuracy',
      yUnit: 'percent',
      yInclude: [0],
      lines: { train_accuracy: 'training', valid_accuracy: 'validation', test_accuracy: 'test' },
    },
    {
      title: 'Perplexity',
      lines: { train_perplexity: 'training', valid_perplexity: 'validation', test_perplexity: 'test' },
    },
    {
      title: 'Entropy of alpha',
      subtitle: 'mean over the edges; it falls as the search makes up its mind',
      yLabel: 'nats',
      lines: { alpha_entropy: 'entropy' },
    },
    {
      title: 'How far alphas moved',
      subtitle: 'root mean square of their change in an epoch',
      yInclude: [0],
      lines: { alpha_moved: 'change' },
    },
    {
      title: 'Skip connections',
      subtitle:
        'in the normal cell, or identities in a recurrent one, if derived then; a search that collapses fills it with them',
      yInclude: [0],
      lines: { skips: 'skip connections' },
    },
  ],
};

/** Adds a record to the metrics of a run. */
export function appendMetrics(run: Pick<Run, 'appendMetrics'>, record: MetricsRecord): void {
  // What is undefined in a record is left out of its JSON.
  run.appendMetrics(record as LogRecord);
}

/** @throws NascentError `run/damaged` naming the line that is not JSON */
export function readMetrics(run: Run): readonly ReadMetrics[] {
  return readRecords(run, metrics);
}
