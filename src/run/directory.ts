/**
 * The run folder: everything a run is, in files that other processes may read at any time.
 *
 *   run.json         what it is and where it stands
 *   metrics.jsonl    a line per measurement        alphas.jsonl   a line per look at the architecture weights
 *   checkpoints/     the last three, and the best  lease.json     who is working on it now
 *   events.jsonl     what happened to it           control/       what its process is asked to do
 *
 * and whatever the jobs add (genotype.json, model.onnx, validation.json …). Reading takes no lock. Writing metrics and
 * checkpoints is for the holder of the lease.
 */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import { diskError, writeFileWhole } from '../files/files.ts';
import { wholeText } from './whole-text.ts';
import { NascentError } from '../errors.ts';
import {
  listCheckpoints,
  readBestCheckpoint,
  readLatestCheckpoint,
  writeCheckpointFile,
} from './checkpoints.ts';
import { eventsFile } from './artefacts/events.ts';
import type { LoggedEvent, RunEvent } from './artefacts/events.ts';
import type { ListedCheckpoint, StoredCheckpoint } from './checkpoints.ts';
import type { CheckpointContent } from './checkpoint-file.ts';
import { openEventWriter, readEvents } from './event-log.ts';
import type { EventWriter } from './event-log.ts';
import { acquireLease } from './lease.ts';
import type { Lease } from './lease.ts';
import { requireLogs } from './log-marks.ts';
import { openLogWriter, readLog } from './log.ts';
import type { LogRecord, LogWriter } from './log.ts';
import { parseRunRecord, runFormat } from './record.ts';
import type { Json, RunKind, RunRecord, RunStatus } from './record.ts';
import { programVersions } from './versions.ts';
import { makeFoldersSync } from '../files/make-folders.ts';

export interface RunOptions {
  readonly kind: RunKind;
  /** The configuration as resolved: preset, settings and defaults merged. */
  readonly config: Readonly<Record<string, Json>>;
  readonly seed: number;
  /** The runtime that trains, such as `tfjs-node-gpu`. */
  readonly engine: string;
  /** Versions of the libraries that matter to the numbers; Nascent's and Node's are added. */
  readonly versions?: Readonly<Record<string, string>>;
}

export interface RunUpdate {
  readonly status?: RunStatus;
  readonly stage?: string | null;
  /** Why it stopped or failed. Forgotten when the status changes without one. */
  readonly reason?: string;
}

/** A run folder that is open: what it holds, and how to add to it. */
export interface Run {
  /** Absolute. */
  readonly path: string;
  /** run.json, read anew. */
  record(): RunRecord;
  update(change: RunUpdate): Promise<RunRecord>;

  appendMetrics(record: LogRecord): void;
  appendAlphas(record: LogRecord): void;
  readMetrics(): LogRecord[];
  readAlphas(): LogRecord[];
  /** Adds a line to the history of the run, `events.jsonl`. */
  appendEvent(event: RunEvent): void;
  readEvents(): readonly LoggedEvent[];

  /**
   * Writes a checkpoint, remembering how long the logs are now; keeps the last three, and the last that was `best`.
   * Returns its file.
   */
  writeCheckpoint(
    name: string,
    content: CheckpointContent,
    options?: { readonly best?: boolean },
  ): Promise<string>;
  /** The checkpoints there are, oldest first, none of them read. */
  checkpoints(): readonly ListedCheckpoint[];
  /** The latest whole checkpoint, naming those passed over in `damaged`; undefined when there is none. */
  latestCheckpoint(): StoredCheckpoint | undefined;
  /** The best whole checkpoint; undefined where none was marked so. */
  bestCheckpoint(): StoredCheckpoint | undefined;
  /**
   * Cuts the logs back to what they were at a checkpoint, or to nothing where there is none yet, so that a resumed run
   * writes no line twice. Throws `run/damaged`, and leaves all as it was, where a log is not what it was then.
   */
  rewindTo(checkpoint: StoredCheckpoint | undefined): void;

