/**
 * The runs below a folder, each with what a person wants to know at a glance: where it stands, how far it is, how good.
 * Nothing is locked and nothing is written. A folder that cannot be read as a run is a row with a note.
 */

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';

import { errorCodeOf } from '../files/files.ts';
import { stampOf } from '../files/when-changed.ts';
import { wholeText } from './whole-text.ts';
import { NascentError, messageOf, attempt } from '../errors.ts';
import { besideIn, eventsFile, loggedEventSchema } from './artefacts/events.ts';
import type { LoggedEvent } from './artefacts/events.ts';
import { mailboxFolder } from './mailbox.ts';
import { bestOf, metrics as metricsLog, ofCharacters, readsCharacters } from './artefacts/metrics.ts';
import type { Best } from './artefacts/metrics.ts';
import { lossesOf, lostAmong, missingLogs, readLine } from './damage.ts';
import { hasLostRecord, openRun } from './directory.ts';
import { leaseHolder } from './lease.ts';
import { stepSamples, timeLeft } from './pace.ts';
import type { Run } from './directory.ts';
import { isWork, statusOf } from './status.ts';
import type { RunKind, RunStatus } from './record.ts';

export type Progress = Pick<
  Extract<LoggedEvent, { readonly kind: 'progress' }>,
  'stage' | 'done' | 'total' | 'unit'
>;

export interface Beside {
  /** The command, such as `parity`. */
  readonly work: string;
  readonly progress: Progress | undefined;
}

export interface ListedRun {
  readonly path: string;
  /** Undefined where run.json cannot be read. */
  readonly kind: RunKind | undefined;
  readonly status: RunStatus | undefined;
  /** What its run.json says of the dataset and the preset. */
  readonly data: string | undefined;
  readonly preset: string | undefined;
  /** The method of a search, by its name. */
  readonly strategy: string | undefined;
  readonly progress: Progress | undefined;
  /** Milliseconds that are left at the pace of late, while it is running. */
  readonly left: number | undefined;
  /** What is done with it just now that is not its own work, such as parity. */
  readonly beside: Beside | undefined;
  /** Skip connections of the cell, were it derived now; of a search. */
  readonly skips: number | undefined;
  readonly best: Best | undefined;
  /** ISO 8601. */
  readonly createdAt: string | undefined;
  /** When it last gave a sign of life. */
  readonly updatedAt: string | undefined;
  /** What is wrong with it, or why it stopped. */
  readonly note: string | undefined;
  /** Runs within its folder, such as the training of a search. */
  readonly inside: readonly ListedRun[];
}

/** `runs/idea/search-1/train` is four below; a folder of datasets is not walked to its end. */
const deepest = 5;
const neverRuns: ReadonlySet<string> = new Set(['checkpoints', mailboxFolder, 'node_modules']);

/**
 * The runs in `folder` and below, by name; the folder itself, where it is one.
 *
 * @throws NascentError `run/not-a-run` where there is no such folder
 */
export function listRuns(folder: string): readonly ListedRun[] {
  try {
    readdirSync(folder);
  } catch (error) {
    const why = errorCodeOf(error) === 'ENOTDIR' ? 'is a file' : 'cannot be looked into';
    const what = errorCodeOf(error) === 'ENOENT' ? 'does not exist' : why;
    throw new NascentError('run/not-a-run', `${folder} ${what}`, {
      help: 'Give a folder that holds runs, such as runs.',
      cause: error,
    });
  }
  return runsIn(folder, 0);
}

function runsIn(folder: string, depth: number): readonly ListedRun[] {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // What may not be looked into holds no runs of this user.
    return [];
  }
  const inside = () =>
    depth === deepest
      ? []
      : entries
          .filter((entry) => !entry.name.startsWith('.') && !neverRuns.has(entry.name))
          .filter(
            (entry) => entry.isDirectory() || (entry.isSymbolicLink() && isLinkedRun(folder, entry.name)),
          )
          .map(({ name }) => name)
          .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
          .flatMap((name) => runsIn(join(folder, name), depth + 1));
  const names = entries.map(({ name }) => name);
  if (!names.includes('run.json') && !hasLostRecord(names)) return inside();
  const row = rowOf(folder);
  return row === undefined ? inside() : [{ ...row, inside: inside() }];
}

/** Whether a link is to a run, such as one on a larger disk, and does not lead back to where it was found. */
function isLinkedRun(folder: string, name: string): boolean {
  const path = join(folder, name);
  if (!existsSync(join(path, 'run.json'))) return false;
  const [[from, to] = []] = attempt(() => [folder, path].map((each) => realpathSync(each)));
  return from !== undefined && to !== undefined && !`${from}${sep}`.startsWith(`${to}${sep}`);
}

type Row = Omit<ListedRun, 'inside'>;

/** The rows of earlier lists, while nothing has been written to their runs: a list of many runs is asked for every second. */
const rows = new Map<string, { readonly signature: string; readonly row: Row | undefined }>();
const rowsKept = 10_000;

