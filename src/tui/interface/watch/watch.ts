/** The screen of one run: what it does now, and all that it has written down. */

import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';

import type { ControlCommand } from '../../../run/artefacts/events.ts';
import type { Watched } from '../../../run/watch.ts';
import { commandLine, word } from '../../command-line.ts';
import type { MachineUse } from '../machine.ts';
import type { KeyRow, ScreenKind, Step } from '../screen.ts';
import { alphaEpochs, shownRun } from '../shown-run.ts';
import type { ShownRun } from '../shown-run.ts';

export const paneNames = ['curves', 'cells', 'alphas', 'state', 'log'] as const;
export type PaneName = (typeof paneNames)[number];

export interface WatchState {
  /** Absolute. */
  readonly path: string;
  readonly seen: Watched | undefined;
  /** The training in the folder of a search, where there is one. */
  readonly training: Watched | undefined;
  /** Which of the two is shown; what is going on, unless somebody chose. */
  readonly chosen: 'search' | 'training' | undefined;
  readonly pane: PaneName;
  readonly zoomed: boolean;
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
    pane: 'curves',
    zoomed: false,
    log: false,
    epoch: undefined,
    uses: [],
  };
}

/** What is shown; undefined before the first look. */
export function shownIn({ seen, training, chosen }: WatchState): ShownRun | undefined {
  const isTraining = chosen === undefined ? training !== undefined : chosen === 'training';
  const watched = isTraining && training !== undefined ? training : seen;
  return watched === undefined ? undefined : shownRun(watched);
}

/** Why a process cannot be told anything; undefined where it can. */
function notRunning(state: WatchState): string | undefined {
  const run = shownIn(state);
  if (run?.watched.holder !== undefined) return undefined;
  const status = run?.watched.status ?? 'not read yet';
  const kind = run?.watched.record?.kind ?? 'search';
  return status === 'done'
    ? 'The run is done.'
    : `No process works on it (${status}). Resume it: ${commandLine(`${kind} --resume ${word(run?.watched.path ?? state.path)}`)}`;
}

function control(state: WatchState, command: ControlCommand): Step<WatchState> {
  return { effects: [{ kind: 'control', run: shownIn(state)?.watched.path ?? state.path, command }] };
}

const keys: readonly KeyRow<WatchState>[] = [
  {
    keys: ['1', '2', '3', '4', '5'],
    shown: '1–5',
    help: 'go to a pane: curves, cells, alphas, state, log',
    press: (state, key) => ({ state: { ...state, pane: paneNames[Number(key) - 1] ?? 'curves' } }),
  },
  {
    keys: ['tab', 'shift-tab'],
    shown: 'tab',
    label: 'pane',
    help: 'go to the next pane; with shift, to the one before',
    press: (state, key) => {
      const by = key === 'tab' ? 1 : paneNames.length - 1;
      const next = (paneNames.indexOf(state.pane) + by) % paneNames.length;
      return { state: { ...state, pane: paneNames[next] ?? 'curves' } };
    },
  },
  {
    keys: ['z', 'return'],
    shown: 'z',
    label: 'zoom',
    help: 'give the pane the whole screen, and back',
    press: (state) => ({ state: { ...state, zoomed: !state.zoomed } }),
  },
  {
    keys: ['space'],
    shown: 'space',
    label: 'pause',
    help: 'pause the run, or resume it; paused, it keeps its memory',
    blocked: notRunning,
    press: (state) => control(state, shownIn(state)?.watched.status === 'paused' ? 'resume' : 'pause'),
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
    keys: ['q', 'escape'],
    shown: 'q',
    label: 'leave',
    help: 'leave; the run goes on',
    press: () => ({ close: true, say: 'The run goes on.' }),
  },
  {
    keys: ['Q'],
    shown: 'Q',
    label: 'stop',
    help: 'stop the run, where it can be resumed; asks first',
    blocked: notRunning,
    press: (state) => {
      const run = shownIn(state)?.watched.path ?? state.path;
      return {
        ask: {
          text: `Stop ${basename(run)} where it can be resumed?`,
          yes: control(state, 'stop').effects ?? [],
        },
      };
    },
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
    press: (state) => ({ state: { ...state, epoch: undefined } }),
  },
  {
    keys: ['y'],
    shown: 'y',
    label: 'log',
    help: 'logarithmic scale of the loss, and back',
    press: (state) => ({ state: { ...state, log: !state.log } }),
  },
  {
    keys: ['s'],
    shown: 's',
    help: 'show the search, or the training in its folder',
    blocked: ({ training }) => (training === undefined ? 'There is no training in its folder.' : undefined),
    press: (state) => {
      const isTraining = state.chosen === undefined || state.chosen === 'training';
      return { state: { ...state, chosen: isTraining ? 'search' : 'training', epoch: undefined } };
    },
  },
];

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
    if (watched.path === state.path) return { ...state, seen: watched };
    if (watched.path === join(state.path, 'train')) return { ...state, training: watched };
    return state;
  },
};
