/** A page that is written anew whenever its run changes, until the run ends. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NascentError } from '../errors.ts';
import { alphas } from '../run/artefacts/alphas.ts';
import { eventsFile } from '../run/artefacts/events.ts';
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
  let run = readRun(path);
  for (let before = ''; ;) {
    const now = traceOf(path, run);
    // As it is now: stopped while it writes, it still has a last page to write.
    const stopped = signal.aborted;
    const ended = stopped || !isAtWork(run);
    if (now !== before || ended) await write(run, ended);
    if (stopped) throw signal.reason as Error;
    if (ended) return run;
    before = now;
    await wait(everyMs, undefined, { signal }).catch(() => {});
    run = readAgain(path);
  }
}

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

const files = [
  'run.json',
  'genotype.json',
  eventsFile,
  ...[metrics, alphas, validation, parity].map(({ name }) => name),
];

/** The same for as long as the page would be: who died wrote nothing, so status is part of it. */
function traceOf(path: string, { status, training }: ReportedRun): string {
  const stamps = [path, join(path, 'train')].flatMap((folder) =>
    files.map((name) => {
      const found = statSync(join(folder, name), { throwIfNoEntry: false });
      return found === undefined ? '' : `${found.mtimeMs}:${found.size}`;
    }),
  );
  return [status, training?.status, ...stamps].join(' ');
}
