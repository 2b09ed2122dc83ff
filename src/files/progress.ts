/**
 * How long work tells that it goes on, and how it is told to stop. Data code knows no terminal: it calls a function.
 */

import { NascentError } from '../errors.ts';

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
