/**
 * A job: work in a process of its own, as a row of a table. The table itself is where everything may be imported,
 * `src/cli/shell/jobs.ts`; the process that starts jobs takes its types from it, and the one that runs them its modules.
 */

import type { Reporter } from './reporter.ts';

/**
 * A job checks its order itself, by the schema of the room that it is of: it has come from another process. When
 * `signal` is aborted it leaves its files in order and throws the signal's reason; it must let the event loop turn now
 * and then (`setImmediate`) to learn of it.
 */
export type Job<R = unknown> = (order: unknown, reporter: Reporter, signal: AbortSignal) => Promise<R>;

/** @typeParam O what it is told @typeParam R what comes of it */
export interface JobRow<O, R> {
  /** Loads its module, in the process that runs it: an export needs no TensorFlow. */
  readonly load: () => Promise<Job<R>>;
  /** The folder of the run that it is to make or resume, if it does: told when its process dies. */
  readonly runOf: (order: O) => string | undefined;
}

/** A row for orders of type `O`; what comes of the job is what its function returns. */
export function jobFor<O>() {
  return <R>(
    load: () => Promise<Job<R>>,
    runOf: (order: O) => string | undefined = () => undefined,
  ): JobRow<O, R> => ({ load, runOf });
}

/** What the process that runs jobs needs of a table of them. */
export type JobTable = Readonly<Record<string, { readonly load: () => Promise<Job> }>>;
