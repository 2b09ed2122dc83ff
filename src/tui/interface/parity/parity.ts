/** The parity of a model, live: a row a runtime, a column a check, filling as results come. */

import { basename, resolve } from 'node:path';

import type { LoggedEvent } from '../../../run/artefacts/events.ts';
import type { Watched } from '../../../run/watch.ts';
import type { KeyRow, ScreenKind } from '../screen.ts';
import { started } from '../started.ts';

export interface ParityState {
  /** Absolute. */
  readonly path: string;
  readonly seen: Watched | undefined;
  /** The row under the cursor, by number. */
  readonly row: number;
}

export interface CheckCell {
  readonly outcome: Extract<LoggedEvent, { readonly kind: 'check' }>['outcome'];
  readonly text: string;
}

export interface CheckTable {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: ReadonlyMap<string, CheckCell> }[];
}

export function parityState(path: string): ParityState {
  return { path: resolve(path), seen: undefined, row: 0 };
}

/** The table of the last time that runtimes were compared; the last event of a cell holds. */
export function checkTable(events: readonly LoggedEvent[]): CheckTable {
  const first = events.findLastIndex((event) => event.kind === 'begun' && event.stage === 'parity');
  const columns: string[] = [];
  const rows = new Map<string, Map<string, CheckCell>>();
  for (const event of events.slice(Math.max(0, first))) {
    if (event.kind !== 'check') continue;
    const { row, column, outcome, text } = event;
    if (!columns.includes(column)) columns.push(column);
    const cells = rows.get(row) ?? new Map<string, CheckCell>();
    cells.set(column, { outcome, text });
    rows.set(row, cells);
  }
  return { columns, rows: [...rows].map(([name, cells]) => ({ name, cells })) };
}

function moved(state: ParityState, by: number): ParityState {
  const { rows } = checkTable(state.seen?.events ?? []);
  return { ...state, row: Math.max(0, Math.min(rows.length - 1, state.row + by)) };
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
    keys: ['a'],
    shown: 'a',
    label: 'again',
    help: 'compare again',
    blocked: ({ seen }) => (seen?.holder === undefined ? undefined : 'A process works on the run now.'),
    press: ({ path }) => started(['parity', path], 'Parity:'),
  },
  {
    keys: ['q', 'escape'],
    shown: 'q',
    label: 'back',
    help: 'back; the comparison goes on',
    press: () => ({ close: true }),
  },
];

export const parityScreen: ScreenKind<ParityState> = {
  name: 'parity',
  title: ({ path }) => `the parity of ${basename(path)}`,
  keys: () => keys,
  needs: ({ path }) => ({ runs: [path] }),
  told(state, news) {
    return news.kind === 'watched' && news.watched.path === state.path
      ? { ...state, seen: news.watched }
      : state;
  },
};
