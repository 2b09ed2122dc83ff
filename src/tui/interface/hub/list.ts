/** The list of runs: a row a run, and as many columns as there is room for, each as wide as what is in it. */

import { isDataName } from '../../../data/registry.ts';
import type { ListedRun } from '../../../run/list-runs.ts';
import { taskOf } from '../../../tasks/tasks.ts';
import { formatDuration } from '../../../run/duration.ts';
import { formatPercent } from '../../format.ts';
import { marks } from '../../glyphs.ts';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { fitting, fittingEnd, padded, widthOfTalk } from '../../width.ts';
import type { Room } from '../frame.ts';
import { statusTalk } from '../status.ts';
import { rowsOf, underCursor } from './state.ts';
import type { HubState } from './state.ts';

interface Column {
  readonly title: string;
  /** Columns with higher numbers go first where there is no room. */
  readonly rank: number;
  readonly cell: (run: ListedRun, now: number) => Talk;
  /** What is wider is cut; where it is not said, nothing is. */
  readonly most?: number;
  /** What it becomes where there is no room for it. */
  readonly short?: Pick<Column, 'title' | 'cell'>;
}

const columnsOfList: readonly Column[] = [
  { title: 'status', rank: 0, cell: ({ status }) => statusTalk(status) },
  { title: 'progress', rank: 2, cell: progressTalk, short: { title: 'done', cell: percentOf } },
  { title: 'best', rank: 1, cell: bestText },
  { title: 'skips', rank: 3, cell: ({ skips }) => (skips === undefined ? '' : String(skips)) },
  { title: 'dataset', rank: 4, most: 14, cell: ({ data }) => data ?? '' },
  { title: 'age', rank: 5, cell: ageText },
  { title: 'strategy', rank: 6, most: 16, cell: ({ strategy }) => strategy ?? '' },
  { title: 'kind', rank: 7, cell: ({ kind }) => kind ?? '?' },
  { title: 'preset', rank: 8, most: 14, cell: ({ preset }) => preset ?? '' },
  { title: 'measured on', rank: 9, cell: ({ best }) => splitOf(best) },
  { title: 'task', rank: 10, cell: ({ data }) => taskNameOf(data) },
];

const nameTitle = 'run';
const leastName = 18;
const between = 2;
/** Of a row, before the name: the cursor, and the mark. */
const signs = 2;

/** The rows that there is room for below the heading; the one under the cursor is among them. */
export function windowOf(state: HubState, height: number) {
  const rows = rowsOf(state);
  const cursor = underCursor(state)?.run.path;
  const at = rows.findIndex(({ run }) => run.path === cursor);
  const room = Math.max(1, height - 1);
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), rows.length - room));
  return { first, count: Math.min(room, rows.length), all: rows.length };
}

export function listLines(state: HubState, room: Room): readonly Talk[] {
  const rows = rowsOf(state);
  if (state.runs === undefined) return [span('quiet', 'Reading the runs …')];
  if (rows.length === 0 && state.trouble !== undefined) return [span('warning', state.trouble)];
  if (rows.length === 0) {
    return state.filter === ''
      ? [`No runs in ${state.folder} yet.`, 'n makes one; so do nascent search and nascent demo.']
      : [`No run has "${state.filter}".`];
  }
  const { first, count } = windowOf(state, room.height);
  const seen = rows.slice(first, first + count);
  const longest = Math.max(
    nameTitle.length,
    ...seen.map(({ run, depth }) => 2 * depth + widthOfTalk(nameOf(run.path, state.folder))),
  );
  const shown = fittingColumns(
    seen.map(({ run }) => run),
    room.width - signs - Math.min(leastName, longest),
    room.now,
  );
  const nameWidth = room.width - signs - shown.reduce((sum, { width }) => sum + width + between, 0);
  const cursor = underCursor(state)?.run.path;
  const heading: Talk = [
    ' '.repeat(signs),
    span('quiet', nameTitle.padEnd(nameWidth)),
    ...shown.map(({ title, width }) => span('quiet', `  ${title.padEnd(width)}`)),
  ];
  return [
    heading,
    ...seen.map(({ run, depth }): Talk => {
      const name = fittingEnd(nameOf(run.path, state.folder), nameWidth - 2 * depth, room.look);
      const isHere = run.path === cursor;
      return [
        isHere ? span('current', '>') : ' ',
        state.marked.has(run.path) ? span('warning', '*') : ' ',
        padded(span(isHere ? 'selected' : 'strong', `${'  '.repeat(depth)}${name}`), nameWidth),
        ...shown.flatMap(({ cell, width }): Talk[] => [
          ' '.repeat(between),
          padded(fitting(cell(run, room.now), width, room.look), width),
        ]),
      ];
    }),
  ];
}

interface SizedColumn extends Pick<Column, 'title' | 'cell' | 'rank'> {
  readonly width: number;
}

/** The columns that there is room for beside the names, those that matter most first. */
function fittingColumns(runs: readonly ListedRun[], room: number, now: number): readonly SizedColumn[] {
  let left = room;
  const kept = new Map<Column, SizedColumn>();
  for (const column of columnsOfList.toSorted((a, b) => a.rank - b.rank)) {
    const { rank, most = Infinity, short } = column;
    for (const { title, cell } of [column, ...(short === undefined ? [] : [short])]) {
      const widest = Math.max(...runs.map((run) => widthOfTalk(cell(run, now))));
      const width = Math.max(title.length, Math.min(most, widest));
      // What no run has says nothing.
      if (widest === 0 || width + between > left) continue;
      left -= width + between;
      kept.set(column, { title, cell, rank, width });
      break;
    }
  }
  return columnsOfList.flatMap((column) => kept.get(column) ?? []);
}

/** How far a run is that is not done, and how far what is done with it beside. */
function progressTalk(run: ListedRun): Talk {
  const { beside } = run;
  if (beside === undefined) return progressOf(run);
  const { done = 0, total = 0 } = beside.progress ?? {};
  const percent = total > 0 ? formatPercent(done, total) : '';
  return span('current', `${marks.current} ${beside.work}${percent}`);
}

/** `45%  5m 30s left`; empty for a run that is done. */
export function progressOf({ progress, left, status }: ListedRun): string {
  if (progress === undefined || status === 'done') return '';
  const percent = percentOf({ progress, status });
  return left === undefined ? percent : `${percent}  ${formatDuration(left)} left`;
}

function percentOf({ progress, status }: Pick<ListedRun, 'progress' | 'status'>): string {
  if (progress === undefined || status === 'done') return '';
  return formatPercent(progress.done, Math.max(1, progress.total)).trim();
}

/** `57.00 % accuracy`: values of one measure beside another say nothing without its name. */
function bestText({ best }: ListedRun): string {
  if (best === undefined) return '';
  // Of a character in bits alone, which takes less room than both.
  if (best.measure.title.endsWith('per character'))
    return `${Math.log2(best.value).toFixed(3)} bits/character`;
  return `${best.measure.format(best.value)} ${best.measure.title.split(' ').at(-1) ?? ''}`;
}

/** Which images or words the best value is of: validation, test or training. */
function splitOf(best: ListedRun['best']): string {
  return best?.measure.title.split(' ')[0] ?? '';
}

function ageText({ createdAt }: ListedRun, now: number): string {
  return createdAt === undefined ? '' : formatDuration(Math.max(0, now - Date.parse(createdAt)));
}

function taskNameOf(data: string | undefined): string {
  return data !== undefined && isDataName(data) ? taskOf(data).name : '';
}

function nameOf(path: string, folder: string): string {
  const prefix = `${folder.replace(/[\\/]$/, '')}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}
