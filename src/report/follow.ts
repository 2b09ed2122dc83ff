/** A page that is written anew whenever its run changes, until the run ends. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NascentError } from '../errors.ts';
import { alphas } from '../run/artefacts/alphas.ts';
import { metrics } from '../run/artefacts/metrics.ts';
import { parity, validation } from '../run/artefacts/results.ts';
import type { RunStatus } from '../run/record.ts';
import { readRun, type ReportedRun } from './read-run.ts';

/** How long between two looks at the files. */
const lookMs = 1000;

export interface Following {
  /** @param ended whether this is the last page, whatever it says of the run */
  readonly write: (run: ReportedRun, ended: boolean) => Promise<void>;
  /** Ends it: the page is written a last time. */
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

/**
 * Writes the page now, and again after every change; returns the run as it was when neither it nor the training in its
 * folder was being worked on.
 *
 * @throws NascentError 'run/not-a-run', 'run/gone' where the folder went away; the signal's reason when stopped
 */
export async function followRun(
  path: string,
  { write, signal, everyMs = lookMs }: Following,
): Promise<ReportedRun> {
  // Before it is read: what is written meanwhile is seen at the next look.
  let trace = traceOf(path);
  let run = readRun(path);
  let written = '';
  for (let looks = 1; ; looks++) {
    // As it is now: stopped while it writes, it still has a last page to write.
    const stopped = signal.aborted;
    const ended = stopped || !isAtWork(run);
    const now = [trace, run.status, run.training?.status].join(' ');
    if (now !== written || ended) await write(run, ended);
    if (stopped) throw signal.reason as Error;
    if (ended) return run;
    written = now;
    await wait(everyMs, undefined, { signal }).catch(() => {});
    const before = trace;
    trace = traceOf(path);
    // Who dies changes no file.
    if (trace !== before || looks % looksAtStatus === 0 || signal.aborted) run = readAgain(path);
  }
}

/** After so many looks at the files it is asked whether anybody still works on the run. */
const looksAtStatus = 10;

/** A run of which nobody can say where it stands is watched on: somebody may be writing its record. */
function isAtWork({ status, training }: ReportedRun): boolean {
  const working = (each: RunStatus | undefined) => each === undefined || atWork.has(each);
  return working(status) || (training !== undefined && working(training.status));
}

const atWork: ReadonlySet<RunStatus> = new Set(['created', 'running', 'paused']);

function readAgain(path: string): ReportedRun {
  try {
    return readRun(path);
  } catch (error) {
    if (!(error instanceof NascentError) || error.code !== 'run/not-a-run') throw error;
    throw new NascentError('run/gone', `${path} was moved or deleted while it was followed`, {
      help: 'Give where it is now.',
      cause: error,
    });
  }
}

/**
 * What a page is made of. Not the events: most of them are progress, which it does not show, and to draw a page takes
 * a good part of a second from whoever trains.
 */
const files = ['run.json', 'genotype.json', ...[metrics, alphas, validation, parity].map(({ name }) => name)];

/** The same for as long as no file of the page was written. */
function traceOf(path: string): string {
  const stamps = [path, join(path, 'train')].flatMap((folder) =>
    files.map((name) => stampOf(join(folder, name))),
  );
  return stamps.join(' ');
}

function stampOf(file: string): string {
  try {
    const { mtimeMs, size } = statSync(file);
    return `${mtimeMs}:${size}`;
  } catch {
    // Not there yet, or not ours to see.
    return '';
  }
}
