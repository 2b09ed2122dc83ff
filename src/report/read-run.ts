/** What the folder of a run holds that a report shows. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { readAlphas, type ReadAlphas } from '../run/artefacts/alphas.ts';
import { readableArtefact } from '../run/artefacts/artefact.ts';
import { readMetrics, type ReadMetrics } from '../run/artefacts/metrics.ts';
import { parity, validation } from '../run/artefacts/results.ts';
import { openRun, type Run } from '../run/directory.ts';
import type { RunRecord } from '../run/record.ts';
import type { CnnGenotype } from '../space/images/genotype.ts';
import { genotypeFromJson } from '../space/images/genotype-json.ts';
import type { RnnGenotype } from '../space/text/genotype.ts';
import { rnnGenotypeFromJson } from '../space/text/genotype-text.ts';

export interface RunLogs {
  readonly record: RunRecord;
  readonly metrics: readonly ReadMetrics[];
  readonly alphas: readonly ReadAlphas[];
}

export type FoundGenotype =
  | { readonly kind: 'convolutional'; readonly genotype: CnnGenotype }
  | { readonly kind: 'recurrent'; readonly genotype: RnnGenotype };

/** All that a report shows of a run. */
export interface ReportedRun extends RunLogs {
  /** Undefined until a search has derived one. */
  readonly genotype: FoundGenotype | undefined;
  /** Of a search: the training within its folder. */
  readonly training: RunLogs | undefined;
  /** Undefined also where the file cannot be read: a report leaves out what it cannot. */
  readonly validation: z.output<typeof validation.schema> | undefined;
  readonly parity: z.output<typeof parity.schema> | undefined;
}

/** @throws NascentError what `openRun` throws; 'space/invalid-genotype' of a genotype.json that is none */
export function readRun(path: string): ReportedRun {
  const run = openRun(path);
  const genotype = textIn(run, 'genotype.json');
  const training = join(path, 'train');
  return {
    ...logsOf(run),
    genotype: genotype === undefined ? undefined : genotypeIn(genotype),
    training: existsSync(join(training, 'run.json')) ? logsOf(openRun(training)) : undefined,
    validation: readableArtefact(run, validation),
    parity: readableArtefact(run, parity),
  };
}

function logsOf(run: Run): RunLogs {
  return { record: run.record(), metrics: readMetrics(run), alphas: readAlphas(run) };
}

/** Recurrent cells have no reduction beside them. */
function genotypeIn(json: string): FoundGenotype {
  return json.includes('"reduce"')
    ? { kind: 'convolutional', genotype: genotypeFromJson(json) }
    : { kind: 'recurrent', genotype: rnnGenotypeFromJson(json) };
}

function textIn(run: Run, name: string): string | undefined {
  const file = run.file(name);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
