/** A run that does not say what it has learnt from. */
import { existsSync } from 'node:fs';
import { NascentError } from '../errors.ts';
import type { Run } from '../run/directory.ts';

/**
 * Whether a run was stopped before it wrote down what its data are: it has learnt from nothing yet.
 *
 * @param what its data are, for people
 * @throws NascentError 'run/damaged' where it has learnt, and what from is gone: nobody could tell other data from them
 */
export function isFactless(run: Run, file: string, what: string): boolean {
  if (existsSync(run.file(file))) return false;
  if (run.checkpoints().length === 0) return true;
  throw new NascentError('run/damaged', `${run.file(file)} is gone, by which ${what} of the run are known`, {
    help: 'Restore the file from a copy, or start a new run.',
  });
}
