/** The screen of one run: what it does now, and all that it has written down. */

import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';

import { besideIn } from '../../../run/artefacts/events.ts';
import type { ControlCommand } from '../../../run/artefacts/events.ts';
import type { Watched } from '../../../run/watch.ts';
import { asTyped } from '../../command-line.ts';
import type { MachineUse } from '../machine.ts';
import type { KeyRow, Moment, ScreenKind, Step } from '../screen.ts';
import { alphaEpochs, shownRun } from '../shown-run.ts';
import type { ShownRun } from '../shown-run.ts';
import { started } from '../started.ts';
import { statusLegend } from '../status.ts';
import { headerLines } from './header.ts';
import { mostScrolled } from './layout.ts';

export const paneNames = ['curves', 'cells', 'alphas', 'state', 'log'] as const;
export type PaneName = (typeof paneNames)[number];

export interface WatchState {
  /** Absolute. */
  readonly path: string;
  readonly seen: Watched | undefined;
  /** The training in the folder of a search, where there is one. */
  readonly training: Watched | undefined;
  /** Which of the two somebody chose to see. */
  readonly chosen: 'search' | 'training' | undefined;
  /** Which of the two went on last, and is shown where nobody chose; the search before that. */
  readonly followed: 'search' | 'training' | undefined;
  readonly pane: PaneName;
  readonly zoomed: boolean;
  /** How many lines of that pane were scrolled away above; undefined where nobody scrolled it. */
  readonly top: number | undefined;
  readonly log: boolean;
  /** The epoch that one looks back at; undefined follows the run. */
  readonly epoch: number | undefined;
  readonly uses: readonly MachineUse[];
}

/** Two minutes at four a second, and more than a sparkline shows. */
const usesKept = 64;

export function watchState(path: string): WatchState {
  return {
    path: resolve(path),
    seen: undefined,
    training: undefined,
    chosen: undefined,
    followed: undefined,
    pane: 'curves',
    zoomed: false,
    top: undefined,
    log: false,
    epoch: undefined,
    uses: [],
  };
}

const isTraining = ({ chosen, followed }: WatchState) => (chosen ?? followed) === 'training';

/** What is shown; undefined before the first look. */
export function shownIn(state: WatchState): ShownRun | undefined {
  const { seen, training } = state;
  const watched = isTraining(state) && training !== undefined ? training : seen;
  return watched === undefined ? undefined : shownRun(watched);
}

/** What a process does with the run that is not its own work, such as parity; undefined where none does. */
function doneBeside(state: WatchState): string | undefined {
  const { holder, events = [] } = shownIn(state)?.watched ?? {};
  return holder === undefined ? undefined : besideIn(events);
}

/** Why no process works on it; undefined where one does, on the run itself or beside. */
function notWorking(state: WatchState): string | undefined {
  const run = shownIn(state);
  if (run === undefined) return 'It has not begun.';
  const { holder, status, record, path } = run.watched;
  if (holder !== undefined) return undefined;
  if (status === 'done') return 'The run is done.';
  const resume = asTyped([record?.kind ?? 'search', '--resume', path]);
  return `No process works on it (${status ?? 'unreadable'}). Resume it: ${resume}`;
}

/** Why a training or a search cannot be told anything; undefined where it can. */
function notRunning(state: WatchState): string | undefined {
  const beside = doneBeside(state);
  return beside === undefined
    ? notWorking(state)
    : `Its ${beside} goes on, which can be stopped (Q) and nothing else.`;
}

/** Why it cannot be resumed; undefined where it can. */
function notStopped(state: WatchState): string | undefined {
  const { holder, status = '' } = shownIn(state)?.watched ?? {};
  if (holder !== undefined) return 'A process works on it.';
  return resumable.has(status) ? undefined : 'Only what was stopped, failed or crashed can be resumed.';
}

const resumable: ReadonlySet<string> = new Set(['stopped', 'failed', 'crashed', 'created']);
const isPaused = (state: WatchState) => shownIn(state)?.watched.status === 'paused';

