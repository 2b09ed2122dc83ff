/** stdout is data, stderr is talk. */

import { isQuiet, setQuiet, writeErr, writeOut } from '../../tui/terminal.ts';
import type { Talk } from '../../tui/theme.ts';

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

/** A reader that went away, as `| head` does, ends the command and is no error. */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}

/** Ends the process once what was written has gone out; handles that a library left open do not hold it. */
export function exitWhenWritten(exitCode: number): void {
  process.exitCode = exitCode;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
}
