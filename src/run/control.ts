/**
 * The side of a control channel that works: a training loop calls `turn` once a step, and is paused there, writes
 * checkpoints there and stops there, whether the terminal asks for it, the parent process, or another process through
 * the run's mailbox (`mailbox.ts`).
 */

import { NascentError, messageOf } from '../errors.ts';
import type { ControlCommand, RunEvent } from './artefacts/events.ts';
import type { Answer } from './ask.ts';
import type { Mailbox, Request } from './mailbox.ts';

export interface Control {
  /**
   * Once a step, between two steps. Lets the event loop turn, so that what is asked is heard. Where the work is asked to
   * stop it calls `save` and throws the signal's reason; where it is asked to pause it calls `save`, in case that the
   * machine is not there to resume it, and returns when it is told to resume.
   *
   * @param save writes a checkpoint of where the loop stands
   */
  turn(save: () => Promise<void>): Promise<void>;
  /** How long the work has been paused in all: not part of how long it took. */
  readonly pausedSeconds: number;
}

/** Control by a signal alone, for loops outside a run, and for tests. */
export function signalControl(signal: AbortSignal): Control {
  return {
    async turn(save) {
      await breathe();
      if (!signal.aborted) return;
      await save();
      throw signal.reason;
    },
    pausedSeconds: 0,
  };
}

export interface ServedControl extends Control {
  /**
   * Answers what is still asked when the work has ended.
   *
   * @param stops what became of requests to stop
   */
  answerRest(stops: 'done' | 'ended'): void;
  /** Listens no more. */
  close(): void;
}

export interface ControlOptions {
  readonly mailbox: Mailbox;
  /** Aborted when the work is to stop, whoever asked. */
  readonly signal: AbortSignal;
  /** Makes `signal` abort. */
  readonly stop: (reason: NascentError) => void;
  readonly report: (event: RunEvent) => void;
  /** Told when the work is paused and when it is resumed. */
  readonly onPaused: (paused: boolean) => Promise<unknown>;
  /** Why all but a stop is refused: work that never calls `turn` can do nothing else. */
  readonly refusal?: string;
}

const lookEveryMs = 200;

/** Listens to the run's mailbox until closed. A stop is heard wherever the work is, the rest at the next turn. */
export function serveControl(options: ControlOptions): ServedControl {
  const { mailbox, signal, stop, report, onPaused, refusal } = options;
  const waiting: Request[] = [];
  const stops: Request[] = [];
  let wake = () => {};
  let paused = false;
  let pausedMs = 0;
  let pausedAt = 0;

  const answer = ({ id, command }: Request, outcome: Answer['outcome'], note?: string) =>
    report({ kind: 'answer', request: id, command, outcome, ...(note !== undefined && { note }) });
  const look = () => {
    const requests = mailbox.take();
    for (const request of requests) {
      if (request.command === 'stop') stops.push(request);
      else if (refusal === undefined) waiting.push(request);
      else answer(request, 'refused', refusal);
    }
    if (stops.length > 0 && !signal.aborted) stop(stoppedByRequest());
    if (requests.length > 0) wake();
  };
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  const timer = setInterval(look, lookEveryMs);

  /** Pausing what is paused, and resuming what is not, is done already. */
  const obey = async (command: ControlCommand, save: () => Promise<void>): Promise<void> => {
    if (command === 'checkpoint' || (command === 'pause' && !paused)) await save();
    if (command === 'pause' && !paused) {
      paused = true;
      pausedAt = performance.now();
      await onPaused(true);
      report({ kind: 'paused' });
    } else if (command === 'resume' && paused) {
      paused = false;
      pausedMs += performance.now() - pausedAt;
      await onPaused(false);
      report({ kind: 'resumed' });
    }
  };

  return {
    async turn(save) {
      await breathe();
      for (;;) {
        if (signal.aborted) {
          await save();
          throw signal.reason;
        }
        const request = waiting.shift();
        if (request !== undefined) {
          try {
            await obey(request.command, save);
          } catch (error) {
            answer(request, 'failed', messageOf(error));
            throw error;
          }
          answer(request, 'done');
        } else if (paused) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else {
          return;
        }
      }
    },
    get pausedSeconds() {
      return (pausedMs + (paused ? performance.now() - pausedAt : 0)) / 1000;
    },
    answerRest(outcome) {
      look();
      for (const request of stops.splice(0)) answer(request, outcome);
      for (const request of waiting.splice(0)) answer(request, 'ended');
    },
    close() {
      clearInterval(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

const onRequest = 'stopped on request';

/** Whether work that was interrupted was by another process, and not at its own terminal. */
export function isStopRequest(reason: unknown): boolean {
  return reason instanceof NascentError && reason.message === onRequest;
}

function stoppedByRequest(): NascentError {
  return new NascentError('interrupted', onRequest, {
    help: 'Nothing is left half-written. Run the same command again to resume.',
  });
}

/** Lets timers, signals and messages be heard. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
