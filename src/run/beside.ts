/**
 * What is done with a run that is not its own work (its cells trained by a demo, its model exported, validated, compared
 * in every runtime) is in its events as well, so that whoever watches the run sees it; and whoever may control the run may
 * stop it.
 */

import { hostname } from 'node:os';

import { NascentError, messageOf } from '../errors.ts';
import type { RunEvent } from './artefacts/events.ts';
import { serveControl } from './control.ts';
import type { ServedControl } from './control.ts';
import type { Run } from './directory.ts';
import type { JobEvent } from './events.ts';
import type { Lease } from './lease.ts';
import { openMailbox } from './mailbox.ts';

const progressEveryMs = 1_000;

/** @param stopped aborted when another process asks for it; never where nobody could ask */
export type BesideWork<T> = (listen: (event: JobEvent) => void, stopped: AbortSignal) => Promise<T>;

/**
 * Runs `body`, writing what it tells into the events of `run`. The status of the run stays what it is. Where another
 * process works on the run, its log is that process's, and nothing is written.
 *
 * @param job what it is called
 * @param listen told all the same
 * @throws what `body` throws; NascentError 'interrupted' where it was asked to stop, and ended all the same: what comes
 *   after it is not to begin
 */
export async function logBeside<T>(
  run: Run | undefined,
  job: string,
  listen: (event: JobEvent) => void,
  body: BesideWork<T>,
): Promise<T> {
  const asked = new AbortController();
  const lease = run === undefined ? undefined : leaseOf(run);
  if (run === undefined || lease === undefined) return body(listen, asked.signal);
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
    if (event.kind !== 'result' && event.kind !== 'failed') write(withoutFigures(event));
  };
  write({ kind: 'begun', stage: job, pid: process.pid, host: hostname() });
  const { control, close } = controlOf(run, lease, job, write, asked);
  try {
    const value = await body((event) => {
      log(event);
      listen(event);
    }, asked.signal);
    asked.signal.throwIfAborted();
    write({ kind: 'result', job, value: null });
    control?.answerRest('ended');
    return value;
  } catch (error) {
    const isStopped = error instanceof NascentError && error.code === 'interrupted';
    const thrown: unknown = isStopped && asked.signal.aborted ? asked.signal.reason : error;
    const message = messageOf(thrown);
    write(isStopped ? { kind: 'stopped', reason: message } : { kind: 'failed', error: { message } });
    control?.answerRest(isStopped ? 'done' : 'ended');
    throw thrown;
  } finally {
    close();
    lease.release();
    run.close();
  }
}

/** What steps of a training come to is for the log of that training: among a search's own they would be the search's. */
function withoutFigures(event: Exclude<JobEvent, { readonly kind: 'result' | 'failed' }>): RunEvent {
  if (event.kind !== 'progress') return event;
  const { figures: _, ...progress } = event;
  return progress;
}

/** Listens to who asks for a stop. Work that nobody can tell anything is done all the same. */
function controlOf(
  run: Run,
  { token, lost }: Lease,
  job: string,
  report: (event: RunEvent) => void,
  asked: AbortController,
): { readonly control?: ServedControl; readonly close: () => void } {
  try {
    const mailbox = openMailbox(run.path, token);
    const control = serveControl({
      mailbox,
      signal: asked.signal,
      stop: (reason) => asked.abort(reason),
      report,
      onPaused: async () => {},
      refusal: `its ${job} can be stopped, and begun again, and nothing else`,
    });
    const close = () => {
      control.close();
      if (!lost.aborted) mailbox.close();
    };
    return { control, close };
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    return { close() {} };
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
