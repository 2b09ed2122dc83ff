/**
 * The interface on a terminal: keys and looks at run folders in, frames out, until it is left.
 *
 * Whatever ends it (a key, an error, a signal) the terminal is as it was before. The jobs that it shows are other
 * processes, and do not notice.
 */

import { existsSync } from 'node:fs';

import { attempt } from '../../errors.ts';
import { listRuns } from '../../run/list-runs.ts';
import { watchRun } from '../../run/watch.ts';
import type { RunWatch, Watched } from '../../run/watch.ts';
import { fullScreenOn } from '../full-screen.ts';
import { holdByShell } from '../job-control.ts';
import type { JobControl } from '../job-control.ts';
import { loadProductionReact } from '../production-react.ts';
import { lookOf } from '../theme.ts';
import type { Look } from '../theme.ts';
import { openEffects } from './effects.ts';
import type { Frame } from './frame.ts';
import { aged, beginning, pressed, told, topOf } from './interface.ts';
import type { InterfaceState } from './interface.ts';
import { listenToKeys } from './keyboard.ts';
import { watchMachine } from './machine.ts';
import type { AnyScreen, Effect, News } from './screen.ts';

export interface InterfaceOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Default: as the output can show. */
  readonly look?: Look;
  /** To be carried out at once. */
  readonly effects?: readonly Effect[];
  /**
   * Runs `nascent` with these arguments as a process that outlives this one; resolves with the last line that it prints.
   *
   * @throws NascentError with what it printed, where it ends badly
   */
  readonly command: (given: readonly string[]) => Promise<string>;
}

/** A search has a core less for as long as somebody looks: twice a second sees all that is drawn once a second. */
const lookEveryMs = 500;
/** Steps are told once a second, and the clock moves as often: more frames would show the same, and steps would wait. */
const stepFrameMs = 1_000;
/** What was asked for is seen sooner. Keys are answered at once. */
const answerFrameMs = 250;
const listEveryMs = 1_000;
const useEveryMs = 2_000;

/** Shows `screen` and whatever it opens, until it is left. */
export async function runInterface(screen: AnyScreen, options: InterfaceOptions): Promise<void> {
  const { input, output, command } = options;
  loadProductionReact();
  const { interfaceLines } = await import('./views.tsx');
  const terminal = fullScreenOn(output);
  const look = options.look ?? lookOf(output);
  const sources = openSources();
  let state = beginning(screen);
  let waiting: NodeJS.Timeout | undefined;
  /** When it draws, where it waits. */
  let due = 0;
  let lastFrame = 0;
  let keysDrawn: NodeJS.Immediate | undefined;
  /** Nothing is drawn before keys are heard: who answers what is drawn would not be. */
  let isHeard = false;
  let end = () => {};
  let fail: (error: unknown) => void = () => {};
  const over = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  /** What goes wrong while keys, news and frames are handled ends the interface in order, and is told afterwards. */
  const guarded =
    <T extends readonly unknown[]>(action: (...given: T) => void) =>
    (...given: T) => {
      try {
        action(...given);
      } catch (error) {
        fail(error);
      }
    };

  const draw = guarded(() => {
    clearTimeout(waiting);
    waiting = undefined;
    if (!isHeard) return;
    lastFrame = Date.now();
    const frame: Frame = { columns: output.columns, rows: output.rows, look, now: lastFrame };
    terminal.draw(interfaceLines(state, frame));
  });
  /** Draws when the last frame is so old, or sooner where that was asked before. */
  const drawAfter = (ms: number) => {
    const at = lastFrame + ms;
    if (waiting !== undefined && due <= at) return;
    clearTimeout(waiting);
    due = at;
    waiting = setTimeout(draw, Math.max(0, at - Date.now()));
  };
  /** After all keys that came together: of what is pasted only the end is seen, and a frame a character takes minutes. */
  const drawAtOnce = () => {
    keysDrawn ??= setImmediate(() => {
      keysDrawn = undefined;
      if (!state.over) draw();
    });
  };
  const become = (next: InterfaceState, frameMs: number) => {
    if (next === state) return;
    state = next;
    effects.keep(state.screens);
    if (state.over) end();
    else drawAfter(frameMs);
  };
  const see = guarded((news: News) => become(told(state, news), stepFrameMs));
  const lookNow = () => {
    const before = topOf(state);
    sources.look(before, see);
    // A list that was read now says which run is under the cursor: keys act on it at once.
    const [wanted, had] = [topOf(state), before].map(({ needs: { runs = [] } }) => runs.join());
    if (wanted !== had) sources.look(topOf(state), see);
  };
  const hear = guarded((news: News) => {
    become(told(state, news), answerFrameMs);
    // What was asked for has changed the run.
    if (!state.over) lookNow();
  });
  const effects = openEffects(command, hear);
  const onKey = guarded((key: string) => {
    if (key === 'ctrl-z') {
      process.kill(process.pid, 'SIGTSTP');
      return;
    }
    const { columns, rows } = output;
    const stepped = pressed(state, key, { now: Date.now(), columns, rows, look });
    const before = topOf(state);
    become(stepped.state, 0);
    for (const effect of stepped.effects) effects.carryOut(effect);
    if (!state.over && topOf(state) !== before) lookNow();
    if (!state.over) drawAtOnce();
  });

  let stopKeys = () => {};
  const take = () => {
    terminal.enter();
    stopKeys = listenToKeys(input, onKey, () => {
      isHeard = true;
      draw();
    });
  };
  const give = () => {
    clearTimeout(waiting);
    clearImmediate(keysDrawn);
    [waiting, keysDrawn] = [undefined, undefined];
    isHeard = false;
    stopKeys();
    terminal.leave();
  };
  const release = holdWhole({ take, give }, effects.endAll);
  const lookAgain = guarded(() => {
    lookNow();
    become(aged(state, Date.now()), stepFrameMs);
    // Ages and times left go on when nothing else does.
    if (Date.now() - lastFrame >= stepFrameMs) draw();
  });
  const clock = setInterval(lookAgain, lookEveryMs);
  output.on('resize', draw);
  try {
    lookNow();
    take();
    for (const effect of options.effects ?? []) effects.carryOut(effect);
    await over;
  } finally {
    clearInterval(clock);
    output.off('resize', draw);
    release();
    give();
    effects.endAll();
  }
}

