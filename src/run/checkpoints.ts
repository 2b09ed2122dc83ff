/**
 * The checkpoints of a run: numbered files in its folder `checkpoints/`, of which the last three are kept, and the best.
 *
 * The number, not the clock, says which is the latest. Which is the best is in the names, too, so that it is settled in
 * the one moment a file gets its name: one that was better than all before it ends in `-best`, and the latest of those
 * is the best. A damaged checkpoint is not deleted: it is reported and passed over.
 */

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { diskError, errorCodeOf, sweepTemporaries, writeFileWhole } from '../files/files.ts';
import { internal, NascentError } from '../errors.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint-file.ts';
import type { CheckpointContent, LogMarks } from './checkpoint-file.ts';

export interface StoredCheckpoint extends CheckpointContent {
  readonly name: string;
  /** Whether it was the best when it was written. */
  readonly best: boolean;
  readonly file: string;
  readonly logs: LogMarks;
  /** Later checkpoints that were passed over, with what is wrong with each: tell the user. */
  readonly damaged: readonly NascentError[];
}

/** What is listed without reading a file. */
export interface ListedCheckpoint {
  readonly number: number;
  readonly name: string;
  readonly best: boolean;
  /** Its path. */
  readonly file: string;
}

const kept = 3;
const extension = '.checkpoint';
const bestMark = '-best';

/**
 * Writes a checkpoint as the latest and deletes all but the last three and the best.
 *
 * @param name lower case letters, digits and hyphens, such as `epoch-3`
 * @param best whether it is better than all before it
 * @returns the file's path
 * @throws NascentError `disk/full` or `disk/failed`; the earlier checkpoints are then still there
 */
export async function writeCheckpointFile(
  folder: string,
  name: string,
  content: CheckpointContent,
  logs: LogMarks,
  best = false,
): Promise<string> {
  if (!/^[a-z0-9-]+$/.test(name) || name.endsWith(bestMark)) throw internal(`checkpoint name "${name}"`);
  // Alone, not with the folders above it: a run that was taken away is not made anew.
  await mkdir(folder).catch((error: unknown) => {
    if (errorCodeOf(error) !== 'EEXIST') throw diskError(error, folder, 0);
  });
  await sweepTemporaries(folder);
  const number = (listCheckpoints(folder).at(-1)?.number ?? 0) + 1;
  const marked = best ? `${name}${bestMark}` : name;
  const file = join(folder, `${String(number).padStart(6, '0')}-${marked}${extension}`);
  await writeFileWhole(file, encodeCheckpoint(content, logs), { makeFolder: false });
  const all = listCheckpoints(folder);
  const pinned = all.findLast((each) => each.best);
  for (const old of all.slice(0, -kept)) if (old !== pinned) rmSync(old.file, { force: true });
  return file;
}

/**
 * The latest checkpoint that is whole; undefined when there is none at all.
 *
 * @throws NascentError `run/damaged` when there are checkpoints and every one is damaged
 */
export function readLatestCheckpoint(folder: string): StoredCheckpoint | undefined {
  return readLast(folder, listCheckpoints(folder));
}

/**
 * The best checkpoint that is whole; undefined where none was marked as such.
 *
 * @throws NascentError `run/damaged` when some were and every one is damaged
 */
export function readBestCheckpoint(folder: string): StoredCheckpoint | undefined {
  return readLast(
    folder,
    listCheckpoints(folder).filter(({ best }) => best),
  );
}

function readLast(folder: string, listed: readonly ListedCheckpoint[]): StoredCheckpoint | undefined {
  const damaged: NascentError[] = [];
  for (const { name, best, file } of listed.toReversed()) {
    try {
      const { content, logs } = decodeCheckpoint(readFileSync(file), file);
      return { ...content, name, best, file, logs, damaged };
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
export function listCheckpoints(folder: string): readonly ListedCheckpoint[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((file) => {
      const match = /^(\d+)-([a-z0-9-]+)\.checkpoint$/.exec(file);
      if (match === null) return [];
      const [, number, marked = ''] = match;
      const best = marked.endsWith(bestMark);
      const name = best ? marked.slice(0, -bestMark.length) : marked;
      return [{ number: Number(number), name, best, file: join(folder, file) }];
    })
    .sort((a, b) => a.number - b.number);
}
