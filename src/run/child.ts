/**
 * Runs a job in a child process, so that a crash in a native library, or a lack of memory, ends the job and not the
 * command, and Ctrl-C can be answered at once.
 */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { NascentError } from '../errors.ts';
import { isStopRequest } from './control.ts';
import { crashError } from './crash.ts';
import { noteDeath } from './death.ts';
import type { JobCommand, JobEvent } from './events.ts';
import { withLargePages } from './large-pages.ts';
import { errorOf, interrupted } from './failure.ts';
import type { Limits } from '../watchdog.ts';

/** How long a job that makes no run has to stop by itself. */
const patienceMs = 2_000;

export interface JobOrder {
  /** Its name in the worker's table. */
  readonly job: string;
  /** A structured clone of it reaches the job. */
  readonly arguments: unknown;
  /** The module that calls `serveJob`; TypeScript or built. */
  readonly worker: URL;
  /** The folder of the run that the job is to make or resume, if it does: it is told when the process dies. */
  readonly run?: string | undefined;
  /** What its process may take, which then also dies with this one. */
  readonly limits?: Limits | undefined;
}

export interface JobControl {
  /** Asks the job to stop where it can be resumed. */
  readonly stop: AbortSignal;
  /** Ends the process at once. */
  readonly kill?: AbortSignal;
  /** What the process writes to its stdout and stderr: talk of native libraries, not data. */
  readonly onOutput?: (text: string) => void;
}

/**
 * Runs a job to its end and returns its result.
 *
 * @param onEvent told of everything that happens, the result or failure included
 * @throws what the job threw; NascentError `interrupted` when it was stopped or killed by request, `runtime/failed` when
 *   its process crashed
 */
export function spawnJob(
  order: JobOrder,
  onEvent: (event: JobEvent) => void,
  control: JobControl,
): Promise<unknown> {
  if (control.stop.aborted) return Promise.reject(interrupted());
  const child = fork(fileURLToPath(order.worker), [], {
    env: withLargePages(process.env),
    execArgv: loaderArguments(order.worker),
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = keepTail(child, control.onOutput);

  // A child that is already gone is dealt with when its end is seen.
  const tell = (command: JobCommand) => child.connected && child.send(command, () => {});

  return new Promise((resolve, reject) => {
    let end: JobEvent | undefined;
    const kill = () => void child.kill('SIGKILL');
    let patience: NodeJS.Timeout | undefined;
    const stop = () => {
      tell({ kind: 'stop' });
      const text = isStopRequest(control.stop.reason)
        ? 'Stopping, as another process asked.'
        : order.run === undefined
          ? 'Stopping.'
          : 'Stopping where it can be resumed. Ctrl-C again ends it at once.';
      onEvent({ kind: 'note', text });
      // What cannot be resumed has nothing to put in order, and may be in a loop in which it hears of nothing.
      if (order.run === undefined) patience = setTimeout(kill, patienceMs);
    };
    control.stop.addEventListener('abort', stop, { once: true });
    control.kill?.addEventListener('abort', kill, { once: true });

    child.on('message', (event: JobEvent) => {
      if (event.kind === 'result' || event.kind === 'failed') end = event;
      onEvent(event);
    });
    let settled = false;
    const settle = (code: number | null, signal: NodeJS.Signals | null) => {
      if (settled) return;
      settled = true;
      clearTimeout(patience);
      control.stop.removeEventListener('abort', stop);
      control.kill?.removeEventListener('abort', kill);
      if (end?.kind === 'result') resolve(end.value);
      else if (end?.kind === 'failed') reject(errorOf(end.error));
      else lament(order, child.pid, control, [code, signal, output()]).then(reject, reject);
    };
    child.on('error', reject);
    // `close` comes after the last message and the last output. A process that the job left behind can hold the pipes
    // open, and is not waited for.
    child.on('close', settle);
    child.on('exit', (code, signal) => setTimeout(settle, 2_000, code, signal).unref());

    tell({ kind: 'start', job: order.job, arguments: order.arguments, limits: order.limits });
  });
}

/** The error of a process that ended without a word, once its run knows of it. */
async function lament(
  { job, run, limits }: JobOrder,
  pid: number | undefined,
  { stop }: JobControl,
  [code, signal, output]: readonly [number | null, NodeJS.Signals | null, string],
): Promise<NascentError> {
  const asked = stop.aborted;
  const crash = crashError(job, code, signal, output, limits);
  const reason = asked ? 'ended at once, as asked' : crash.message;
  const resume = run === undefined ? undefined : await noteDeath(run, pid, reason, asked);
  if (asked) return interrupted();
  if (resume === undefined) return crash;
  return new NascentError(crash.code, crash.message, {
    help: `${crash.help}\n${resume}`,
    cause: crash.cause,
  });
}

/** In development the sources are run as they are, so the child needs the loader that this process has. */
function loaderArguments(worker: URL): string[] {
  if (!worker.pathname.endsWith('.ts')) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}

/** The last of what a process writes, for the message if it crashes. */
function keepTail(child: ChildProcess, onOutput: ((text: string) => void) | undefined): () => string {
  const limit = 8_192;
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-limit);
      onOutput?.(text);
    });
  }
  return () => tail;
}