interface Sources {
  /** Tells what has changed of what is needed, or is due. */
  look(screen: AnyScreen, hear: (news: News) => void): void;
}

function openSources(): Sources {
  const watches = new Map<string, RunWatch>();
  const seen = new Map<string, Watched>();
  const machine = watchMachine();
  let listedAt = 0;
  let listed = '';
  let usedAt = 0;
  let looking = '';
  return {
    look({ name, title, needs: { runs = [], folder, machine: holder } }, hear) {
      const now = Date.now();
      // Another screen does not know what the one before it was told.
      if (looking !== `${name} ${title}`) seen.clear();
      looking = `${name} ${title}`;
      for (const path of watches.keys()) {
        if (runs.includes(path)) continue;
        watches.delete(path);
        seen.delete(path);
      }
      for (const path of runs) {
        // A training that did not begin yet is looked for again and again.
        const watch = watches.get(path) ?? (existsSync(path) ? attempt(() => watchRun(path))[0] : undefined);
        if (watch === undefined) continue;
        watches.set(path, watch);
        const watched = watch.look();
        if (seen.get(path) === watched) continue;
        seen.set(path, watched);
        hear({ kind: 'watched', watched });
      }
      if (folder !== undefined && (folder !== listed || now - listedAt >= listEveryMs)) {
        [listed, listedAt] = [folder, now];
        const [runs, trouble] = existsSync(folder) ? attempt(() => listRuns(folder)) : [[]];
        hear({ kind: 'listed', folder, runs: runs ?? [], trouble });
      }
      if (holder !== undefined && now - usedAt >= useEveryMs) {
        usedAt = now;
        hear({ kind: 'machine', use: machine.look(holder === 'this machine' ? undefined : holder) });
      }
    },
  };
}

/**
 * Gives the terminal back when the process is stopped or dies, and takes it again when it goes on.
 *
 * A signal that ends the process does so after the terminal was given back, and with the exit status of that signal.
 */
function holdWhole({ take, give }: JobControl, end: () => void): () => void {
  const unheld = holdByShell({
    give,
    take() {
      // Others may have written since.
      give();
      take();
    },
  });
  const die = (signal: NodeJS.Signals) => {
    give();
    end();
    release();
    process.kill(process.pid, signal);
  };
  const deadly = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const;
  process.on('exit', give).on('exit', end);
  for (const signal of deadly) process.on(signal, die);
  const release = () => {
    unheld();
    process.off('exit', give).off('exit', end);
    for (const signal of deadly) process.off(signal, die);
  };
  return release;
}
