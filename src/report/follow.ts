/** A page that is written anew whenever its run changes, until the run ends. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NascentError } from '../errors.ts';
import { stampOf } from '../files/when-changed.ts';
import { alphas } from '../run/artefacts/alphas.ts';
import { eventsFile } from '../run/artefacts/events.ts';
import { metrics } from '../run/artefacts/metrics.ts';
import { parity, validation } from '../run/artefacts/results.ts';
import { goneWhile } from '../run/gone.ts';
import type { RunStatus } from '../run/record.ts';
import { readRun, type ReportedRun, type RunLogs } from './read-run.ts';
import { isUnderWay } from './under-way.ts';

/** How long between two looks at the files. */
const lookMs = 1000;
/** How long after a page the next is written of what came in meanwhile where no epoch ended: at least so long ... */
const restMs = 2000;
/** ... and so many times as long as the page took, so that whoever trains keeps all but a few percent of a core. */
const restShare = 20;

export interface Following {
  /** @param ended whether this is the last page, whatever it says of the run */
  readonly write: (run: ReportedRun, ended: boolean) => Promise<void>;
  /** Ends it: the page is written a last time. */
  readonly signal: AbortSignal;
  readonly everyMs?: number;
  /** The least time between two pages of one epoch, in milliseconds. */
  readonly restMs?: number;
}

/**
 * Writes the page now, and again after every change: at once where an epoch ended, something was measured or the run
 * stands elsewhere, and after a rest where there is news of the steps, checks or exports between them. Returns the run as
 * it was when nobody worked on it or on the training in its folder, nor did a little later: between the parts of a demo
 * there are moments.
 *
 * @throws NascentError 'run/not-a-run', 'run/gone' where the folder went away; the signal's reason when stopped
 */
export async function followRun(
  path: string,
  { write, signal, everyMs = lookMs, restMs: least = restMs }: Following,
): Promise<ReportedRun> {
  // Before it is read: what is written meanwhile is seen at the next look.
  let traces = tracesOf(path);
  let run = readRun(path);
  let took = performance.now();
  let written = '';
  /** Until when news alone is no reason for a page. */
  let restUntil = 0;
  /** How many looks ago somebody worked on it. */
  let unworked = Infinity;
  for (let looks = 1; ; looks++) {
    // As it is now: stopped while it writes, it still has a last page to write.
    const stopped = signal.aborted;
    const isWorked = isAtWork(run);
    unworked = isWorked ? 0 : unworked + 1;
    // Somebody else may take up what is done, as a demo does.
    const inDoubt = !isWorked && !stopped && run.status === 'done' && unworked <= looksInDoubt;
    const ended = !isWorked && !inDoubt;
    const now = [traces.files, traces.news, run.status, run.training?.status].join(' ');
    if ((now !== written && !inDoubt) || ended || stopped) {
      await write(run, ended || stopped);
      took = performance.now() - took;
      restUntil = performance.now() + Math.max(least, restShare * took);
    }
    if (stopped) throw signal.reason as Error;
    if (ended) return run;
    if (!inDoubt) written = now;
    await wait(everyMs, undefined, { signal }).catch(() => {});
    const found = tracesOf(path);
    const isNews = found.news !== traces.news && performance.now() >= restUntil;
    // Who dies changes no file.
    const isWritten = found.files !== traces.files || isNews;
    if (!isWritten && !inDoubt && looks % looksAtStatus > 0 && !signal.aborted) continue;
    if (isWritten) traces = found;
    took = performance.now();
    run = readAgain(path);
  }
}

/** So many looks more are taken at what is done, and nobody works on any more, before it is said to have ended. */
const looksInDoubt = 2;

/** After so many looks at the files it is asked whether anybody still works on the run. */
const looksAtStatus = 10;

/**
 * A run of which nobody can say where it stands is watched on: somebody may be writing its record. So is one that is done
 * while it is exported, validated or compared.
 */
function isAtWork({ training, ...run }: ReportedRun): boolean {
  const working = (each: RunLogs) => each.status === undefined || atWork.has(each.status) || isUnderWay(each);
  return working(run) || (training !== undefined && working(training));
}

const atWork: ReadonlySet<RunStatus> = new Set(['created', 'running', 'paused']);

function readAgain(path: string): ReportedRun {
  try {
    return readRun(path);
  } catch (error) {
    if (!(error instanceof NascentError) || error.code !== 'run/not-a-run') throw error;
    throw goneWhile(path, 'followed', error);
  }
}

/** What the charts, the cells and the tables of a page are made of. */
const files = ['run.json', 'genotype.json', ...[metrics, alphas, validation, parity].map(({ name }) => name)];

interface Traces {
  /** The same for as long as none of `files` was written. */
  readonly files: string;
  /** The same for as long as nothing happened: the events, most of which are progress. */
  readonly news: string;
}

function tracesOf(path: string): Traces {
  const folders = [path, join(path, 'train')];
  const stampsOf = (names: readonly string[]) =>
    folders.flatMap((folder) => names.map((name) => stampOf(join(folder, name)))).join(' ');
  return { files: stampsOf(files), news: stampsOf([eventsFile]) };
}
