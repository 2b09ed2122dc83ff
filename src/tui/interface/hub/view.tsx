/** How the hub is drawn: the list, and beside or below it the run under the cursor. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { isDataName } from '../../../data/registry.ts';
import { taskOf } from '../../../tasks/tasks.ts';
import { formatCount, formatDuration } from '../../format.ts';
import { Line } from '../../line.tsx';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { padded } from '../../width.ts';
import type { Frame, Pane, Room } from '../frame.ts';
import { PaneBox } from '../pane.tsx';
import { cellLines } from '../panes/cells.ts';
import { sparkline } from '../panes/state-of-run.ts';
import { chartsOf } from '../panes/curves.ts';
import { shownRun } from '../shown-run.ts';
import { statusTalk } from '../status.ts';
import { countsOf, rowsOf, underCursor } from './hub.ts';
import type { HubRow, HubState } from './hub.ts';

/** What is beside the list has two ops of a cell on a line: with short names, or with whole ones where all is wide. */
const besideFrom = 120;
const detailOf = (columns: number) => (columns >= 150 ? 52 : 40);

export function hubView(state: HubState, frame: Frame): ReactElement {
  const { columns, rows, look } = frame;
  const isBeside = columns >= besideFrom && underCursor(state) !== undefined;
  const isBelow = !isBeside && rows >= 22 && underCursor(state) !== undefined;
  const detailHeight = isBelow ? 12 : 0;
  const detailWidth = detailOf(columns);
  const listWidth = isBeside ? columns - detailWidth - 2 : columns;
  const listHeight = rows - 1 - detailHeight;
  const list: Pane = { title: listTitle(state, listHeight), lines: (room) => listLines(state, room) };
  const detail: Pane = {
    title: underCursor(state)?.run.path ?? 'no run',
    lines: (room) => detailLines(state, room),
  };
  return (
    <Box flexDirection="column" width={columns}>
      <Line columns={columns} look={look}>
        {headline(state)}
      </Line>
      <Box flexDirection={isBeside ? 'row' : 'column'} columnGap={2}>
        <PaneBox pane={list} width={listWidth} height={listHeight} focused={true} frame={frame} />
        {isBeside && (
          <PaneBox pane={detail} width={detailWidth} height={listHeight} focused={false} frame={frame} />
        )}
        {isBelow && (
          <PaneBox pane={detail} width={columns} height={detailHeight} focused={false} frame={frame} />
        )}
      </Box>
    </Box>
  );
}

function headline(state: HubState): Talk {
  const { folder, runs, filter } = state;
  const { all, running } = countsOf(state);
  const found = `${all} ${all === 1 ? 'run' : 'runs'}`;
  const shown = filter.trim() === '' ? found : `${rowsOf(state).length} of ${found}`;
  const count = runs === undefined ? 'reading …' : shown;
  return [
    span('title', 'Nascent'),
    `  ${folder}  `,
    span('quiet', running === 0 ? count : `${count}, ${running} running`),
  ];
}

/** How the list is sorted and filtered, and which part of it is seen where there is not room for all. */
function listTitle(state: HubState, height: number): string {
  const { sorting, filter, filtering } = state;
  const filtered = filter === '' && !filtering ? '' : `, with "${filter}${filtering ? '▏' : ''}"`;
  const { first, count, all } = windowOf(state, height - 1);
  const part = count < all ? `, ${first + 1}–${first + count} of ${all}` : '';
  return `runs, ${sorting}${sorting === 'newest' ? ' first' : ''}${filtered}${part}`;
}

/** The rows that there is room for below the heading; the one under the cursor is among them. */
function windowOf(state: HubState, height: number) {
  const rows = rowsOf(state);
  const cursor = underCursor(state)?.run.path;
  const at = rows.findIndex(({ run }) => run.path === cursor);
  const room = Math.max(1, height - 1);
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), rows.length - room));
  return { first, count: Math.min(room, rows.length), all: rows.length };
}

interface Column {
  readonly title: string;
  readonly width: number;
  /** Columns with higher numbers go first where there is no room. */
  readonly rank: number;
  readonly cell: (row: HubRow, now: number) => Talk;
}