function control(state: WatchState, command: ControlCommand): Step<WatchState> {
  const run = shownIn(state)?.watched.path ?? state.path;
  return { effects: [{ kind: 'control', run, command }], say: `$ ${asTyped(['control', run, command])}` };
}

/** What matters most first: a narrow footer has no room for all. */
const keys: readonly KeyRow<WatchState>[] = [
  {
    keys: ['space'],
    shown: 'space',
    label: (state) => (isPaused(state) ? 'resume' : 'pause'),
    help: 'pause the run, or resume it; paused, it keeps its memory',
    blocked: notRunning,
    press: (state) => control(state, isPaused(state) ? 'resume' : 'pause'),
  },
  {
    keys: ['k'],
    shown: 'k',
    label: 'checkpoint',
    help: 'write a checkpoint now',
    blocked: notRunning,
    press: (state) => control(state, 'checkpoint'),
  },
  {
    keys: ['Q'],
    shown: 'Q',
    label: 'stop',
    help: 'stop the run, where it can be resumed, or what is done with it, such as parity; asks first',
    blocked: notWorking,
    press: (state) => {
      const run = shownIn(state)?.watched.path ?? state.path;
      const beside = doneBeside(state);
      return {
        ask: {
          text:
            beside === undefined
              ? `Stop ${basename(run)} where it can be resumed?`
              : `Stop the ${beside} of ${basename(run)}, and what would come after it?`,
          yes: control(state, 'stop').effects ?? [],
        },
      };
    },
  },
  {
    keys: ['R'],
    shown: 'R',
    label: 'resume',
    help: 'resume a run that was stopped, failed or crashed, from its last checkpoint',
    blocked: notStopped,
    press(state) {
      const { record, path } = shownIn(state)?.watched ?? { path: state.path };
      return started([record?.kind ?? 'search', '--resume', path], 'Done:');
    },
  },
  {
    keys: ['q', 'escape'],
    shown: 'q',
    label: 'leave',
    help: 'leave; the run goes on',
    press: (state) => ({ close: true, ...(notWorking(state) === undefined && { say: 'The run goes on.' }) }),
  },
  {
    keys: ['s'],
    shown: 's',
    label: (state) => (isTraining(state) ? 'search' : 'training'),
    help: 'show the search, or the training in its folder',
    blocked: ({ training, seen }) => {
      if (training !== undefined) return undefined;
      return seen?.record?.kind === 'train' ? 'It is a training.' : 'There is no training in its folder.';
    },
    press: (state) => {
      const chosen = isTraining(state) ? 'search' : 'training';
      return { state: { ...state, chosen, epoch: undefined, top: undefined } };
    },
  },
  {
    keys: ['1', '2', '3', '4', '5'],
    shown: '1–5',
    help: 'go to a pane: curves, cells, alphas, state, log',
    press: (state, key) => ({ state: inPane(state, paneNames[Number(key) - 1] ?? 'curves') }),
  },
  {
    keys: ['tab', 'shift-tab'],
    shown: 'tab',
    label: 'pane',
    help: 'go to the next pane; with shift, to the one before',
    press: (state, key) => {
      const by = key === 'tab' ? 1 : paneNames.length - 1;
      const next = (paneNames.indexOf(state.pane) + by) % paneNames.length;
      return { state: inPane(state, paneNames[next] ?? 'curves') };
    },
  },
  {
    keys: ['z', 'return'],
    shown: 'z',
    label: 'zoom',
    help: 'give the pane the whole screen, and back',
    press: (state) => ({ state: { ...state, zoomed: !state.zoomed, top: undefined } }),
  },
  {
    keys: ['up', 'down', 'pageup', 'pagedown'],
    shown: '↑↓',
    help: 'scroll the pane, where it has more lines',
    press: (state, key, at) => ({ state: scrolled(state, strides[key] ?? 0, at) }),
  },
  {
    keys: ['left', 'right', 'home'],
    shown: '←→',
    label: 'epoch',
    help: 'look back at an earlier epoch, and forward; home goes to the first',
    blocked: (state) => (epochsIn(state).length === 0 ? 'No epoch has ended yet.' : undefined),
    press: (state, key) => ({ state: { ...state, epoch: epochAfter(state, key) } }),
  },
  {
    keys: ['f', 'end'],
    shown: 'f',
    label: 'follow',
    help: 'follow the run again',
    blocked: ({ epoch, top }) => (epoch === undefined && top === undefined ? 'It is followed.' : undefined),
    press: (state) => ({ state: { ...state, epoch: undefined, top: undefined } }),
  },
  {
    keys: ['y'],
    shown: 'y',
    label: ({ log }) => (log ? 'linear' : 'log'),
    help: 'logarithmic scale of the loss, and back',
    press: (state) => ({ state: { ...state, log: !state.log } }),
  },
];

