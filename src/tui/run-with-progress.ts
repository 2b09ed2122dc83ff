/**
 * Runs work and shows how it goes, on stderr, so that stdout stays data: a view that is drawn in place on a terminal,
 * lines elsewhere, nothing with `--quiet`.
 */

import { NascentError } from '../errors.ts';
import type { JobEvent } from '../run/events.ts';
import { inPlaceDisplay } from './in-place.ts';
import type { Display } from './in-place.ts';
import { plainProgress } from './plain-progress.ts';
import { afterPause, endStage, noProgress, reduceProgress } from './progress-state.ts';
import type { ProgressState } from './progress-state.ts';
import { isDrawable, isQuiet, progressStream, writeTo } from './terminal.ts';
import { span } from './theme.ts';

export type Report = (event: JobEvent) => void;

export interface ProgressOptions {
  /** Where it is shown. Default: stderr. */
  readonly stream?: NodeJS.WriteStream;
}

/**
 * Runs `work`, showing the events it reports, and returns what it returns or throws what it throws. The last stage is
 * marked by how the work ends.
 */
export async function runWithProgress<T>(
  title: string,
  work: (report: Report) => Promise<T>,
  { stream = progressStream() }: ProgressOptions = {},
): Promise<T> {
  const display = displayOn(stream, title);
  let state = noProgress;
  const become = (next: ProgressState, event?: JobEvent) => {
    state = next;
    display.show(state, event);
  };
  const resume = () => become(afterPause(state));
  process.on('SIGCONT', resume);
  try {
    const value = await work((event) => become(reduceProgress(state, event, performance.now()), event));
    become(endStage(state, 'done', performance.now()));
    return value;
  } catch (error) {
    const stopped = error instanceof NascentError && error.exitCode === 130;
    become(endStage(state, stopped ? 'stopped' : 'failed', performance.now()));
    throw error;
  } finally {
    process.off('SIGCONT', resume);
    await display.close();
  }
}

function displayOn(stream: NodeJS.WriteStream, title: string): Display {
  if (isQuiet()) return { show() {}, async close() {} };
  return isDrawable(stream) ? inPlaceDisplay(title, stream) : plainDisplay(title, stream);
}

function plainDisplay(title: string, stream: NodeJS.WriteStream): Display {
  const plain = plainProgress();
  let before = noProgress;
  writeTo(stream, [span('title', title), '\n']);
  return {
    show(after, event) {
      for (const line of plain.step(before, after, event, performance.now())) writeTo(stream, [line, '\n']);
      before = after;
    },
    async close() {},
  };
}
