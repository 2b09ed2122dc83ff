/** A progress view that is drawn in place on a terminal, while it is this process's to draw on. */

import type { JobEvent } from '../run/events.ts';
import { isInForeground } from './foreground.ts';
import { holdByShell } from './job-control.ts';
import { noteLine } from './marked.ts';
import { loadProductionReact } from './production-react.ts';
import { noProgress } from './progress-state.ts';
import type { ProgressState } from './progress-state.ts';
import { screenOn } from './screen.ts';
import { lookOf, render } from './theme.ts';

export interface Display {
  show(after: ProgressState, event: JobEvent | undefined): void;
  /** Leaves the last state on the screen. */
  close(): Promise<void>;
}

const framesPerSecond = 5;
/**
 * How long a terminal keeps its size before it is drawn on again. While a window is dragged, a multiplexer breaks lines
 * anew at once but says so at most four times a second; what is drawn between lands where it is not looked for.
 */
const settleMs = 300;

export function inPlaceDisplay(title: string, stream: NodeJS.WriteStream): Display {
  const screen = screenOn(stream);
  const look = lookOf(stream);
  let state = noProgress;
  let notes: string[] = [];
  let view: ((now: number) => readonly string[]) | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let settling: Promise<void> | undefined;
  /** Nothing is drawn: the terminal is the shell's, or the work is over. */
  let held = false;

  const write = (lines: readonly string[]) => {
    if (notes.length > 0) screen.above(notes.join('\n'));
    notes = [];
    screen.draw(lines);
  };
  const draw = () => {
    if (view === undefined || settling !== undefined || held || !isInForeground()) return;
    const lines = view(performance.now());
    const { columns } = stream;
    // Signals that came meanwhile are answered first: the terminal may have another size, or be somebody else's.
    setImmediate(() => {
      if (settling === undefined && !held && stream.columns === columns) write(lines);
    });
  };
  const drawSoon = () => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      setImmediate(draw);
    }, 1_000 / framesPerSecond);
  };
  let size = Promise.resolve();
  const settled = (one: Promise<void>) => {
    if (settling !== one) return;
    settling = undefined;
    draw();
  };
  const settle = () => {
    const mine = new Promise<void>((resolve) => setTimeout(resolve, settleMs));
    settling = mine;
    size = mine.then(() => settled(mine));
  };
  // Ink is loaded only here: it costs more than most commands take, and the work need not wait for it.
  const load = async () => {
    loadProductionReact();
    const { progressLines } = await import('./progress-view.tsx');
    // A line as wide as the terminal would leave some of them in doubt whether it is one row or two.
    const size = () => ({ columns: Math.max(1, stream.columns - 1), rows: stream.rows });
    view = (now) => progressLines({ title, state, now, look, ...size() });
    draw();
  };
  const loading = load();
  // The clock goes on when nothing is reported.
  const clock = setInterval(drawSoon, 1_000);
  stream.on('resize', settle);
  const unheld = holdByShell({
    give() {
      held = true;
      screen.leave();
    },
    take() {
      held = false;
      screen.leave();
      draw();
    },
  });

  return {
    show(after, event) {
      state = after;
      if (event?.kind === 'note') notes.push(render(noteLine(event.text), look));
      drawSoon();
    },
    async close() {
      clearInterval(clock);
      clearTimeout(waiting);
      await Promise.all([loading, size]);
      unheld();
      stream.off('resize', settle);
      held = true;
      if (view !== undefined) write(view(performance.now()));
      screen.leave();
    },
  };
}
