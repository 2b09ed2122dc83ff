/** Watching a run in the way that fits what there is to show it on. */

import { existsSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

import { NascentError } from '../../errors.ts';
import { listRuns } from '../../run/list-runs.ts';
import type { ListedRun } from '../../run/list-runs.ts';
import { isLeased } from '../../run/lease.ts';
import { hasTraining, trainingFolder } from '../../run/searched.ts';
import { watchRun } from '../../run/watch.ts';
import { loadProductionReact } from '../../tui/production-react.ts';
import { beginning, told } from '../../tui/interface/interface.ts';
import { watchMachine } from '../../tui/interface/machine.ts';
import { runInterface } from '../../tui/interface/run-interface.ts';
import { screenOf } from '../../tui/interface/screen.ts';
import type { AnyScreen, Effect } from '../../tui/interface/screen.ts';
import { watchScreen, watchState } from '../../tui/interface/watch/watch.ts';
import { outputFrame, wholeTerminal, whyNotWhole, writeDrawn } from '../../tui/terminal.ts';
import { commandLine, word } from '../render/next.ts';
import { say } from '../shell/output.ts';
import { runDetached } from './detached.ts';
import { follow } from './follow.ts';

export interface WatchOptions {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly ascii?: boolean;
}

const usual = 'runs';

/** @param given the run; without one, the run that was written to last */
export async function watchOn(given: string | undefined, options: WatchOptions): Promise<void> {
  const path = given ?? latestRun();
  // What is no run is refused before anything is drawn.
  const watch = watchRun(path);
  if (options.once === true) {
    writeDrawn(await snapshot(path, options));
    return;
  }
  const terminal = options.json === true ? undefined : wholeTerminal();
  if (terminal !== undefined) {
    await showInterface(screenOf(watchScreen, watchState(path)), options);
    const { status } = watch.look();
    if (status === 'running' || status === 'paused')
      say(`The run goes on. Watch it again: ${commandLine(`watch ${word(path)}`)}`);
    return;
  }
  const followed = workedOn(path) === path ? watch : watchRun(workedOn(path));
  await follow(() => followed.look(), options.json === true).catch((error: unknown) => {
    throw error instanceof NascentError && error.code === 'interrupted' ? left(path, options, error) : error;
  });
}

/** The run in `path`, or the training within it where that is under way. */
function workedOn(path: string): string {
  const training = trainingFolder(path);
  return hasTraining(path) && isLeased(training) ? training : path;
}

/** Who leaves is told what goes on; a program that reads JSON only by the exit code. */
function left(path: string, { json }: WatchOptions, cause: NascentError): NascentError {
  return new NascentError('interrupted', json === true ? '' : 'no longer watched; the run goes on', {
    help: json === true ? '' : `Watch it again: ${commandLine(`watch ${word(path)}`)}`,
    cause,
  });
}

/** Shows a screen on the whole terminal. @throws NascentError 'input/invalid' where there is none */
export async function showInterface(
  screen: AnyScreen,
  { ascii, effects = [] }: Pick<WatchOptions, 'ascii'> & { readonly effects?: readonly Effect[] } = {},
): Promise<void> {
  const terminal = wholeTerminal();
  if (terminal === undefined) {
    throw new NascentError('input/invalid', whyNotWhole(), {
      help: 'For lines or JSON: nascent runs, nascent watch RUN, nascent watch RUN --json. For how it stands: nascent watch RUN --once.',
    });
  }
  const { look } = outputFrame();
  await runInterface(screen, {
    ...terminal,
    look: ascii === true ? { ...look, ascii: true } : look,
    command: runDetached,
    effects,
  });
}

/** The run in `runs` that gave the last sign of life. @throws NascentError 'run/not-a-run' where there is none */
function latestRun(): string {
  const found = existsSync(usual) ? listRuns(usual) : [];
  const latest = found.toSorted((a, b) => lastSign(a).localeCompare(lastSign(b))).at(-1);
  if (latest !== undefined) return latest.path;
  throw new NascentError('run/not-a-run', `there are no runs in ${usual}`, {
    help: 'Give the folder of a run, or make one: nascent search.',
  });
}

/** Of a run or of those within it; ISO times sort as text. */
function lastSign({ updatedAt = '', inside }: ListedRun): string {
  return [updatedAt, ...inside.map(lastSign)].toSorted().at(-1) ?? '';
}

/** How a run stands now, as the interface would draw it. */
async function snapshot(path: string, { ascii }: WatchOptions): Promise<readonly string[]> {
  const frame = outputFrame();
  const look = ascii === true ? { ...frame.look, ascii: true } : frame.look;
  let state = beginning(screenOf(watchScreen, watchState(path)));
  const { runs = [] } = state.screens[0].needs;
  for (const each of runs) {
    if (existsSync(each)) state = told(state, { kind: 'watched', watched: watchRun(each).look() });
  }
  state = told(state, { kind: 'machine', use: watchMachine().look(undefined) });
  loadProductionReact();
  const { interfaceLines } = await import('../../tui/interface/views.tsx');
  const lines = interfaceLines(state, { ...frame, look, now: Date.now() });
  // The last line has the keys, which nobody can press.
  return withoutRests(lines.slice(0, -1).map((line) => line.trimEnd()));
}

/** Without the empty lines that fill a pane on a terminal: those before the next pane, and those at the end. */
function withoutRests(lines: readonly string[]): readonly string[] {
  return lines.filter((line, i) => {
    const next = lines.slice(i).find((each) => each !== '');
    return line !== '' || !(next === undefined || /^(──|--) /.test(stripVTControlCharacters(next)));
  });
}
