/**
 * Whether the logs of a run are still those that a checkpoint was taken beside. A run that is resumed beside a shorter
 * or other log would leave a hole in its history, and what is worked out from the line before would be wrong.
 */

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { NascentError } from '../errors.ts';
import { decodeCheckpoint } from './checkpoint-file.ts';
import type { LogMarks } from './checkpoint-file.ts';
import type { ListedCheckpoint, StoredCheckpoint } from './checkpoints.ts';
import { differenceFrom } from './log.ts';

/**
 * @param listed all checkpoints of the run, oldest first
 * @throws NascentError 'run/damaged' saying how a log differs, and from which checkpoint the run can still be resumed
 */
export function requireLogs(
  folder: string,
  checkpoint: StoredCheckpoint,
  listed: readonly ListedCheckpoint[],
): void {
  const differs = firstDifference(folder, checkpoint.logs);
  if (differs === undefined) return;
  const { name, how } = differs;
  const fits = listed.findLast(({ file }) => file !== checkpoint.file && isBeside(folder, file));
  const later = fits === undefined ? [] : listed.filter(({ number }) => number > fits.number);
  const back =
    fits === undefined
      ? 'or start a new run.'
      : `or delete ${later.map(({ file }) => basename(file)).join(', ')} in its checkpoints to resume from ${fits.name}.`;
  throw new NascentError(
    'run/damaged',
    `${join(folder, name)} is not what it was when checkpoint ${checkpoint.name} was written: ${how}`,
    { help: `Restore ${name} from a copy, ${back}` },
  );
}

function firstDifference(
  folder: string,
  logs: LogMarks,
): { readonly name: string; readonly how: string } | undefined {
  for (const [name, mark] of Object.entries(logs)) {
    const how = differenceFrom(join(folder, name), mark);
    if (how !== undefined) return { name, how };
  }
  return undefined;
}

/** Whether a checkpoint is whole, and the logs are what they were beside it. */
function isBeside(folder: string, file: string): boolean {
  try {
    return firstDifference(folder, decodeCheckpoint(readFileSync(file), file).logs) === undefined;
  } catch (error) {
    if (error instanceof NascentError) return false;
    throw error;
  }
}
