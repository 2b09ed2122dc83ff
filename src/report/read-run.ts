/**
 * What the folder of a run holds that a report shows. A run that is being written, was killed or is damaged still has a
 * page: what cannot be read is left out, and a note says so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { NascentError } from '../errors.ts';
import { readArtefact, type JsonArtefact } from '../run/artefacts/artefact.ts';
import { parity, validation } from '../run/artefacts/results.ts';
import { watchRun, type Watched } from '../run/watch.ts';
import type { CnnGenotype } from '../space/images/genotype.ts';
import { genotypeFromJson } from '../space/images/genotype-json.ts';
import type { RnnGenotype } from '../space/text/genotype.ts';
import { rnnGenotypeFromJson } from '../space/text/genotype-text.ts';

/** A record or status is undefined where run.json cannot be read. */
export type RunLogs = Pick<Watched, 'record' | 'status' | 'events' | 'metrics' | 'alphas'>;

export type FoundGenotype =
  | { readonly kind: 'convolutional'; readonly genotype: CnnGenotype }
  | { readonly kind: 'recurrent'; readonly genotype: RnnGenotype };

export type ReadValidation = z.output<typeof validation.schema>;
export type ReadParity = z.output<typeof parity.schema>;

/** All that a report shows of a run. */
export interface ReportedRun extends RunLogs {
  /** Undefined until a search has derived one. */
  readonly genotype: FoundGenotype | undefined;
  /** Of a search: the training within its folder. */
  readonly training: RunLogs | undefined;
  readonly validation: ReadValidation | undefined;
  readonly parity: ReadParity | undefined;
  /** What could not be read, and why. */
  readonly notes: readonly string[];
}

/** @throws NascentError 'run/not-a-run' */
export function readRun(path: string): ReportedRun {
  const notes: string[] = [];
  const training = join(path, 'train');
  const file: FileOf = (name) => join(path, name);
  return {
    ...logsOf(path, '', notes),
    genotype: readable(() => genotypeFile(file('genotype.json')), notes),
    training: existsSync(join(training, 'run.json')) ? logsOf(training, 'train/', notes) : undefined,
    validation: artefactIn(file, validation, notes),
    parity: artefactIn(file, parity, notes),
    notes,
  };
}

/** Which runs a genotype is of can be told from it: recurrent cells have no reduction beside them. */
export function genotypeIn(json: string): FoundGenotype {
  return json.includes('"reduce"')
    ? { kind: 'convolutional', genotype: genotypeFromJson(json) }
    : { kind: 'recurrent', genotype: rnnGenotypeFromJson(json) };
}

type FileOf = (name: string) => string;

/** @param where how the folder is called in a note: `train/`, or nothing */
function logsOf(path: string, where: string, notes: string[]): RunLogs {
  const { path: folder, record, status, events, metrics, alphas, damage } = watchRun(path).look();
  // A page is sent to others: where the run lay is not part of what is wrong with it.
  notes.push(...damage.map((text) => text.replaceAll(`${folder}/`, where)));
  return { record, status, events, metrics, alphas };
}

function artefactIn<S extends z.ZodType>(
  file: FileOf,
  artefact: JsonArtefact<S>,
  notes: string[],
): z.output<S> | undefined {
  return readable(() => readArtefact({ file }, artefact), notes);
}

function genotypeFile(file: string): FoundGenotype | undefined {
  return existsSync(file) ? genotypeIn(readFileSync(file, 'utf8')) : undefined;
}

/** What `read` gives; undefined, and a note, where it cannot. */
function readable<T>(read: () => T, notes: string[]): T | undefined {
  try {
    return read();
  } catch (error) {
    // A file may vanish, or not be ours to read: the page goes on without it.
    if (!(error instanceof NascentError) && !(error instanceof Error && 'code' in error)) throw error;
    notes.push(error.message);
    return undefined;
  }
}