  /** Writes one of the run's other files whole, and returns its path. */
  writeFile(name: string, content: string | Uint8Array): Promise<string>;
  /** The path of one of the run's files. */
  file(name: string): string;

  /** Makes this process the one that trains the run. Throws `run/busy` when another is. */
  acquireLease(): Lease;
  /** Closes the logs. The run can still be read. */
  close(): void;
}

const recordFile = 'run.json';

/**
 * Makes a new run in `path`, which must not exist yet or be an empty folder.
 *
 * @throws NascentError `run/exists` naming what is there
 */
export async function createRun(path: string, options: RunOptions): Promise<Run> {
  if (path === '') {
    throw new NascentError('input/invalid', 'the folder of the run has an empty name', {
      help: 'Give a folder that does not exist yet.',
    });
  }
  const folder = resolve(path);
  const found = contents(folder);
  if (found === 'file') {
    throw new NascentError('run/exists', `${path} is a file`, {
      help: 'Give a folder that does not exist yet.',
    });
  }
  if (found !== undefined && found.includes(recordFile)) {
    throw new NascentError('run/exists', `${path} already holds a run`, {
      help: `Resume it: nascent ${options.kind} --resume ${path}. Or give another folder.`,
    });
  }
  if (found !== undefined && found.length > 0) {
    throw new NascentError('run/exists', `${path} is not empty: it holds ${listed(found)}`, {
      help: 'Give a folder that does not exist yet.',
    });
  }
  const now = new Date().toISOString();
  const record: RunRecord = {
    format: runFormat,
    version: 1,
    kind: options.kind,
    status: 'created',
    stage: null,
    config: options.config,
    seed: options.seed,
    engine: options.engine,
    versions: { ...programVersions(), ...options.versions },
    createdAt: now,
    updatedAt: now,
  };
  try {
    makeFoldersSync(folder);
  } catch (error) {
    throw diskError(error, folder, 0);
  }
  await writeRecord(folder, record);
  return runIn(folder);
}

/**
 * Opens a run to read it, or, with its lease, to resume it.
 *
 * @throws NascentError `run/not-a-run` naming what it found instead, `run/damaged` naming the field of run.json, or where
 *   all of a run is there but that file
 */
export function openRun(path: string): Run {
  const folder = resolve(path);
  const found = contents(folder);
  const help = 'Give the folder that was the --out of nascent search or nascent train.';
  if (path === '') throw new NascentError('run/not-a-run', 'an empty name is no folder', { help });
  if (found === undefined) throw new NascentError('run/not-a-run', `${path} does not exist`, { help });
  if (found === 'file')
    throw new NascentError('run/not-a-run', `${path} is a file, not a run's folder`, { help });
  if (hasLostRecord(found)) {
    throw new NascentError('run/damaged', `${path} has lost its ${recordFile}: it holds ${listed(found)}`, {
      help: `What it logged is shown by nascent watch; to resume it, put its ${recordFile} back.`,
    });
  }
  if (!found.includes(recordFile)) {
    const holds = found.length === 0 ? 'is empty' : `holds ${listed(found)}, and no ${recordFile}`;
    const within = found.filter((name) => existsSync(join(folder, name, recordFile)));
    throw new NascentError('run/not-a-run', `${path} is not a run: it ${holds}`, {
      help:
        within.length === 0
          ? help
          : `Give one of the runs in it: ${listed(within)}. Searches of several seeds are resumed by the same command again.`,
    });
  }
  const run = runIn(folder);
  run.record();
  return run;
}

/** Whether a folder with these names in it is a run but for its run.json, half deleted or half copied. */
export function hasLostRecord(names: readonly string[]): boolean {
  const has = (name: string) => names.includes(name);
  return (
    !has(recordFile) &&
    has('events.jsonl') &&
    (has('metrics.jsonl') || has('alphas.jsonl') || has('checkpoints'))
  );
}

