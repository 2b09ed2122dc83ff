/** What the run of a search holds for those who work with its result: its genotype, and the training in its folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NascentError } from '../errors.ts';
import { readArtefact } from './artefacts/artefact.ts';
import { genotype } from './artefacts/genotype.ts';
import { openRun, type Run } from './directory.ts';

/** Where the network of the search in `path` is trained. */
export function trainingFolder(path: string): string {
  return join(path, 'train');
}

/** Whether there is a training, finished or not, in the folder of the search in `path`. */
export function hasTraining(path: string): boolean {
  return existsSync(join(trainingFolder(path), 'run.json'));
}

/**
 * The trained run that a path means: the path itself, or the training within a search's run.
 *
 * @throws NascentError 'data/missing' where the search has not been trained
 */
export function trainedRun(path: string): Run {
  const run = openRun(path);
  if (run.record().kind === 'train') return run;
  if (hasTraining(path)) return openRun(trainingFolder(path));
  throw new NascentError('data/missing', `the cells of ${path} have not been trained`, {
    help: `Train them first: nascent train ${path}`,
  });
}

/**
 * The genotype that the search in `path` derived.
 *
 * @param validate takes a genotype of its kind
 * @throws NascentError 'data/missing' where the search has not finished, 'run/damaged'
 */
export function searchedGenotype<G>(path: string, validate: (genotype: unknown) => G): G {
  const found = readArtefact(openRun(path), genotype);
  if (found === undefined) {
    throw new NascentError('data/missing', `the search in ${path} has not derived a genotype`, {
      help: `Finish it: nascent search --resume ${path}. Or take the cells it has found so far: nascent derive ${path} --out cells.json`,
    });
  }
  return validate(found);
}

/** The same; undefined where the search has not ended, or its genotype cannot be read and must be derived again. */
export function finishedGenotype<G>(path: string, validate: (genotype: unknown) => G): G | undefined {
  const { kind, status } = openRun(path).record();
  if (kind !== 'search' || status !== 'done') return undefined;
  try {
    return searchedGenotype(path, validate);
  } catch (error) {
    // A resumed search derives it from its last checkpoint.
    if (error instanceof NascentError) return undefined;
    throw error;
  }
}
