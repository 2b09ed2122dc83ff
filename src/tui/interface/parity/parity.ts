/** The parity of a model, live: a row a runtime, a column a check, filling as results come. */

import { basename, resolve } from 'node:path';

import type { z } from 'zod';

import { readArtefact } from '../../../run/artefacts/artefact.ts';
import type { LoggedEvent } from '../../../run/artefacts/events.ts';
import { parity } from '../../../run/artefacts/results.ts';
import type { PairFigures } from '../../../run/artefacts/results.ts';
import { openRun } from '../../../run/directory.ts';
import type { Watched } from '../../../run/watch.ts';
import type { KeyRow, ScreenKind, Step } from '../screen.ts';
import { started } from '../started.ts';

export interface ParityState {
  /** Absolute. */
  readonly path: string;
  readonly seen: Watched | undefined;
  /** The row under the cursor, by number. */
  readonly row: number;
  /** What of that row has the place of the log: its figures, or the values in between. */
  readonly opened: 'figures' | 'layers' | undefined;
  /** parity.json, once it was asked for and is there. */
  readonly report: ParityFigures | undefined;
}

export type ParityFigures = z.output<typeof parity.schema>;

export interface CheckCell {
  readonly outcome: Extract<LoggedEvent, { readonly kind: 'check' }>['outcome'];
  readonly text: string;
}

export interface CheckTable {
  readonly columns: readonly string[];
  readonly rows: readonly CheckRow[];
}

export interface CheckRow {
  readonly name: string;
  readonly cells: ReadonlyMap<string, CheckCell>;
  /** Once all its checks are done; runs from before that was logged have it in parity.json alone. */
  readonly figures: PairFigures | undefined;
}

export function parityState(path: string): ParityState {
  return { path: resolve(path), seen: undefined, row: 0, opened: undefined, report: undefined };
}

/** What happened the last time that runtimes were compared, until something else was done; nothing where they never were. */
export function comparedIn(events: readonly LoggedEvent[]): readonly LoggedEvent[] {
  const first = events.findLastIndex((event) => event.kind === 'begun' && event.stage === 'parity');
  if (first < 0) return [];
  const next = events.findIndex((event, i) => i > first && event.kind === 'begun');
  return events.slice(first, next < 0 ? undefined : next);
}

/** The table of the last comparison; the last event of a cell holds. */
export function checkTable(events: readonly LoggedEvent[]): CheckTable {
  const columns: string[] = [];
  const rows = new Map<string, Map<string, CheckCell>>();
  const found = new Map<string, PairFigures>();
  for (const event of comparedIn(events)) {
    if (event.kind !== 'check') continue;
    const { row, column, outcome, text, figures } = event;
    if (!columns.includes(column)) columns.push(column);
    const cells = rows.get(row) ?? new Map<string, CheckCell>();
    cells.set(column, { outcome, text });
    rows.set(row, cells);
    if (figures !== undefined) found.set(row, figures);
  }
  return { columns, rows: [...rows].map(([name, cells]) => ({ name, cells, figures: found.get(name) })) };
}

function moved(state: ParityState, by: number): ParityState {
  const { rows } = checkTable(state.seen?.events ?? []);
  return { ...state, row: Math.max(0, Math.min(rows.length - 1, state.row + by)) };
}

/** Why the values in between are not known; undefined where parity.json may have them. */
function notCompared({ seen }: ParityState): string | undefined {
  return seen?.holder === undefined && checkTable(seen?.events ?? []).rows.length > 0
    ? undefined
    : 'They are there once all runtimes are compared.';
}

/** Why there are no figures of the runtime under the cursor; undefined where there are. */
function noFigures(state: ParityState): string | undefined {
  const { rows } = checkTable(state.seen?.events ?? []);
  const row = rows[state.row];
  if (row === undefined) return 'Nothing is compared yet.';
  if (row.figures !== undefined || notCompared(state) === undefined) return undefined;
  return `The figures of ${row.name} are there once it is compared.`;
}

function busy({ seen }: ParityState): string | undefined {
  return seen?.holder === undefined ? undefined : 'A process works on the run now.';
}

/** Opens a part of what is known of the runtime; the log again, where that is open. */
function shown(state: ParityState, part: 'figures' | 'layers'): Step<ParityState> {
  if (state.opened === part) return { state: { ...state, opened: undefined } };
  // While runtimes are compared, parity.json is of the time before.
  if (state.seen?.holder !== undefined) return { state: { ...state, opened: part } };
  const work = async () => readArtefact(openRun(state.path), parity);
  return {
    state: { ...state, opened: part },
    effects: [{ kind: 'work', what: figuresOf(state), work }],
  };
}

function again(state: ParityState, ...options: readonly string[]): Step<ParityState> {
  return {
    ...started(['parity', state.path, ...options], 'Parity:'),
    state: { ...state, opened: undefined, report: undefined },
  };
}

const keys: readonly KeyRow<ParityState>[] = [
  {
    keys: ['up', 'down'],
    shown: '↑↓',
    label: 'runtime',
    help: 'go to another runtime, whose figures are below the table',
    press: (state, key) => ({ state: moved(state, key === 'up' ? -1 : 1) }),
  },
  {
    keys: ['return'],
    shown: 'enter',
    label: ({ opened }) => (opened === 'figures' ? 'log' : 'figures'),
    help: 'the figures of the runtime, and the log again',
    blocked: noFigures,
    press: (state) => shown(state, 'figures'),
  },
  {
    keys: ['l'],
    shown: 'l',
    label: ({ opened }) => (opened === 'layers' ? 'log' : 'layers'),
    help: 'the values in between of the runtime, those first that use most of what is allowed',
    blocked: notCompared,
    press: (state) => shown(state, 'layers'),
  },
  {
    keys: ['L'],
    shown: 'L',
    help: 'compare again, the values in between as well',
    blocked: busy,
    press: (state) => again(state, '--layers'),
  },
  {
    keys: ['a'],
    shown: 'a',
    label: 'again',
    help: 'compare again',
    blocked: busy,
    press: (state) => again(state),
  },
  {
    keys: ['Q'],
    shown: 'Q',
    label: 'stop',
    help: 'stop the comparison; asks first',
    blocked: ({ seen }) => (seen?.holder === undefined ? 'No process works on the run.' : undefined),
    press: ({ path }) => ({
      ask: {
        text: `Stop what is done with ${basename(path)}?`,
        yes: [{ kind: 'control', run: path, command: 'stop' }],
      },
    }),
  },
  {
    keys: ['q', 'escape'],
    shown: 'q',
    label: 'back',
    help: 'back; the comparison goes on',
    press: () => ({ close: true }),
  },
];

const figuresOf = ({ path }: ParityState) => `the figures of ${path}`;

export const parityScreen: ScreenKind<ParityState> = {
  name: 'parity',
  title: ({ path }) => `the parity of ${basename(path)}`,
  keys: () => keys,
  needs: ({ path }) => ({ runs: [path] }),
  told(state, news) {
    if (news.kind === 'worked' && news.what === figuresOf(state)) {
      const report = parity.schema.safeParse(news.value).data;
      return report === undefined ? state : { ...state, report };
    }
    if (news.kind !== 'watched' || news.watched.path !== state.path) return state;
    if (news.watched.holder === undefined) return { ...state, seen: news.watched };
    const opened = state.opened === 'layers' ? undefined : state.opened;
    return { ...state, opened, report: undefined, seen: news.watched };
  },
};