function runIn(folder: string): Run {
  const logs = new Map<string, LogWriter>();
  let events: EventWriter | undefined;
  let lease: Lease | undefined;
  const born = identityOf(folder);
  const file = (name: string) => join(folder, name);
  /** Before anything is written: the folder is the one that was opened, and, where this process holds it, still its own. */
  const requireOwn = () => {
    lease?.verify();
    if (identityOf(folder) !== born) throw gone(folder);
  };
  const log = (name: string): LogWriter => {
    requireOwn();
    const open = logs.get(name) ?? openLogWriter(file(name));
    logs.set(name, open);
    return open;
  };
  const record = () => parseRunRecord(wholeText(file(recordFile)), file(recordFile));
  return {
    path: folder,
    record,
    async update({ status, stage, reason }) {
      requireOwn();
      const { reason: earlier, ...current } = record();
      const kept = reason ?? (status === undefined ? earlier : undefined);
      const next: RunRecord = {
        ...current,
        ...(status !== undefined && { status }),
        ...(stage !== undefined && { stage }),
        ...(kept !== undefined && { reason: kept }),
        updatedAt: new Date().toISOString(),
      };
      await writeRecord(folder, next);
      return next;
    },
    appendMetrics: (entry) => log(metricsFile).append(entry),
    appendAlphas: (entry) => log(alphasFile).append(entry),
    readMetrics: () => readLog(file(metricsFile)),
    readAlphas: () => readLog(file(alphasFile)),
    appendEvent(event) {
      requireOwn();
      events ??= openEventWriter(file(eventsFile));
      events.append(event);
    },
    readEvents: () => readEvents(file(eventsFile)),
    async writeCheckpoint(name, content, { best = false } = {}) {
      const written = await writeCheckpointFile(
        file(checkpointsFolder),
        name,
        content,
        Object.fromEntries(logFiles.map((each) => [each, log(each).flush()])),
        best,
      );
      // Who does not hold the run, as a test or a tool may not, writes no history.
      events?.append({ kind: 'checkpoint', name, best, file: relative(folder, written) });
      return written;
    },
    checkpoints: () => listCheckpoints(file(checkpointsFolder)),
    latestCheckpoint: () => readLatestCheckpoint(file(checkpointsFolder)),
    bestCheckpoint: () => readBestCheckpoint(file(checkpointsFolder)),
    rewindTo(checkpoint) {
      if (checkpoint !== undefined) requireLogs(folder, checkpoint, listCheckpoints(file(checkpointsFolder)));
      for (const name of logFiles) log(name).truncate(checkpoint?.logs[name]?.length ?? 0);
    },
    async writeFile(name, content) {
      requireOwn();
      await writeFileWhole(file(name), content, { makeFolder: false });
      return file(name);
    },
    file,
    acquireLease() {
      lease = acquireLease(folder, record().kind);
      return lease;
    },
    close() {
      for (const open of logs.values()) open.close();
      logs.clear();
      events?.close();
      events = undefined;
    },
  };
}

const metricsFile = 'metrics.jsonl';
const alphasFile = 'alphas.jsonl';
const logFiles = [metricsFile, alphasFile];
const checkpointsFolder = 'checkpoints';

async function writeRecord(folder: string, record: RunRecord): Promise<void> {
  await writeFileWhole(join(folder, recordFile), `${JSON.stringify(record, undefined, 2)}\n`, {
    makeFolder: false,
  });
}

/** By this a folder is known from another one that was put in its place; undefined where there is none. */
function identityOf(folder: string): string | undefined {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

function gone(folder: string): NascentError {
  return new NascentError('run/gone', `${folder} was moved or deleted, and nothing was written since`, {
    help: 'Give where it is now, or restore it from a copy.',
  });
}

/** The names in a folder, hidden ones (leftovers of killed writers among them) aside; 'file' for a file; undefined when there is nothing. */
function contents(path: string): readonly string[] | 'file' | undefined {
  if (!existsSync(path)) return undefined;
  if (!statSync(path).isDirectory()) return 'file';
  return readdirSync(path)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** At most four names, and how many more there are. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
