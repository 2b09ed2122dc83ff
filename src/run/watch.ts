/**
 * A run as somebody sees it who looks at its folder again and again, from any process, while others write it.
 *
 * A look reads only what was added since the one before. What cannot be read (a line that is damaged, a file of a later
 * version, a folder that is half deleted) is told and passed over, and what was known before stays.
 */

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

import type { z } from 'zod';

import { NascentError, messageOf, attempt } from '../errors.ts';
import { errorCodeOf } from '../files/files.ts';
import { whenChanged } from '../files/when-changed.ts';
import { requireWhole } from './whole-text.ts';
import { alphas } from './artefacts/alphas.ts';
import type { ReadAlphas } from './artefacts/alphas.ts';
import type { LogArtefact } from './artefacts/artefact.ts';
import { loggedEventSchema } from './artefacts/events.ts';
import type { LoggedEvent } from './artefacts/events.ts';
import { metrics } from './artefacts/metrics.ts';
import type { ReadMetrics } from './artefacts/metrics.ts';
import { lossesOf, lostAmong, missingLogs, nothingLost, readLine } from './damage.ts';
import type { Lost } from './damage.ts';
import { openRun } from './directory.ts';
import type { Run } from './directory.ts';
import { leaseHolder } from './lease.ts';
import type { LeaseHolder } from './lease.ts';
import type { RunRecord, RunStatus } from './record.ts';
import { isWork, statusWith } from './status.ts';

/**
 * What is known of a run at one look. A part that did not change since the look before is the same object, and where none
 * did the whole is.
 */
export interface Watched {
  /** Absolute. */
  readonly path: string;
  /** Undefined while run.json cannot be read. */
  readonly record: RunRecord | undefined;
  readonly status: RunStatus | undefined;
  /** Who works on it now. */
  readonly holder: LeaseHolder | undefined;
  readonly events: readonly LoggedEvent[];
  readonly metrics: readonly ReadMetrics[];
  readonly alphas: readonly ReadAlphas[];
  /** What cannot be read, a sentence each. */
  readonly damage: readonly string[];
}

export interface RunWatch {
  /** Looks now. */
  look(): Watched;
}

/**
 * Watches the run in `path`.
 *
 * @throws NascentError 'run/not-a-run' where there is no run; one that is damaged, or has lost its run.json, is watched
 */
export function watchRun(path: string): RunWatch {
  let run = opened(path);
  const folder = run?.path ?? resolve(path);
  const recordNow = whenChanged(join(folder, 'run.json'), () => (run ?? openRun(path)).record());
  const logs = {
    events: tailOf((line) => loggedEventSchema.safeParse(line).data),
    metrics: tailOf(readerOf(metrics)),
    alphas: tailOf(readerOf(alphas)),
  };
  let before: Watched = {
    path: folder,
    record: undefined,
    status: undefined,
    holder: undefined,
    events: [],
    metrics: [],
    alphas: [],
    damage: [],
  };
  return {
    look() {
      run ??= attempt(() => opened(path))[0];
      const [record, unreadable] = attempt(recordNow);
      const [holder] = attempt(() => leaseHolder(folder));
      const status = record && statusWith(record.status, holder, () => attempt(recordNow)[0]?.status);
      const events = logs.events(`${folder}/events.jsonl`);
      const epochs = logs.metrics(`${folder}/metrics.jsonl`);
      const rows = logs.alphas(`${folder}/alphas.jsonl`);
      const isWritten = holder !== undefined;
      const missing =
        record === undefined || status === undefined
          ? []
          : missingLogs(folder, record.kind, status, events.records);
      const logged = [events, epochs, rows].flatMap(({ file, lost, failure }) => [
        ...lossesOf(file, lost, isWritten),
        ...(failure === undefined ? [] : [failure]),
      ]);
      const isThere = existsSync(folder);
      const damage = isThere
        ? [...(unreadable === undefined ? [] : [unreadable]), ...missing, ...logged]
        : [`${folder} is no longer there`];
      const now: Watched = {
        path: folder,
        record: same(before.record, record ?? before.record),
        status: record === undefined ? lastKnown(before.status, isThere) : status,
        holder: same(before.holder, holder),
        events: events.records,
        metrics: epochs.records,
        alphas: rows.records,
        damage: same(before.damage, damage),
      };
      // Nothing new is nothing to draw.
      const isSame = (Object.keys(now) as (keyof Watched)[]).every((part) => now[part] === before[part]);
      if (!isSame) before = now;
      return before;
    },
  };
}

