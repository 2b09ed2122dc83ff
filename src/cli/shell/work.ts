/**
 * What commands that take long have in common: one progress view, Ctrl-C answered, and jobs in child processes.
 */

import { NascentError } from '../../errors.ts';
import { spawnJob } from '../../run/child.ts';
import type { JobEvent } from '../../run/events.ts';
import { logBeside } from '../../run/beside.ts';
import type { Run } from '../../run/directory.ts';
import type { Limits } from '../../watchdog.ts';
import { reporterTo } from '../../run/reporter.ts';
import type { Reporter } from '../../run/reporter.ts';
import { runWithProgress } from '../../tui/run-with-progress.ts';
import type { Report } from '../../tui/run-with-progress.ts';
import { interruptible } from './interrupt.ts';
import { jobs } from './jobs.ts';
import type { JobName, OrderOf, OutcomeOf } from './jobs.ts';

export interface Work {
  readonly report: Report;
  /** The same, for code that reports in this process. */
  readonly reporter: Reporter;
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal;
  /** Runs a job in a process of its own. */
  readonly job: <N extends JobName>(
    name: N,
    order: OrderOf<N>,
    options?: JobOptions,
  ) => Promise<OutcomeOf<N>>;
}

export interface JobOptions {
  /** Told what happens instead of whoever shows it. */
  readonly listen?: (event: JobEvent) => void;
  /** The run that it is done with, where it is not the run's own work: its events say so. */
  readonly beside?: Run | undefined;
  /** What it is called there. Default: the job's name. */
  readonly as?: string;
  /** Ends the job's process at once: for one that leaves nothing to be resumed. */
  readonly end?: AbortSignal;
  /** What its process may take. */
  readonly limits?: Limits;
}

export interface WorkOptions {
  /** Shows what native libraries say. */
  readonly verbose: boolean;
  /** What to do after an interruption, asked when it happens. */
  readonly onInterrupt?: () => string;
}

/** Sources run as they are, or built. The compiler rewrites the endings of imports, but not this one. */
const worker = new URL(import.meta.url.endsWith('.ts') ? 'worker.ts' : 'worker.js', import.meta.url);

/**
 * Runs `body`, showing how it goes.
 *
 * @throws what `body` throws; NascentError `interrupted` with the help of `onInterrupt`
 */
export async function work<T>(
  title: string,
  { verbose, onInterrupt }: WorkOptions,
  body: (work: Work) => Promise<T>,
): Promise<T> {
  const said = once();
  let resumable = true;
  try {
    return await interruptible(({ stop, kill }) =>
      runWithProgress(title, (report) =>
        body({
          report,
          reporter: reporterTo(report),
          stop,
          job: async (name, order, { listen = said(report), end, beside, as = name, limits } = {}) => {
            const killed = end === undefined ? kill : AbortSignal.any([kill, end]);
            const output = verbose ? { onOutput: notesOf(report) } : {};
            // The row of a name takes the orders of that name.
            const runOf = jobs[name].runOf as (order: unknown) => string | undefined;
            const job = { job: name, arguments: order, worker, run: runOf(order), limits };
            resumable &&= job.run !== undefined;
            // The worker runs the job of that row.
            return (await logBeside(beside, as, listen, (both, stopped) =>
              spawnJob(job, both, { stop: AbortSignal.any([stop, stopped]), kill: killed, ...output }),
            )) as never;
          },
        }),
      ),
    );
  } catch (error) {
    if (!(error instanceof NascentError) || error.code !== 'interrupted') throw error;
    const help = onInterrupt?.() ?? (resumable ? error.help : 'Nothing is left half-written.');
    throw new NascentError('interrupted', error.message, { help, cause: error });
  }
}

/** A note that an earlier job of the same work has given, such as the runtime and why, is not given again. */
function once(): (report: Report) => Report {
  const given = new Set<string>();
  return (report) => (event) => {
    if (event.kind === 'note' && given.has(event.text)) return;
    if (event.kind === 'note') given.add(event.text);
    report(event);
  };
}

/** Output as notes, a line each: whatever is drawn in place would write over anything else. */
function notesOf(report: Report): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') report({ kind: 'note', text: line });
  };
}
