/**
 * alphas.jsonl: the architecture weights after every epoch of a search, and the genotype that they are; epoch -1 is
 * before the first.
 */

import { z } from 'zod';

import type { Run } from '../directory.ts';
import type { LogRecord } from '../log.ts';
import { readRecords } from './artefact.ts';
import type { LogArtefact } from './artefact.ts';

/** A row for each edge, a number for each primitive. A number that is NaN or infinite is null. */
const rows = z.array(z.array(z.number().nullable()));

const record = {
  epoch: z.int().min(-1),
  /** Under the name of a cell its alphas. */
  normal: rows.optional(),
  reduce: rows.optional(),
  recurrent: rows.optional(),
  /** As genotype.json has it. */
  genotype: z.unknown().optional(),
};

const schema = z.looseObject(record);

export type ReadAlphas = z.output<typeof schema>;
export type AlphasRecord = z.input<z.ZodObject<typeof record, z.core.$strict>>;

/** When a line was written, for people, who count epochs from 1. @param epoch as the line has it */
export function whenLogged(epoch: number): string {
  return epoch < 0 ? 'before the first epoch' : `after epoch ${epoch + 1}`;
}

export const cellTitles = {
  normal: 'Normal cell',
  reduce: 'Reduction cell',
  recurrent: 'Recurrent cell',
} as const;

export const alphas: LogArtefact<typeof schema> = {
  name: 'alphas.jsonl',
  title: 'architecture weights and genotype, a line an epoch',
  format: 'json lines',
  schema,
  summarise(records) {
    const last = records.at(-1);
    const cells = Object.keys(cellTitles).filter((cell) => last !== undefined && cell in last);
    return [
      ['epochs', String(records.filter(({ epoch }) => epoch >= 0).length)],
      ['cells', cells.join(', ')],
    ];
  },
  // Drawn by cell and primitive, whose names are in the run's configuration: src/report/run-charts.ts.
  charts: [],
};

/** Adds a record to the alphas of a run. */
export function appendAlphas(run: Pick<Run, 'appendAlphas'>, record: AlphasRecord): void {
  run.appendAlphas(record as LogRecord);
}

/** @throws NascentError `run/damaged` naming the line that is not JSON */
export function readAlphas(run: Run): readonly ReadAlphas[] {
  return readRecords(run, alphas);
}
