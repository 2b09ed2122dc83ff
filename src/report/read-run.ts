/**
 * What the folder of a run holds that a report shows. A run that is being written, was killed or is damaged still has a
 * page: what cannot be read is left out, and a note says so.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { NascentError } from '../errors.ts';
import { readArtefact, type JsonArtefact } from '../run/artefacts/artefact.ts';
import { genotype } from '../run/artefacts/genotype.ts';
import { parity, validation } from '../run/artefacts/results.ts';
import { watchRun, type Watched } from '../run/watch.ts';
import { readGenotypeJson } from '../space/images/genotype-json.ts';
import { validateGenotype, type CnnGenotype } from '../space/images/genotype.ts';
import { validateRnnGenotype, type RnnGenotype } from '../space/text/genotype.ts';
import type { Genotype } from '../space/space.ts';

/** A record or status is undefined where run.json cannot be read. */
export type RunLogs = Pick<Watched, 'record' | 'status' | 'holder' | 'events' | 'metrics' | 'alphas'>;

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
  /** Of the model in its folder, or else in its training's; parity, too. */
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
  const logs = logsOf(path, '', notes);
  const cells = artefactIn(file, genotype, notes);
  /** Of the model in the folder itself, or of the one that the training within it made. */
  const measured = <S extends z.ZodType>(artefact: JsonArtefact<S>) =>
    artefactIn(file, artefact, notes) ?? artefactIn((name) => join(training, name), artefact, notes);
  return {
    ...logs,
    genotype: cells === undefined ? undefined : kindOf(cells),
    training: existsSync(join(training, 'run.json')) ? logsOf(training, 'train/', notes) : undefined,
    validation: measured(validation),
    parity: measured(parity),
    notes,
  };
}

/** Recurrent cells are one cell, and the others a pair. */
export function kindOf(found: Genotype): FoundGenotype {
  return 'nodes' in found
    ? { kind: 'recurrent', genotype: found }
    : { kind: 'convolutional', genotype: found };
}

/** The same of its JSON. @throws NascentError 'space/invalid-genotype' */
export function genotypeIn(json: string): FoundGenotype {
  const value = readGenotypeJson(json);
  const recurrent = typeof value === 'object' && value !== null && 'nodes' in value;
  return kindOf(recurrent ? validateRnnGenotype(value) : validateGenotype(value));
}

type FileOf = (name: string) => string;

/** @param where how the folder is called in a note: `train/`, or nothing */
function logsOf(path: string, where: string, notes: string[]): RunLogs {
  const { path: folder, record, status, holder, events, metrics, alphas, damage } = watchRun(path).look();
  // A page is sent to others: where the run lay is not part of what is wrong with it.
  notes.push(...damage.map((text) => text.replaceAll(`${folder}/`, where)));
  return { record, status, holder, events, metrics, alphas };
}

/** Undefined, and a note, where it cannot be read. */
function artefactIn<S extends z.ZodType>(
  file: FileOf,
  artefact: JsonArtefact<S>,
  notes: string[],
): z.output<S> | undefined {
  try {
    return readArtefact({ file }, artefact);
  } catch (error) {
    // A file may vanish, or not be ours to read: the page goes on without it.
    if (!(error instanceof NascentError) && !(error instanceof Error && 'code' in error)) throw error;
    notes.push(error.message.replaceAll(file(artefact.name), artefact.name));
    return undefined;
  }
}
