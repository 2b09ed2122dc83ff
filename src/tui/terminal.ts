/**
 * The one place that writes to stdout and stderr, and the only one that may (`test/house/terminal.test.ts`): whatever is
 * said, the only control characters that come out are those of our own styles.
 *
 * Data that cannot be written is a failure, with one exception: `nascent … >&-` ends with 0. Before any code of ours runs,
 * Node opens /dev/null, to read and write, where an output is closed. A program that starts this one and wants no output
 * gives it just that (Node's `stdio: 'ignore'`, Python's `DEVNULL`), so there is nothing to tell a mistake by.
 */

import { lookOf, render } from './theme.ts';
import type { Look, Talk } from './theme.ts';

export type OutputName = 'stdout' | 'stderr';

const listeners = new Set<(name: OutputName, error: NodeJS.ErrnoException) => void>();
const lost = new Map<OutputName, NodeJS.ErrnoException>();
let quiet = false;

/** Writes `talk` to a stream as that stream can show it. */
export function writeTo(stream: NodeJS.WriteStream, talk: Talk): void {
  stream.write(render(talk, lookOf(stream)));
}

export function writeOut(talk: Talk): void {
  const look = lookOf(process.stdout);
  if (!lost.has('stdout')) process.stdout.write(render(talk, { ...look, ascii: dataIsAscii() }));
}

/** Lines that views have drawn, to stdout: what they show is clean, and has its colours already. */
export function writeDrawn(lines: readonly string[]): void {
  if (!lost.has('stdout')) process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** Whether data go where there is ASCII alone. To a file or a program they keep their characters. */
function dataIsAscii(): boolean {
  return process.stdout.isTTY && lookOf(process.stdout).ascii;
}

export function writeErr(talk: Talk): void {
  if (!lost.has('stderr')) writeTo(process.stderr, talk);
}

/** How wide data may be to be read on the terminal that it goes to; without end where it goes elsewhere. */
export function dataColumns(): number {
  return process.stdout.isTTY ? process.stdout.columns : Infinity;
}

export interface WholeTerminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * The terminal, where all of it can be drawn on and keys can be read; undefined where there is none, where its size is
 * not known, and where lines that stay were asked for: by a dumb terminal, a screen reader, a CI.
 */
export function wholeTerminal(): WholeTerminal | undefined {
  const { stdin: input } = process;
  const output = process.stdout;
  return input.isTTY && isDrawable(output) ? { input, output } : undefined;
}

/** Whether somebody is there who types and reads, whatever the terminal can show. */
export function isTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/** Why the whole terminal cannot be drawn on, where it cannot. */
export function whyNotWhole(): string {
  const { CI, TERM, INK_SCREEN_READER } = process.env;
  if (!isTerminal()) {
    return 'the interface needs a terminal for its input and its output';
  }
  if (INK_SCREEN_READER === 'true') return 'the interface is drawn, and INK_SCREEN_READER asks for lines';
  if (TERM === 'dumb') return 'the interface is drawn, and TERM=dumb is a terminal that cannot';
  if ((CI ?? '') !== '') return 'the interface is not drawn where CI is set';
  return 'the terminal does not say how large it is';
}

/** Whether lines can be drawn over there: its size must be known for that. A screen reader needs lines that stay. */
export function isDrawable(stream: NodeJS.WriteStream): boolean {
  const { CI, TERM, INK_SCREEN_READER } = process.env;
  const size = [stream.columns, stream.rows];
  return (
    stream.isTTY &&
    size.every((each) => each > 0) &&
    (CI ?? '') === '' &&
    TERM !== 'dumb' &&
    INK_SCREEN_READER !== 'true'
  );
}

/** How stdout can show what is drawn, and how large it is; as most terminals are, where it is none. */
export function outputFrame(): { readonly columns: number; readonly rows: number; readonly look: Look } {
  const { isTTY, columns, rows } = process.stdout;
  const look = lookOf(process.stdout);
  return isTTY && columns > 0 ? { columns, rows, look } : { columns: 100, rows: 40, look };
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

/** From now on an output that cannot be written is told to who asked by `onLost`, and nothing more is written to it. */
export function watchOutputs(): void {
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].on('error', (error: NodeJS.ErrnoException) => {
      if (lost.has(name)) return;
      lost.set(name, error);
      for (const listener of listeners) listener(name, error);
    });
  }
}

/** @returns what ends the listening */
export function onLost(listener: (name: OutputName, error: NodeJS.ErrnoException) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Resolves once all that was written has gone out, or never will: then with what is wrong. */
export function flushed(name: OutputName): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    // The stream tells its listeners of an error after the callback.
    if (lost.has(name)) resolve(lost.get(name));
    else
      process[name].write('', (error) => setImmediate(() => resolve(lost.get(name) ?? error ?? undefined)));
  });
}
