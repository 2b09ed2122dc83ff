/** The shell's job control: a terminal is given to it on Ctrl-Z, and taken back on `fg`. */

import { isInForeground } from './foreground.ts';

export interface JobControl {
  /** Whoever comes next has the terminal. */
  readonly give: () => void;
  /** The process goes on. It may have been stopped by what cannot be heard, SIGSTOP, so nothing need have been given. */
  readonly take: () => void;
}

/** Where nobody could make a process go on, the system does not stop it. */
const stoppedWithinMs = 1_000;

/** How often a process that goes on in the background looks whether it was brought to the front. */
const lookEveryMs = 300;

/** Listens to SIGTSTP and SIGCONT until what it returns is called. */
export function holdByShell({ give, take }: JobControl, isInFront = isInForeground): () => void {
  const stop = () => {
    clearTimeout(waiting);
    give();
    // Without a listener the signal does what it does by default: the process stands still, until SIGCONT.
    process.off('SIGTSTP', stop);
    process.kill(process.pid, 'SIGTSTP');
    unstopped = setTimeout(goOn, stoppedWithinMs);
  };
  let unstopped: NodeJS.Timeout | undefined;
  let waiting: NodeJS.Timeout | undefined;
  const goOn = () => {
    clearTimeout(unstopped);
    process.off('SIGTSTP', stop).on('SIGTSTP', stop);
    takeInFront();
  };
  // After `bg` the terminal is the shell's, and no signal says when `fg` gives it back to a process that runs.
  const takeInFront = () => {
    clearTimeout(waiting);
    if (isInFront()) take();
    else waiting = setTimeout(takeInFront, lookEveryMs);
  };
  process.on('SIGTSTP', stop).on('SIGCONT', goOn);
  return () => {
    clearTimeout(unstopped);
    clearTimeout(waiting);
    process.off('SIGTSTP', stop).off('SIGCONT', goOn);
  };
}
