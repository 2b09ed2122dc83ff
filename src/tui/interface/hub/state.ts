/** The state of the hub: the runs of a folder as they are listed, sorted, filtered and marked, and the cursor. */

import type { ListedRun } from '../../../run/list-runs.ts';
import type { Watched } from '../../../run/watch.ts';
import type { Step } from '../screen.ts';

export const sortings = ['newest', 'name', 'status', 'best'] as const;
export type Sorting = (typeof sortings)[number];

export interface HubState {
  readonly folder: string;
  /** Undefined before the first look. */
  readonly runs: readonly ListedRun[] | undefined;
  /** Why they cannot be listed. */
  readonly trouble?: string | undefined;
  /** The path of the run under the cursor; the first row where it is gone. */
  readonly cursor: string | undefined;
  readonly marked: ReadonlySet<string>;
  readonly filter: string;
  /** What is typed goes to the filter. */
  readonly filtering: boolean;
  readonly sorting: Sorting;
  /** The run under the cursor, watched. */
  readonly seen: Watched | undefined;
}

export function hubState(folder: string): HubState {
  return {
    folder,
    runs: undefined,
    cursor: undefined,
    marked: new Set(),
    filter: '',
    filtering: false,
    sorting: 'newest',
    seen: undefined,
  };
}

/** A row of the list; a run within another is below it. */
export interface HubRow {
  readonly run: ListedRun;
  readonly depth: number;
}

/** The rows that are shown, in order. */
export function rowsOf({ runs = [], filter, sorting }: HubState): readonly HubRow[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((each) => each !== '');
  const rows = runs.toSorted(orders[sorting]).flatMap((run) => withInside(run, 0));
  return rows.filter(({ run }) => {
    const { path, kind = '', status = '', data = '', preset = '' } = run;
    const text = [path, kind, status, data, preset].join(' ').toLowerCase();
    return words.every((each) => text.includes(each));
  });
}

export function withInside(run: ListedRun, depth: number): readonly HubRow[] {
  return [{ run, depth }, ...run.inside.flatMap((each) => withInside(each, depth + 1))];
}

type Order = (a: ListedRun, b: ListedRun) => number;
const byName: Order = (a, b) => a.path.localeCompare(b.path, 'en', { numeric: true });
const newest: Order = (a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? '') || byName(a, b);
const statuses = ['running', 'paused', 'crashed', 'failed', 'stopped', 'created', 'done'];
const orders: Readonly<Record<Sorting, Order>> = {
  newest,
  name: byName,
  status: (a, b) => statuses.indexOf(a.status ?? '') - statuses.indexOf(b.status ?? '') || newest(a, b),
  // Of one measure the best first; one measure beside another says nothing.
  best: (a, b) => {
    const [one, other] = [a.best, b.best];
    if (one === undefined || other === undefined)
      return Number(one === undefined) - Number(other === undefined);
    const byMeasure = one.measure.title.localeCompare(other.measure.title);
    return byMeasure || (one.measure.better === 'higher' ? other.value - one.value : one.value - other.value);
  },
};

/** How many runs there are, those within others as well, and how many of them work. */
export function countsOf({ runs = [] }: HubState): { readonly all: number; readonly running: number } {
  const all = runs.flatMap((run) => withInside(run, 0));
  return { all: all.length, running: all.filter(({ run }) => run.status === 'running').length };
}

export function underCursor(state: HubState): HubRow | undefined {
  const rows = rowsOf(state);
  return rows.find(({ run }) => run.path === state.cursor) ?? rows[0];
}

export function moved(state: HubState, by: number): Step<HubState> {
  const rows = rowsOf(state);
  const at = rows.findIndex(({ run }) => run.path === underCursor(state)?.run.path);
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
  return { state: { ...state, cursor: next?.run.path } };
}
