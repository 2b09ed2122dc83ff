/**
 * Ctrl-C, in two steps: the first asks the work to stop in order, the second ends it at once.
 *
 * SIGTERM and SIGHUP, a machine that shuts down or a terminal that closes, ask as the first Ctrl-C does. So does whoever
 * read what is said, by going away: `search … 2>&1 | head`.
 */

import { exitCodes } from '../../errors.ts';
import { interrupted } from '../../run/failure.ts';
import { onLost } from '../../tui/terminal.ts';

export interface StopSignals {
  /** Aborted with a NascentError `interrupted` as its reason. */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How long what is being ended has to end before the command ends without it. */
const lastMs = 1_000;

let underWay = 0;

/** Whether there is work that a signal, or the end of its output, asks to stop. */
export function isInterruptible(): boolean {
  return underWay > 0;
}

/** Runs `work`, answering the terminal's signals meanwhile. */
export async function interruptible<T>(work: (signals: StopSignals) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const kill = new AbortController();
  const answer = () => {
    if (!stop.signal.aborted) {
      stop.abort(interrupted());
      return;
    }
    kill.abort(interrupted());
    setTimeout(() => process.exit(exitCodes.interrupted), lastMs).unref();
  };
  for (const signal of signals) process.on(signal, answer);
  // Only asks: both outputs may be one pipe, and a person who closed it did not press Ctrl-C twice.
  const unheard = onLost((_, error) => {
    if (error.code === 'EPIPE' && !stop.signal.aborted) answer();
  });
  underWay++;
  try {
    return await work({ stop: stop.signal, kill: kill.signal });
  } finally {
    underWay--;
    unheard();
    for (const signal of signals) process.off(signal, answer);
  }
}
