/** The side of a control channel that asks: tells the process that works on a run what to do, and waits for its answer. */

import { setTimeout as sleep } from 'node:timers/promises';

import { NascentError } from '../errors.ts';
import type { ControlCommand } from './artefacts/events.ts';
import type { Run } from './directory.ts';
import { leaseHolder } from './lease.ts';
import { post } from './mailbox.ts';

export interface Answer {
  readonly command: ControlCommand;
  /** The process that was asked. */
  readonly pid: number;
  readonly host: string;
  /** `ended`: the work had ended before it came to it; `refused`: it goes on, and cannot do that. */
  readonly outcome: 'done' | 'failed' | 'refused' | 'ended';
  readonly note?: string | undefined;
}

export interface AskOptions {
  readonly waitSeconds: number;
  readonly signal?: AbortSignal;
}

const lookEveryMs = 100;

/**
 * Asks the process that works on `run`, and returns its answer. A stop is answered once the run is stopped and let go.
 *
 * @throws NascentError 'run/not-running' where no process works on it, or it died before it answered; 'run/unanswered'
 *   after `waitSeconds`: the request stays, and is carried out when the process comes to it
 */
export async function askRun(
  run: Run,
  command: ControlCommand,
  { waitSeconds, signal }: AskOptions,
): Promise<Answer> {
  const holder = leaseHolder(run.path);
  if (holder === undefined) throw notRunning(run);
  const { pid, host, token } = holder;
  const request = await post(run.path, token, command);
  // Between taking the lease and listening, and between the last answer and letting go, are moments.
  if (request === undefined) throw notListening(run, pid, host);
  const answerNow = () =>
    run.readEvents().findLast((event) => event.kind === 'answer' && event.request === request);
  const held = () => leaseHolder(run.path)?.token === token;

  const until = performance.now() + waitSeconds * 1000;
  while (performance.now() < until) {
    // Before the answer is looked for: the process may answer and end in between.
    const working = held();
    const answer = answerNow();
    if (answer?.kind === 'answer' && !(command === 'stop' && working)) {
      return { command, pid, host, outcome: answer.outcome, note: answer.note };
    }
    if (!working) throw died(run, pid, command);
    await sleep(lookEveryMs, undefined, { signal });
  }
  throw new NascentError(
    'run/unanswered',
    `process ${pid} on ${host} has not answered within ${waitSeconds} seconds`,
    {
      help: 'It answers between two steps of training, and will do then what it was asked to. Its answer is in events.jsonl.',
    },
  );
}

function notRunning(run: Run): NascentError {
  const { kind, status } = run.record();
  const resume = `Resume it: nascent ${kind} --resume ${run.path}`;
  const [state, help] =
    status === 'done'
      ? ['it is done', 'There is nothing to control.']
      : status === 'running' || status === 'paused'
        ? ['the process that did has died', resume]
        : [`its status is ${status}`, resume];
  return new NascentError('run/not-running', `no process is working on ${run.path}: ${state}`, { help });
}

function notListening(run: Run, pid: number, host: string): NascentError {
  return new NascentError(
    'run/not-running',
    `process ${pid} on ${host} works on ${run.path}, and is not listening: it is just beginning or ending`,
    { help: 'Try again in a moment.' },
  );
}

function died(run: Run, pid: number, command: ControlCommand): NascentError {
  const help = `Resume the run: nascent ${run.record().kind} --resume ${run.path}`;
  return new NascentError('run/not-running', `process ${pid} died before it answered to ${command}`, {
    help,
  });
}
