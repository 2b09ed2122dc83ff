/** How the hub is drawn: the list, and beside or below it the run under the cursor. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { counted, formatCount } from '../../format.ts';
import type { ListedRun } from '../../../run/list-runs.ts';
import type { Best } from '../../../run/artefacts/metrics.ts';
import { Line } from '../../line.tsx';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { firstFitting } from '../../width.ts';
import type { Frame, Pane, Room } from '../frame.ts';
import { PaneBox } from '../pane.tsx';
import { cellLines } from '../panes/cells.ts';
import { sparkline } from '../panes/state-of-run.ts';
import { chartsOf } from '../panes/curves.ts';
import { shownRun } from '../shown-run.ts';
import { statusTalk } from '../status.ts';
import { countsOf, rowsOf, underCursor } from './state.ts';
import type { HubState } from './state.ts';
import { listLines, progressOf, windowOf } from './list.ts';

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
  const found = counted(all, 'run');
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

function detailLines(state: HubState, room: Room): readonly Talk[] {
  const row = underCursor(state);
  if (row === undefined) return [];
  const { run } = row;
  const { best, note, progress } = run;
  const seen =
    state.seen?.path.endsWith(run.path.replace(/^\.\//, '')) === true ? shownRun(state.seen) : undefined;
  const count = progress === undefined ? '' : formatCount(progress.done, progress.total, progress.unit);
  const standing = [progressOf(run), count].filter((each) => each !== '');
  const facts: Talk[] = [
    firstFitting(
      [standingTalk(run, standing), standingTalk(run, standing.slice(0, 1)), statusTalk(run.status)],
      room.width,
    ),
    note ?? '',
    best === undefined ? '' : firstFitting(bestTexts(best), room.width),
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

function standingTalk({ status }: ListedRun, parts: readonly string[]): Talk {
  return [statusTalk(status), span('quiet', parts.map((each) => `  ${each}`).join(''))];
}

function bestTexts({ measure, value, epoch }: Best): [string, ...string[]] {
  const figure = measure.format(value);
  return [
    `best ${measure.title} ${figure}, epoch ${epoch + 1}`,
    `${measure.title} ${figure}, epoch ${epoch + 1}`,
    `${measure.title} ${figure}`,
  ];
}

/** At most `count` of the values, evenly spread, the last among them. */
function evenly(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count || count < 2) return values;
  return Array.from(
    { length: count },
    (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))] ?? Number.NaN,
  );
}
