/** Working on a run: the lease held, the status true, what happens written down, whatever happens. */
import { hostname } from 'node:os';
import { sweepTemporaries } from '../files/files.ts';
import { NascentError, messageOf } from '../errors.ts';
import type { RunEvent } from './artefacts/events.ts';
import { serveControl } from './control.ts';
import type { Control, ServedControl } from './control.ts';
import type { Run } from './directory.ts';
import { openMailbox } from './mailbox.ts';
import type { Mailbox } from './mailbox.ts';
import { both, reporterTo, silentReporter } from './reporter.ts';
import type { Reporter } from './reporter.ts';

/** What the work on a run is given. */
export interface Held {
  /** To be called once a step. */
  readonly control: Control;
  /** Says to the reporter that was given, and to the run's events. */
  readonly reporter: Reporter;
}

type EventOf<K extends RunEvent['kind']> = Extract<RunEvent, { readonly kind: K }>;

/** Progress in events.jsonl is for those who look in now and then. */
const loggedProgressEveryMs = 1_000;

/**
 * Runs `body` as the one process that works on `run`. The status is `running` meanwhile (or `paused`, see `control.ts`);
 * then `done`, or `stopped` or `failed` with the reason. The signal that `body` gets is aborted when `signal` is, when
 * another process asks for it, or when the lease is lost.
 *
 * @param reporter whom to tell what `body` reports, beside the run's events
 * @throws NascentError 'run/busy' where another process works on it; what `body` throws
 */
export async function holdRun<T>(
  run: Run,
  stage: string,
  signal: AbortSignal,
  body: (signal: AbortSignal, held: Held) => Promise<T>,
  reporter: Reporter = silentReporter,
): Promise<T> {
  const lease = run.acquireLease();
  const asked = new AbortController();
  const either = AbortSignal.any([signal, asked.signal, lease.lost]);
  const report = (event: RunEvent) => run.appendEvent(event);
  const logged = reporterTo(report, undefined, loggedProgressEveryMs);
  let mailbox: Mailbox | undefined;
  let control: ServedControl | undefined;
  try {
    await sweepTemporaries(run.path);
    await run.update({ status: 'running', stage });
    report({ kind: 'begun', stage, pid: process.pid, host: hostname() });
    mailbox = openMailbox(run.path, lease.token);
    control = serveControl({
      mailbox,
      signal: either,
      stop: (reason) => asked.abort(reason),
      report,
      onPaused: (paused) => run.update({ status: paused ? 'paused' : 'running' }),
    });
    const value = await body(either, { control, reporter: both(reporter, logged) });
    logged.flush();
    // The result first: a run that is done says what came of it, wherever its process is killed.
    report({ kind: 'result', value: asJson(value) });
    await run.update({ status: 'done', stage });
    control.answerRest('ended');
    return value;
  } catch (error) {
    // With the lease lost, the run's files are another process's.
    if (!lease.lost.aborted) {
      await heard(async () => {
        const stopped = signal.aborted || asked.signal.aborted;
        const reason = messageOf(error);
        logged.flush();
        await run.update({ status: stopped ? 'stopped' : 'failed', stage, reason });
        report(stopped ? { kind: 'stopped', reason } : { kind: 'failed', error: failureIn(error) });
        control?.answerRest(stopped ? 'done' : 'ended');
      });
    }
    throw error;
  } finally {
    control?.close();
    if (!lease.lost.aborted) mailbox?.close();
    lease.release();
    run.close();
  }
}

/** What went wrong first is what the user should hear of, not that it could not be written down. */
async function heard(write: () => Promise<void>): Promise<void> {
  await write().catch(() => {});
}

function failureIn(error: unknown): EventOf<'failed'>['error'] {
  if (!(error instanceof NascentError)) return { message: messageOf(error) };
  return { message: error.message, code: error.code, help: error.help };
}

/** What JSON can say of a value: numbers that it lacks are null. */
function asJson(value: unknown): EventOf<'result'>['value'] {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as EventOf<'result'>['value']);
}
