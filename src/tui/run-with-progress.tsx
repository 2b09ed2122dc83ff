/**
 * Runs work and shows how it goes, on stderr, so that stdout stays data: a view that is drawn in place on a terminal,
 * lines elsewhere.
 */

import { NascentError } from '../errors.ts';
import type { JobEvent } from '../run/events.ts';
import { plainProgress } from './plain-progress.ts';
import { endStage, noProgress, reduceProgress } from './progress-state.ts';
import type { ProgressState } from './progress-state.ts';

export type Report = (event: JobEvent) => void;

export interface ProgressOptions {
  /** Where it is shown. Default: stderr. */
  readonly stream?: NodeJS.WriteStream;
}

interface Display {
  show(before: ProgressState, after: ProgressState, event: JobEvent | undefined): void;
  /** Leaves the last state on the screen. */
  close(): Promise<void>;
}

/**
 * Runs `work`, showing the events it reports, and returns what it returns or throws what it throws. The last stage is
 * marked by how the work ends.
 */
export async function runWithProgress<T>(
  title: string,
  work: (report: Report) => Promise<T>,
  options: ProgressOptions = {},
): Promise<T> {
  const stream = options.stream ?? process.stderr;
  const display = isInteractive(stream) ? await inkDisplay(title, stream) : plainDisplay(title, stream);
  let state = noProgress;
  const become = (next: ProgressState, event?: JobEvent) => {
    display.show(state, next, event);
    state = next;
  };
  try {
    const value = await work((event) => become(reduceProgress(state, event, performance.now()), event));
    become(endStage(state, 'done', performance.now()));
    return value;
  } catch (error) {
    const stopped = error instanceof NascentError && error.exitCode === 130;
    become(endStage(state, stopped ? 'stopped' : 'failed', performance.now()));
    throw error;
  } finally {
    await display.close();
  }
}

/** Whether lines can be drawn over there: its size must be known for that. A screen reader needs lines that stay. */
function isInteractive(stream: NodeJS.WriteStream): boolean {
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

function plainDisplay(title: string, stream: NodeJS.WriteStream): Display {
  const plain = plainProgress();
  stream.write(`${title}\n`);
  return {
    show(before, after, event) {
      for (const line of plain.step(before, after, event, performance.now())) stream.write(`${line}\n`);
    },
    async close() {},
  };
}

const framesPerSecond = 10;

/** Ink is loaded only here: it costs more than most commands take. */
async function inkDisplay(title: string, stream: NodeJS.WriteStream): Promise<Display> {
  const [{ render }, { ProgressView }] = await Promise.all([import('ink'), import('./progress-view.tsx')]);
  let state = noProgress;
  const view = () => (
    <ProgressView
      title={title}
      state={state}
      now={performance.now()}
      columns={stream.columns}
      rows={stream.rows}
    />
  );
  const instance = render(view(), {
    stdout: stream,
    // Ctrl-C is the command's to answer, and the console is nobody's: what is said goes through events.
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: framesPerSecond,
  });
  let waiting: NodeJS.Timeout | undefined;
  const draw = () => {
    clearTimeout(waiting);
    waiting = undefined;
    instance.rerender(view());
  };
  // The clock goes on when nothing is reported.
  const clock = setInterval(draw, 1_000);
  return {
    show(_, after) {
      state = after;
      waiting ??= setTimeout(draw, 1_000 / framesPerSecond);
    },
    async close() {
      clearInterval(clock);
      draw();
      instance.unmount();
      await instance.waitUntilExit();
    },
  };
}
