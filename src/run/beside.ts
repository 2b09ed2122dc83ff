/**
 * What is done with a run that is not its own work (its model exported, validated, compared in every runtime) is in its
 * events as well, so that whoever watches the run sees it.
 */

import { hostname } from 'node:os';

import { NascentError, messageOf } from '../errors.ts';
import type { RunEvent } from './artefacts/events.ts';
import type { Run } from './directory.ts';
import type { JobEvent } from './events.ts';
import type { Lease } from './lease.ts';

const progressEveryMs = 1_000;

/**
 * Runs `body`, writing what it tells into the events of `run`. The status of the run stays what it is. Where another
 * process works on the run, its log is that process's, and nothing is written.
 *
 * @param listen told all the same
 */
export async function logBeside<T>(
  run: Run | undefined,
  job: string,
  listen: (event: JobEvent) => void,
  body: (listen: (event: JobEvent) => void) => Promise<T>,
): Promise<T> {
  const lease = run === undefined ? undefined : leaseOf(run);
  if (run === undefined || lease === undefined) return body(listen);
  let lastProgress = -Infinity;
  /** What cannot be written down is no reason to stop what it is about. */
  const write = (event: RunEvent) => {
    if (lease.lost.aborted) return;
    try {
      run.appendEvent(event);
    } catch (error) {
      if (!(error instanceof NascentError)) throw error;
    }
  };
  const log = (event: JobEvent) => {
    if (event.kind === 'progress') {
      const now = performance.now();
      if (event.done < event.total && now - lastProgress < progressEveryMs) return;
      lastProgress = now;
    }
    if (event.kind !== 'result' && event.kind !== 'failed') write(event);
  };
  write({ kind: 'begun', stage: job, pid: process.pid, host: hostname() });
  try {
    const value = await body((event) => {
      log(event);
      listen(event);
    });
    write({ kind: 'result', job, value: null });
    return value;
  } catch (error) {
    const message = messageOf(error);
    const isStopped = error instanceof NascentError && error.code === 'interrupted';
    write(isStopped ? { kind: 'stopped', reason: message } : { kind: 'failed', error: { message } });
    throw error;
  } finally {
    lease.release();
    run.close();
  }
}

/** Undefined where another process holds the run, or its folder cannot be written to. */
function leaseOf(run: Run): Lease | undefined {
  try {
    return run.acquireLease();
  } catch (error) {
    if (error instanceof NascentError) return undefined;
    throw error;
  }
}
