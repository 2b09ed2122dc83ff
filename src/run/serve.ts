/**
 * The inside of a job's process: waits for the order to start, runs the job, sends what it says and how it ended.
 *
 * It ends by its parent's word. A signal from the terminal, an order to stop, and the parent's death all do the same:
 * the job's AbortSignal is aborted, and the job stops where it can be resumed.
 */

import { internal, NascentError } from '../errors.ts';
import { watchOver } from '../watchdog.ts';
import type { JobCommand, JobEvent } from './events.ts';
import { failureOf, interrupted } from './failure.ts';
import { checkedOrder, type JobTable } from './jobs.ts';
import { reporterTo } from './reporter.ts';

/** A job that cannot hear that its parent is gone, busy in a loop or in a native library, is ended after this long. */
const orphanGraceMs = 60_000;

/**
 * Serves one job to the parent of this process, then exits.
 *
 * @param graceMs how long it has to stop in order once its parent is gone
 */
export function serveJob(jobs: JobTable, graceMs: number = orphanGraceMs): void {
  const watch = watchOver({ graceMs });
  const stopping = new AbortController();
  const stop = () => stopping.abort(interrupted());
  const finish = (event: JobEvent, code: number) => send(event, () => process.exit(code));
  const fail = (error: unknown) => {
    const failure = failureOf(asInterruption(error, stopping.signal));
    finish({ kind: 'failed', error: failure }, failure.exitCode);
  };

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // With the parent gone its pipes are broken; what libraries say then is for nobody, and no reason to end in disorder.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('disconnect', () => {
    stop();
    if (!started) process.exit();
  });

  let started = false;
  process.on('message', (command: JobCommand) => {
    if (command.kind === 'stop') {
      stop();
      return;
    }
    started = true;
    // What has limits leaves nothing behind that it would have to put in order.
    const { limits } = command;
    if (limits !== undefined) watch.bound({ graceMs: 0, ...limits });
    const reporter = reporterTo((event) => {
      if (event.kind === 'stage' && (limits?.stage ?? event.stage) !== event.stage)
        watch.bound({ graceMs: 0 });
      if (limits?.quietSeconds !== undefined) watch.heard();
      send(event);
    });
    const run = async (): Promise<unknown> => {
      const row = jobs[command.job];
      if (row === undefined) throw internal(`there is no job "${command.job}"`);
      const order = checkedOrder(command.job, await row.order(), command.arguments);
      // Its schema has checked that it is what the job takes.
      return (await row.load())(order as never, reporter, stopping.signal);
    };
    run().then((value) => finish({ kind: 'result', value }, 0), fail);
  });
}

/** A library's own AbortError, once a stop was asked for, is that stop. */
function asInterruption(error: unknown, signal: AbortSignal): unknown {
  const aborted = error instanceof Error && error.name === 'AbortError' && !(error instanceof NascentError);
  return signal.aborted && aborted ? signal.reason : error;
}

function send(event: JobEvent, then: () => void = () => {}): void {
  // With the parent gone there is nobody to tell, but the job still ends in order.
  if (process.send === undefined || !process.connected) then();
  else process.send(event, undefined, undefined, () => then());
}
