/**
 * stdout is data, stderr is talk.
 *
 * Output that cannot be written: a reader that went away, as `| head` does, has what it wanted, so a short command ends
 * quietly and well, and a run is interrupted as by Ctrl-C (130). Data that cannot be written for another reason, such as
 * a full disk, is a failure (1). Talk that cannot is no loss.
 */

import { exitCodes, NascentError } from '../../errors.ts';
import type { ExitCode } from '../../errors.ts';
import { flushed, isQuiet, onLost, setQuiet, watchOutputs, writeErr, writeOut } from '../../tui/terminal.ts';
import type { Talk } from '../../tui/theme.ts';
import { explainError } from './boundary.ts';
import { isInterruptible } from './interrupt.ts';

/** One piece of data, ended by a newline, to stdout. */
export function print(text: string): void {
  writeOut(text.endsWith('\n') ? text : `${text}\n`);
}

/** One line of talk, to stderr; none with `--quiet`. */
export function say(talk: Talk): void {
  if (!isQuiet()) complain(talk);
}

/** One line that `--quiet` does not silence, to stderr: what is wrong. */
export function complain(talk: Talk): void {
  writeErr([talk, '\n']);
}

/** Obeys the flags that say how there is talk, wherever on the command line they stand. The last one of a kind wins. */
export function obeyTalkFlags(given: readonly string[]): void {
  setQuiet(given.includes('--quiet') || given.includes('-q'));
  const colour = given.findLast((flag) => flag === '--color' || flag === '--no-color');
  if (colour === undefined) return;
  // As variables, for the child processes too. Each alone: Node warns of both.
  delete process.env['NO_COLOR'];
  delete process.env['FORCE_COLOR'];
  process.env[colour === '--color' ? 'FORCE_COLOR' : 'NO_COLOR'] = '1';
}

/** Ends a short command whose reader went away. What can be interrupted is, by `interruptible`. */
export function endOnClosedPipe(): void {
  watchOutputs();
  onLost((_, error) => {
    if (error.code === 'EPIPE' && !isInterruptible()) process.exit(exitCodes.done);
  });
}

/** Ends the process once what was written has gone out; handles that a library left open do not hold it. */
export async function exitWhenWritten(exitCode: ExitCode): Promise<never> {
  process.exitCode = exitCode;
  const error = await flushed('stdout');
  let code = exitCode;
  if (error !== undefined && error.code !== 'EPIPE') {
    complain(explainError(unwritten(error), false).talk);
    if (code === exitCodes.done) code = exitCodes.failed;
  }
  await flushed('stderr');
  process.exit(code);
}

function unwritten(error: NodeJS.ErrnoException): NascentError {
  return new NascentError(
    error.code === 'ENOSPC' ? 'disk/full' : 'disk/failed',
    `stdout cannot be written: ${error.message}`,
    {
      help: 'What the command printed is lost or cut short. Give it a place that can be written.',
      cause: error,
    },
  );
}
