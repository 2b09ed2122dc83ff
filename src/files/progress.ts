/**
 * How long work tells that it goes on, and how it is told to stop. Data code knows no terminal: it calls a function.
 */

import { kindOfGiven, NascentError } from '../errors.ts';

/** One report. `done` and `total` count the whole phase; `total` may be an estimate while `done` is below it. */
export interface ProgressEvent {
  readonly phase: 'download' | 'unpack' | 'decode' | 'check';
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes' | 'images';
  /** What is going on, in a few words, where the phase alone does not say. */
  readonly note?: string;
}

export type OnProgress = (event: ProgressEvent) => void;

/**
 * A program that is not checked by a compiler may hand over something else, which nothing ever stops, and which whatever
 * listens to it fails on, much later.
 *
 * @throws NascentError 'input/invalid'
 */
export function requireSignal(given: unknown, who: string): asserts given is AbortSignal {
  if (given instanceof AbortSignal) return;
  throw new NascentError('input/invalid', `${who} was given ${kindOfGiven(given)} as its signal`, {
    help: 'Give the signal of an AbortController: new AbortController().signal.',
  });
}

/**
 * Leaves where the signal says so.
 *
 * @throws the signal's own reason where that is a NascentError, else NascentError `interrupted`
 */
export function stopIfAborted(signal: AbortSignal | undefined, help: string): void {
  if (signal?.aborted !== true) return;
  const reason: unknown = signal.reason;
  if (reason instanceof NascentError) throw reason;
  throw new NascentError('interrupted', 'interrupted', { help, cause: reason });
}
