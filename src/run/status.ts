/** Where a run stands, which run.json alone does not say: who dies writes nothing down. */

import type { Run } from './directory.ts';
import { leaseHolder } from './lease.ts';
import type { LeaseHolder } from './lease.ts';
import type { RunRecord, RunStatus } from './record.ts';

/** The status of a run; `crashed` where it says that it is worked on, and nobody does. */
export function statusOf(run: Run): RunStatus {
  const said = run.record().status;
  return isWork(said) ? statusWith(said, leaseHolder(run.path), () => run.record().status) : said;
}

/**
 * The same of what was read already: what the run said, who held it after that, and what it says when asked again,
 * undefined where that cannot be read any more.
 */
export function statusWith(
  said: RunStatus,
  holder: LeaseHolder | undefined,
  again: () => RunStatus | undefined,
): RunStatus {
  if (!isWork(said) || holder !== undefined) return said;
  // Between the two looks its process may have ended in order.
  const after = again() ?? said;
  return after === said ? 'crashed' : after;
}

/** Whether a process should be at it. */
export function isWork(status: RunStatus): boolean {
  return status === 'running' || status === 'paused';
}

export interface Finished {
  readonly record: RunRecord;
  /** What the work on the run returned, as JSON; undefined for runs from before results were written down. */
  readonly result: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What a run came to; undefined while there is something left to do. A process that is killed after its run was done and
 * before it said so leaves a finished run, and resuming it is saying so.
 */
export function finished(run: Run): Finished | undefined {
  const record = run.record();
  if (record.status !== 'done') return undefined;
  const result = run.readEvents().findLast((event) => event.kind === 'result' && event.job === undefined);
  const value = result?.kind === 'result' ? result.value : undefined;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return { record, result: isObject ? value : undefined };
}
