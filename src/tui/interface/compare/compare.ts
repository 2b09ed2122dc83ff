/** Runs and genotypes side by side: figures, settings that differ, curves over each other, cells edge by edge. */

import { chartsIn } from '../panes/curves.ts';
import type { Charted } from '../panes/curves.ts';
import { mostTop } from '../clip.ts';
import type { AnyScreen, KeyRow, Moment, ScreenKind } from '../screen.ts';
import { placeOf } from './layout.ts';

export const comparedPanes = ['figures', 'settings', 'curves', 'cells', 'all'] as const;
export type ComparedPane = (typeof comparedPanes)[number];

/** For which terminal a text is. */
export interface TextLook {
  readonly width: number;
  readonly ascii: boolean;
}
export type Text = (look: TextLook) => readonly string[];

/** One of what is compared, in a line. */
export interface ComparedSide {
  /** What it is called in texts and charts: A, B, C. */
  readonly mark: string;
  readonly name: string;
  /** Of a run. */
  readonly status: string | undefined;
  readonly facts: string;
}

/** A comparison as the screen shows it. Lines of a text are no wider than they are asked to be. */
export interface Compared {
  readonly sides: readonly ComparedSide[];
  readonly figures: Text;
  readonly settings: Text;
  /** A block a cell, which may stand beside each other. */
  readonly cells: readonly Text[];
  readonly charts: readonly ComparedChart[];
  /** All that `nascent compare` prints. */
  readonly all: Text;
  /** What one would type to get it. */
  readonly command: string;
  /** Reads all of it again: runs go on. */
  readonly again: () => AnyScreen;
}

export interface ComparedChart extends Charted {
  readonly log: boolean;
}

export interface CompareState {
  readonly compared: Compared;
  readonly pane: ComparedPane;
  readonly zoomed: boolean;
  /** How many lines of that pane were scrolled away above. */
  readonly top: number;
  /** The first chart that is shown. */
  readonly chart: number;
}

export function compareState(compared: Compared): CompareState {
  return { compared, pane: 'figures', zoomed: false, top: 0, chart: 0 };
}

function inPane(state: CompareState, pane: ComparedPane | undefined): CompareState {
  return pane === undefined || pane === state.pane ? state : { ...state, pane, top: 0 };
}

const strides: Readonly<Record<string, number>> = {
  up: -1,
  down: 1,
  pageup: -10,
  pagedown: 10,
  home: -Infinity,
  end: Infinity,
};

function scrolled(state: CompareState, by: number, at: Moment): CompareState {
  const { lines, height } = placeOf(state, at);
  const top = Math.max(0, Math.min(mostTop(lines.length, height), state.top + by));
  return top === state.top ? state : { ...state, top };
}

/** Other charts, by as many as there is room for. */
function turned(state: CompareState, by: 1 | -1, at: Moment): CompareState {
  const { charts } = state.compared;
  const shown = chartsIn(placeOf({ ...state, pane: 'curves' }, at));
  const chart = state.chart + by * shown;
  return chart < 0 || chart >= charts.length ? state : { ...state, chart };
}

const keys: readonly KeyRow<CompareState>[] = [
  {
    keys: ['q', 'escape'],
    shown: 'q',
    label: 'back',
    help: 'back',
    press: () => ({ close: true }),
  },
  {
    keys: ['1', '2', '3', '4', '5'],
    shown: '1–5',
    label: 'pane',
    help: 'go to a pane: figures, settings, curves, cells; 5 has all of it, as nascent compare prints it',
    press: (state, key) => ({ state: inPane(state, comparedPanes[Number(key) - 1]) }),
  },
  {
    keys: ['tab', 'shift-tab'],
    shown: 'tab',
    help: 'go to the next pane; with shift, to the one before',
    press: (state, key) => {
      const by = key === 'tab' ? 1 : comparedPanes.length - 1;
      return {
        state: inPane(state, comparedPanes[(comparedPanes.indexOf(state.pane) + by) % comparedPanes.length]),
      };
    },
  },
  {
    keys: ['z', 'return'],
    shown: 'z',
    label: 'zoom',
    help: 'give the pane the whole screen, and back',
    press: (state) => ({ state: { ...state, zoomed: !state.zoomed, top: 0 } }),
  },
  {
    keys: Object.keys(strides),
    shown: '↑↓',
    label: 'scroll',
    help: 'scroll the pane, where it has more lines',
    press: (state, key, at) => ({ state: scrolled(state, strides[key] ?? 0, at) }),
  },
  {
    keys: ['left', 'right'],
    shown: '←→',
    label: 'charts',
    help: 'other curves: metric, loss, entropy of alpha, skip connections',
    blocked: ({ compared: { charts } }) => (charts.length < 2 ? 'There are no other curves.' : undefined),
    press: (state, key, at) => ({ state: turned(state, key === 'right' ? 1 : -1, at) }),
  },
  {
    keys: ['a'],
    shown: 'a',
    label: 'again',
    help: 'read all of it again: runs go on',
    press: ({ compared }) => ({ close: true, open: compared.again() }),
  },
];

export const compareScreen: ScreenKind<CompareState> = {
  name: 'compare',
  title: () => 'the comparison',
  keys: () => keys,
  needs: () => ({}),
  told: (state) => state,
};
