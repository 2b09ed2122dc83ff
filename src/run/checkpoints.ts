/**
 * The checkpoints of a run: numbered files in its folder `checkpoints/`, of which the last three are kept.
 *
 * The number, not the clock, says which is the latest. A damaged one is not deleted: it is reported and passed over.
 */

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { sweepTemporaries, writeFileWhole } from '../data/files.ts';
import { internal, NascentError } from '../errors.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint-file.ts';
import type { CheckpointContent, LogLengths } from './checkpoint-file.ts';

export interface StoredCheckpoint extends CheckpointContent {
  readonly name: string;
  readonly file: string;
  readonly logs: LogLengths;
  /** Later checkpoints that were passed over, with what is wrong with each: tell the user. */
  readonly damaged: readonly NascentError[];
}

const kept = 3;
const extension = '.checkpoint';

/**
 * Writes a checkpoint as the latest and deletes all but the last three.
 *
 * @param name lower case letters, digits and hyphens, such as `epoch-3`
 * @returns the file's path
 * @throws NascentError `disk/full` or `disk/failed`; the earlier checkpoints are then still there
 */
export async function writeCheckpointFile(
  folder: string,
  name: string,
  content: CheckpointContent,
  logs: LogLengths,
): Promise<string> {
  if (!/^[a-z0-9-]+$/.test(name)) throw internal(`checkpoint name "${name}"`);
  await sweepTemporaries(folder);
  const earlier = list(folder);
  const number = (earlier.at(-1)?.number ?? 0) + 1;
  const file = join(folder, `${String(number).padStart(6, '0')}-${name}${extension}`);
  await writeFileWhole(file, encodeCheckpoint(content, logs));
  for (const old of earlier.slice(0, Math.max(0, earlier.length + 1 - kept))) {
    rmSync(join(folder, old.file), { force: true });
  }
  return file;
}

/**
 * The latest checkpoint that is whole; undefined when there is none at all.
 *
 * @throws NascentError `run/damaged` when there are checkpoints and every one is damaged
 */
export function readLatestCheckpoint(folder: string): StoredCheckpoint | undefined {
  const damaged: NascentError[] = [];
  for (const { name, file } of list(folder).reverse()) {
    const path = join(folder, file);
    try {
      const { content, logs } = decodeCheckpoint(readFileSync(path), path);
      return { ...content, name, file: path, logs, damaged };
    } catch (error) {
      if (!(error instanceof NascentError)) throw error;
      damaged.push(error);
    }
  }
  const first = damaged[0];
  if (first === undefined) return undefined;
  throw new NascentError(
    'run/damaged',
    `none of the ${damaged.length} checkpoints is whole: ${first.message}`,
    {
      help: `Delete ${folder} to begin the run again, or restore a checkpoint from a copy.`,
      cause: first,
    },
  );
}

/** The checkpoints in a folder, oldest first. */
function list(folder: string): { readonly number: number; readonly name: string; readonly file: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((file) => {
      const match = /^(\d+)-([a-z0-9-]+)\.checkpoint$/.exec(file);
      return match === null ? [] : [{ number: Number(match[1]), name: match[2] ?? '', file }];
    })
    .sort((a, b) => a.number - b.number);
}
