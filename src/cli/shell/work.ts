/**
 * What commands that take long have in common: one progress view, Ctrl-C answered, and jobs in child processes.
 */

import { NascentError } from '../../errors.ts';
import type { AnyValidateOrder, AnyValidation } from '../../evaluate/validate.ts';
import type { ExportOrder, ExportOutcome } from '../../model/export.ts';
import type { ParityReport } from '../../parity/parity-report.ts';
import type { ParityOrder } from '../../parity/parity.ts';
import { spawnJob } from '../../run/child.ts';
import { reporterTo } from '../../run/reporter.ts';
import type { Reporter } from '../../run/reporter.ts';
import type { SearchOrder, SearchOutcome } from '../../search/job.ts';
import type { TrainOrder, TrainOutcome } from '../../train/job.ts';
import { runWithProgress } from '../../tui/run-with-progress.ts';
import type { Report } from '../../tui/run-with-progress.ts';
import { interruptible } from './interrupt.ts';

/** Each job's order and what comes of it. */
interface Jobs {
  readonly search: { readonly order: SearchOrder; readonly outcome: SearchOutcome };
  readonly train: { readonly order: TrainOrder; readonly outcome: TrainOutcome };
  readonly export: { readonly order: ExportOrder; readonly outcome: ExportOutcome };
  readonly validate: { readonly order: AnyValidateOrder; readonly outcome: AnyValidation };
  readonly parity: { readonly order: ParityOrder; readonly outcome: ParityReport };
}

export interface Work {
  readonly report: Report;
  /** The same, for code that reports in this process. */
  readonly reporter: Reporter;
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal;
  /** Runs a job in a process of its own. */
  readonly job: <N extends keyof Jobs>(name: N, order: Jobs[N]['order']) => Promise<Jobs[N]['outcome']>;
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
  try {
    return await interruptible(({ stop, kill }) =>
      runWithProgress(title, (report) =>
        body({
          report,
          reporter: reporterTo(report),
          stop,
          job: async (name, order) => {
            const control = { stop, kill, ...(verbose && { onOutput: notesOf(report) }) };
            // The worker's table holds jobs of these very types.
            const job = { job: name, arguments: order, worker, run: runOf(order) };
            return (await spawnJob(job, said(report), control)) as never;
          },
        }),
      ),
    );
  } catch (error) {
    if (!(error instanceof NascentError) || error.code !== 'interrupted') throw error;
    const help = onInterrupt?.() ?? error.help;
    throw new NascentError('interrupted', error.message, { help, cause: error });
  }
}

/** The folder of the run that an order is to make or to resume. */
function runOf(order: object): string | undefined {
  if ('kind' in order && order.kind === 'new' && 'out' in order) return String(order.out);
  return 'kind' in order && order.kind === 'resume' && 'run' in order ? String(order.run) : undefined;
}

/** A note that an earlier job of the same work has given, such as the engine and why, is not given again. */
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