function inPane(state: WatchState, pane: PaneName): WatchState {
  return pane === state.pane ? state : { ...state, pane, top: undefined };
}

const strides: Readonly<Record<string, number>> = { up: -1, down: 1, pageup: -10, pagedown: 10 };

/** The log rests at its end, and every other pane at its beginning. */
function scrolled(state: WatchState, by: number, at: Moment): WatchState {
  const run = shownIn(state);
  if (run === undefined) return state;
  const header = headerLines(state, run, at).length;
  const most = mostScrolled(state, run, header, at);
  const rest = state.pane === 'log' ? most : 0;
  const top = Math.max(0, Math.min(most, (state.top ?? rest) + by));
  if (top === (state.top ?? rest)) return state;
  return { ...state, top: top === rest ? undefined : top };
}

/** What one can look back at: the epochs of alphas, or those that were measured. */
function epochsIn(state: WatchState): readonly number[] {
  const run = shownIn(state);
  if (run === undefined) return [];
  const logged = alphaEpochs(run);
  if (logged.length > 0) return logged;
  return run.watched.metrics.flatMap((record) => (record.kind === 'epoch' ? [record.epoch] : []));
}

/** Undefined after the last one: the run is followed. */
function epochAfter(state: WatchState, key: string): number | undefined {
  const epochs = epochsIn(state);
  if (key === 'home') return epochs[0];
  const { epoch } = state;
  const at = epoch === undefined ? epochs.length - 1 : epochs.findLastIndex((each) => each <= epoch);
  if (key === 'left') return epochs[Math.max(0, at - 1)];
  return at + 1 >= epochs.length - 1 ? undefined : epochs[at + 1];
}

export const watchScreen: ScreenKind<WatchState> = {
  name: 'watch',
  title: ({ path }) => basename(path),
  keys: () => keys,
  legend: [
    ...statusLegend,
    ['a b c', 'on a chart: the curves of training, validation and test, as its first line says'],
    ['3 ┬ 4', 'below a chart: epochs that have ended; what steps report lies between them'],
    ['sep_5x5 k-2 .15', 'in cells: the op, the state that it reads (k-2, k-1 or a node), its mixing weight'],
    ['k-2>0', 'in alphas: the edge from one state to another; a row has a column an op'],
    ['▁▃█', 'in state: the last values, from the least to the largest of them'],
  ],
  needs(state) {
    const holder = shownIn(state)?.watched.holder;
    return {
      runs: [state.path, join(state.path, 'train')],
      machine: holder ?? { pid: 0, host: hostname() },
    };
  },
  told(state, news) {
    if (news.kind === 'machine') return { ...state, uses: [...state.uses, news.use].slice(-usesKept) };
    if (news.kind !== 'watched') return state;
    const { watched } = news;
    if (watched.path === state.path) {
      // A demo trains within itself, and then exports and compares what it trained.
      const isAgain = watched.holder !== undefined && state.training?.status === 'done';
      return { ...state, seen: watched, followed: isAgain ? 'search' : state.followed };
    }
    if (watched.path === join(state.path, 'train')) {
      // What goes on is shown, and stays when it ends, until something else goes on.
      const isUnderWay = watched.status === 'running' || watched.status === 'paused';
      return { ...state, training: watched, followed: isUnderWay ? 'training' : state.followed };
    }
    return state;
  },
};