const columnsOfList: readonly Column[] = [
  { title: 'status', width: 12, rank: 0, cell: ({ run }) => statusTalk(run.status) },
  { title: 'kind', width: 7, rank: 5, cell: ({ run }) => run.kind ?? '?' },
  { title: 'dataset', width: 10, rank: 3, cell: ({ run }) => run.data ?? '' },
  { title: 'preset', width: 10, rank: 6, cell: ({ run }) => run.preset ?? '' },
  { title: 'task', width: 6, rank: 8, cell: ({ run }) => taskNameOf(run.data) },
  {
    title: 'progress',
    width: 13,
    rank: 2,
    cell: ({ run: { progress, left, status } }) =>
      progress === undefined || status === 'done'
        ? ''
        : `${Math.floor((100 * progress.done) / Math.max(1, progress.total))}%${left === undefined ? '' : ` ${formatDuration(left)}`}`,
  },
  {
    title: 'best',
    width: 10,
    rank: 1,
    cell: ({ run: { best } }) => (best === undefined ? '' : best.measure.format(best.value)),
  },
  {
    title: 'skips',
    width: 5,
    rank: 7,
    cell: ({ run }) => (run.skips === undefined ? '' : String(run.skips)),
  },
  {
    title: 'age',
    width: 8,
    rank: 4,
    cell: ({ run: { createdAt } }, now) =>
      createdAt === undefined ? '' : formatDuration(Math.max(0, now - Date.parse(createdAt))),
  },
];

function taskNameOf(data: string | undefined): string {
  return data !== undefined && isDataName(data) ? taskOf(data).name : '';
}

const leastName = 18;
const between = 2;

function listLines(state: HubState, room: Room): readonly Talk[] {
  const rows = rowsOf(state);
  if (state.runs === undefined) return [span('quiet', 'Reading the runs …')];
  if (rows.length === 0 && state.trouble !== undefined) return [span('warning', state.trouble)];
  if (rows.length === 0) {
    return state.filter === ''
      ? [`No runs in ${state.folder} yet.`, 'n makes one; so do nascent search and nascent demo.']
      : [`No run has "${state.filter}".`];
  }
  const shown = fittingColumns(room.width);
  const nameWidth = room.width - 2 - shown.reduce((sum, { width }) => sum + width + between, 0);
  const cursor = underCursor(state)?.run.path;
  const { first, count } = windowOf(state, room.height);
  const heading: Talk = [
    '  ',
    span('quiet', 'run'.padEnd(nameWidth)),
    ...shown.map(({ title, width }) => span('quiet', `  ${title.padEnd(width)}`)),
  ];
  return [
    heading,
    ...rows.slice(first, first + count).map((row): Talk => {
      const { run, depth } = row;
      const name = `${'  '.repeat(depth)}${nameOf(run.path, state.folder)}`;
      const isHere = run.path === cursor;
      return [
        isHere ? span('current', '>') : ' ',
        state.marked.has(run.path) ? span('warning', '*') : ' ',
        span(isHere ? 'selected' : 'strong', cut(name, nameWidth).padEnd(nameWidth)),
        ...shown.flatMap(({ cell, width }): Talk[] => ['  ', padded(cell(row, room.now), width)]),
      ];
    }),
  ];
}

function fittingColumns(width: number): readonly Column[] {
  let left = width - 2 - leastName;
  const kept = columnsOfList
    .toSorted((a, b) => a.rank - b.rank)
    .filter((column) => {
      left -= column.width + between;
      return left >= 0;
    });
  return columnsOfList.filter((column) => kept.includes(column));
}

function nameOf(path: string, folder: string): string {
  const prefix = `${folder.replace(/[\\/]$/, '')}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

/** The end of a name says more than its beginning. */
function cut(name: string, width: number): string {
  return name.length <= width ? name : `…${name.slice(name.length - width + 1)}`;
}

function detailLines(state: HubState, room: Room): readonly Talk[] {
  const row = underCursor(state);
  if (row === undefined) return [];
  const { run } = row;
  const { best, note, progress } = run;
  const seen =
    state.seen?.path.endsWith(run.path.replace(/^\.\//, '')) === true ? shownRun(state.seen) : undefined;
  const count = progress === undefined ? '' : formatCount(progress.done, progress.total, progress.unit);
  const facts: Talk[] = [
    [statusTalk(run.status), span('quiet', count === '' ? '' : `  ${count}`)],
    note ?? '',
    best === undefined
      ? ''
      : `best ${best.measure.format(best.value)}, epoch ${best.epoch + 1}, ${best.measure.title}`,
  ].filter((line) => line !== '');
  if (seen === undefined) return facts;
  const charts = chartsOf(seen).flatMap(({ title, curves }): Talk[] =>
    curves.slice(0, 1).map(({ name, points }) => [
      span('quiet', `${title} `.padEnd(12)),
      span(
        'series1',
        sparkline(
          evenly(
            points.map(([, y]) => y).filter((y) => Number.isFinite(y)),
            room.width - 24,
          ),
          room.width - 24,
          room.look.ascii,
        ),
      ),
      span('quiet', ` ${name}`),
    ]),
  );
  const left = room.height - facts.length - charts.length;
  return [...facts, ...charts, ...cellLines(seen, { ...room, height: left }, undefined)];
}

/** At most `count` of the values, evenly spread, the last among them. */
function evenly(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count || count < 2) return values;
  return Array.from(
    { length: count },
    (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))] ?? Number.NaN,
  );
}
