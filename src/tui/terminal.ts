/**
 * The one place that writes to stdout and stderr: whatever is said, the only control characters that come out are those of our own styles.
 */

import { lookOf, render } from './theme.ts';
import type { Talk } from './theme.ts';

let quiet = false;

/** Writes `talk` to a stream as that stream can show it. */
export function writeTo(stream: NodeJS.WriteStream, talk: Talk): void {
  stream.write(render(talk, lookOf(stream)));
}

export function writeOut(talk: Talk): void {
  const look = lookOf(process.stdout);
  // What goes to a file or a program is data, and keeps its characters whatever a terminal could show.
  const ascii = look.ascii && process.stdout.isTTY;
  process.stdout.write(render(talk, { ...look, ascii }));
}

export function writeErr(talk: Talk): void {
  writeTo(process.stderr, talk);
}

/** Where progress is shown. */
export function progressStream(): NodeJS.WriteStream {
  return process.stderr;
}

/** `--quiet`: progress and talk are not shown; errors are. */
export function setQuiet(value: boolean): void {
  quiet = value;
}

export function isQuiet(): boolean {
  return quiet;
}