function rowOf(path: string): Row | undefined {
  const signature = signatureOf(path);
  const known = rows.get(path);
  if (known?.signature === signature) return known.row;
  const row = readRow(path);
  if (rows.size >= rowsKept) rows.clear();
  // A process that dies writes nothing down, so only what is over stays as it is.
  const isOver = row?.status !== 'running' && row?.status !== 'paused' && row?.beside === undefined;
  if (isOver) rows.set(path, { signature, row });
  return row;
}

function signatureOf(path: string): string {
  return ['run.json', 'events.jsonl', 'metrics.jsonl', 'alphas.jsonl', 'lease.json']
    .map((name) => stampOf(join(path, name)))
    .join();
}

/** Undefined for the run.json of another tool. Whatever is wrong with one run, the others are listed. */
function readRow(path: string): Row | undefined {
  try {
    return rowOfRun(path, openRun(path));
  } catch (error) {
    if (error instanceof NascentError && error.code === 'run/not-a-run') return undefined;
    return { ...unreadable, path, note: messageOf(error) };
  }
}

function rowOfRun(path: string, run: Run): Row {
  const record = run.record();
  const status = statusOf(run);
  const { records: events, damage: damagedEvents } = logIn(
    run,
    eventsFile,
    (line) => loggedEventSchema.safeParse(line).data,
  );
  const { records: metrics, damage: damagedMetrics } = logIn(
    run,
    metricsLog.name,
    (line) => metricsLog.schema.safeParse(line).data,
  );
  const missing = missingLogs(run.path, record.kind, status, events);
  // The row says which run it is of.
  const damage = [...missing, ...damagedEvents, ...damagedMetrics].map((text) =>
    text.replaceAll(`${run.path}/`, ''),
  );
  const { data, preset, strategy } = record.config;
  const skips = metrics.findLast((each) => each.kind === 'epoch' && typeof each.skips === 'number');
  // Of steps, rather than of what is measured between them.
  const last =
    events.findLast((event) => event.kind === 'progress' && event.figures !== undefined) ??
    events.findLast(({ kind }) => kind === 'progress');
  const lastSign = events.at(-1)?.at ?? record.updatedAt;
  return {
    path,
    kind: record.kind,
    status,
    data: typeof data === 'string' ? data : undefined,
    preset: typeof preset === 'string' ? preset : undefined,
    strategy: typeof strategy === 'string' ? strategy : undefined,
    progress: last?.kind === 'progress' ? last : undefined,
    left: status === 'running' && last?.kind === 'progress' ? leftIn(events, last.total) : undefined,
    beside: workBeside(run.path, status, events),
    skips: skips?.kind === 'epoch' && typeof skips.skips === 'number' ? skips.skips : undefined,
    best: saidBest(bestOf(metrics), readsCharacters(record.config)),
    createdAt: record.createdAt,
    updatedAt: lastSign > record.updatedAt ? lastSign : record.updatedAt,
    note: [record.reason, ...damage].filter((text) => text !== undefined).join('; ') || undefined,
  };
}

function saidBest(best: Best | undefined, byCharacters: boolean): Best | undefined {
  return best === undefined || !byCharacters ? best : { ...best, measure: ofCharacters(best.measure) };
}

/** The records of a log that can be read, and what is wrong with the others. */
function logIn<T>(run: Run, name: string, parse: (value: unknown) => T | undefined) {
  const file = run.file(name);
  const [text = '', failure] = attempt(() => (existsSync(file) ? wholeText(file) : ''));
  const lines = text.split('\n');
  // What somebody writes at this moment is no damage, and what nobody ended is looked at by who watches the run.
  const read = lines.slice(0, -1).map((line) => readLine(line, parse));
  return {
    records: read.flatMap((each) => (each.kind === 'record' ? [each.record] : [])),
    damage:
      failure === undefined
        ? lossesOf(`${run.path}/${name}`, lostAmong(read), true)
        : [`${name} cannot be read: ${failure}`],
  };
}

const unreadable = {
  kind: undefined,
  status: undefined,
  data: undefined,
  preset: undefined,
  strategy: undefined,
  progress: undefined,
  left: undefined,
  beside: undefined,
  skips: undefined,
  best: undefined,
  createdAt: undefined,
  updatedAt: undefined,
};

/** From the pace of the stage that is under way, as whoever watches the run is told. */
function leftIn(events: readonly LoggedEvent[], total: number): number | undefined {
  return timeLeft(stepSamples(events), total, Date.now());
}

/** What a process does with a run that is not the run's own work, while it does. */
function workBeside(path: string, status: RunStatus, events: readonly LoggedEvent[]): Beside | undefined {
  if (isWork(status) || leaseHolder(path) === undefined) return undefined;
  const work = besideIn(events);
  if (work === undefined) return undefined;
  const since = events.slice(events.findLastIndex(({ kind }) => kind === 'begun') + 1);
  if (since.some(({ kind }) => kind === 'result' || kind === 'stopped' || kind === 'failed'))
    return undefined;
  const progress = since.findLast(({ kind }) => kind === 'progress');
  return { work, progress: progress?.kind === 'progress' ? progress : undefined };
}