/** The status of a run whose record cannot be read: as it was before. Of what is gone nobody works on it any more. */
function lastKnown(status: RunStatus | undefined, isThere: boolean): RunStatus | undefined {
  return isThere || status === undefined || !isWork(status) ? status : undefined;
}

/** Undefined where there is a run that cannot be read. */
function opened(path: string): Run | undefined {
  try {
    return openRun(path);
  } catch (error) {
    if (error instanceof NascentError && error.code === 'run/damaged') return undefined;
    throw error;
  }
}

/** `now`, as the object that it was before where it says the same. */
function same<T>(before: T, now: T): T {
  return before === now || JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

interface Tail<T> {
  readonly file: string;
  readonly records: readonly T[];
  readonly lost: Lost;
  /** Why it cannot be read at all. */
  readonly failure?: string;
}

const chunkBytes = 1 << 16;

/**
 * Reads a log of JSON lines from where the last reading ended. A log that became shorter, or another file, is read from
 * its beginning: a resumed run cuts its logs back, and a long history is written anew.
 *
 * @param parse a record from a line; undefined for one that is not of the schema, such as of a later version
 */
function tailOf<T>(parse: (line: unknown) => T | undefined): (file: string) => Tail<T> {
  let position = 0;
  let inode = 0;
  let modified = 0;
  let rest = '';
  let decoder = new StringDecoder('utf8');
  let records: readonly T[] = [];
  let lost = nothingLost;

  const forget = () => {
    [position, rest, records, lost] = [0, '', [], nothingLost];
    decoder = new StringDecoder('utf8');
  };
  return (file) => {
    try {
      const stat = statSync(file);
      requireWhole(file, stat);
      // Of the same length and written since: cut back and grown again.
      const rewritten = stat.size === position && stat.mtimeMs !== modified && stat.size > 0;
      if (stat.ino !== inode || stat.size < position || rewritten) forget();
      [inode, modified] = [stat.ino, stat.mtimeMs];
      if (stat.size === position) return { file, records, lost };
      const lines = (rest + readFrom(file, position, stat.size, decoder)).split('\n');
      position = stat.size;
      rest = lines.pop() ?? '';
      const read = lines.map((line) => readLine(line, parse));
      const added = read.flatMap((each) => (each.kind === 'record' ? [each.record] : []));
      if (added.length > 0) records = [...records, ...added];
      const { broken, later, unknown } = lostAmong(read);
      lost = {
        broken: lost.broken + broken,
        later: lost.later + later,
        unknown: lost.unknown + unknown,
        torn: rest !== '',
      };
      return { file, records, lost };
    } catch (error) {
      // Not yet, or no longer, there: what was read stays.
      if (errorCodeOf(error) === 'ENOENT') return { file, records, lost };
      return { file, records, lost, failure: messageOf(error) };
    }
  };
}

function readFrom(file: string, from: number, to: number, decoder: StringDecoder): string {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(chunkBytes, to - from));
    let text = '';
    for (let at = from; at < to;) {
      const count = readSync(handle, buffer, 0, Math.min(buffer.length, to - at), at);
      if (count === 0) break;
      text += decoder.write(buffer.subarray(0, count));
      at += count;
    }
    return text;
  } finally {
    closeSync(handle);
  }
}

function readerOf<S extends z.ZodType>({
  schema,
}: LogArtefact<S>): (line: unknown) => z.output<S> | undefined {
  return (line) => schema.safeParse(line).data;
}
