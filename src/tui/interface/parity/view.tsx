/** How the parity of a model is drawn. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import type { LoggedEvent } from '../../../run/artefacts/events.ts';
import type { Watched } from '../../../run/watch.ts';
import { wrap } from '../../columns.ts';
import { formatDuration } from '../../../run/duration.ts';
import { marks } from '../../glyphs.ts';
import { Line } from '../../line.tsx';
import { span } from '../../theme.ts';
import type { Meaning, Talk } from '../../theme.ts';
import { fitting, padded, widthOfTalk } from '../../width.ts';
import type { Frame, Pane, Room } from '../frame.ts';
import { PaneBox } from '../pane.tsx';
import { logLines } from '../panes/log.ts';
import { shownRun } from '../shown-run.ts';
import { currentStage } from '../../progress-state.ts';
import { progressText } from '../../progress-text.ts';
import { layerLines } from './layers.ts';
import { checkTable, comparedIn } from './parity.ts';
import type { CheckCell, CheckRow, CheckTable, ParityFigures, ParityState } from './parity.ts';

export function parityView(state: ParityState, frame: Frame): ReactElement {
  const { columns, rows, look, now } = frame;
  const { seen } = state;
  const table = checkTable(seen?.events ?? []);
  const detailLines = (room: Room) => [
    ...rowLines(table, state.row),
    ...openedLines(state, table.rows[state.row], room),
  ];
  // What is opened is read now: the table gives way to it, as far as it needs the room.
  const needed = 2 + detailLines({ width: columns, height: rows, look, now }).length;
  const others = state.opened === undefined ? 8 : Math.min(16, needed);
  const height = Math.min(table.rows.length + 2, Math.max(6, rows - others));
  const below = Math.max(0, rows - 1 - height);
  const detail = state.opened !== undefined ? below : Math.min(5, below);
  // Looked at again and again, so the same events are the same list.
  const events = recentEvents(seen);
  const panes: readonly (readonly [Pane, number])[] = [
    [{ title: 'how far each is off', lines: (room) => tableLines(table, state, room) }, height],
    [
      {
        title: table.rows[state.row]?.name ?? 'no runtime',
        lines: detailLines,
      },
      detail,
    ],
    [
      { title: 'log', lines: () => logLines({ events, damage: seen?.damage ?? [] }), top: Infinity },
      below - detail,
    ],
  ];
  return (
    <Box flexDirection="column" width={columns}>
      <Line columns={columns} look={look}>
        {headline(state, now)}
      </Line>
      {panes
        .filter(([, room]) => room > 1)
        .map(([pane, room], i) => (
          <PaneBox
            key={i === 0 ? 'table' : pane.title}
            pane={pane}
            width={columns}
            height={room}
            focused={i === 0}
            frame={frame}
          />
        ))}
    </Box>
  );
}

const recent = new WeakMap<Watched, readonly LoggedEvent[]>();

function recentEvents(seen: Watched | undefined): readonly LoggedEvent[] {
  if (seen === undefined) return [];
  const events = recent.get(seen) ?? comparedIn(seen.events);
  recent.set(seen, events);
  return events;
}

/** What is compared, and how far that is or when it was. */
function headline({ seen, path }: ParityState, now: number): Talk {
  const name = [span('title', 'Parity'), `  ${path}  `];
  const stage = seen?.holder === undefined ? undefined : currentStage(shownRun(seen).beside);
  if (stage !== undefined) {
    const count = stage.progress === undefined ? '' : `  ${progressText(stage.progress, now).count}`;
    return [...name, span('current', `${stage.title}${count}`)];
  }
  const last = recentEvents(seen).at(-1);
  if (last === undefined) return name;
  const ago = formatDuration(Math.max(0, now - Date.parse(last.at)));
  return [...name, span('quiet', seen?.holder === undefined ? `${ago} ago` : 'beginning …')];
}

const outcomes: Readonly<Record<CheckCell['outcome'], readonly [Meaning, string]>> = {
  waiting: ['quiet', marks.note],
  running: ['current', marks.current],
  passed: ['done', marks.done],
  failed: ['failed', marks.failed],
  skipped: ['quiet', '-'],
};

function cellTalk(cell: CheckCell | undefined): Talk {
  if (cell === undefined) return '';
  const [meaning, mark] = outcomes[cell.outcome];
  return [span(meaning, mark), ' ', cell.outcome === 'running' ? span('quiet', 'running') : cell.text];
}

function tableLines(
  { columns, rows }: CheckTable,
  { row: at, seen }: ParityState,
  room: Room,
): readonly Talk[] {
  if (rows.length === 0) {
    const isAtWork = seen === undefined || seen.holder !== undefined;
    return [
      span(
        'quiet',
        isAtWork ? 'Reading the model and trying every runtime …' : 'Nothing is compared: a begins.',
      ),
    ];
  }
  const nameWidth = Math.min(28, Math.max(...rows.map(({ name }) => widthOfTalk(name))));
  const widths = columnWidths({ columns, rows }, room.width - nameWidth - 2);
  const height = Math.max(1, room.height - 1);
  // The row under the cursor is always among those that are shown.
  const first = Math.max(0, Math.min(at - Math.floor(height / 2), rows.length - height));
  return [
    [
      '  ',
      span('quiet', 'runtime'.padEnd(nameWidth)),
      ...columns.map((each, i) => ['  ', cut(span('quiet', each), widths[i] ?? 0, room)]),
    ],
    ...rows.slice(first, first + height).map(({ name, cells }, i): Talk => {
      const isHere = first + i === at;
      const skipped = cells.get(columns[0] ?? '');
      return [
        isHere ? span('current', '> ') : '  ',
        cut(span(isHere ? 'selected' : 'strong', name), nameWidth, room),
        // What is skipped says why, over all columns.
        ...(skipped?.outcome === 'skipped'
          ? ['  ', cellTalk(skipped)]
          : columns.map((column, k) => ['  ', cellOf(cells.get(column), widths[k] ?? 0, room)])),
      ];
    }),
  ];
}

/** Without the reasons, which are below. */
const shortText = ({ text }: CheckCell): string => text.split(': ')[0] ?? '';

/** A column needs its widest cell; where that is too much for all, each has as much as the others. */
function columnWidths({ columns, rows }: CheckTable, width: number): readonly number[] {
  const needed = columns.map((column) =>
    Math.max(
      widthOfTalk(column),
      ...rows.flatMap(({ cells }) => {
        const cell = cells.get(column);
        return cell === undefined || cell.outcome === 'skipped' ? [] : [2 + widthOfTalk(shortText(cell))];
      }),
    ),
  );
  const between = 2 * columns.length;
  if (needed.reduce((sum, each) => sum + each, between) <= width) return needed;
  const each = Math.max(1, Math.floor((width - between) / Math.max(1, columns.length)));
  return needed.map(() => each);
}

/** Fewer columns than this show no figure whole: the mark says how it went. */
const leastFigure = 11;

function cellOf(cell: CheckCell | undefined, width: number, room: Room): Talk {
  if (cell === undefined) return ' '.repeat(width);
  if (width >= leastFigure) return cut(cellTalk({ ...cell, text: shortText(cell) }), width, room);
  const [meaning, mark] = outcomes[cell.outcome];
  return cut(span(meaning, mark), width, room);
}

/** As wide as its column, whatever it says. */
function cut(talk: Talk, width: number, { look }: Room): Talk {
  return padded(fitting(talk, width, look), width);
}

/** Every check of a row in full. */
function rowLines({ columns, rows }: CheckTable, at: number): readonly Talk[] {
  const row = rows[at];
  if (row === undefined) return [];
  return columns.flatMap((column): Talk[] => {
    const cell = row.cells.get(column);
    return cell === undefined ? [] : [named(column, cellTalk(cell))];
  });
}

const nameWidth = 20;
const named = (name: string, value: Talk): Talk => [span('quiet', name.padEnd(nameWidth)), value];

function openedLines(
  { opened, report, seen }: ParityState,
  row: CheckRow | undefined,
  room: Room,
): readonly Talk[] {
  if (opened === undefined) return [];
  if (opened === 'layers') return layerLines(report, row?.name, room);
  if (seen?.holder !== undefined && row?.figures === undefined)
    return [span('quiet', 'Its figures are there once it is compared.')];
  return figureLines(report, row, room.width);
}

/** What is known of a runtime: the log has it as soon as it is compared, and parity.json in the end. */
function figureLines(
  report: ParityFigures | undefined,
  row: CheckRow | undefined,
  width: number,
): readonly Talk[] {
  const pair = row?.figures ?? report?.pairs.find(({ name }) => name === row?.name);
  if (pair === undefined) {
    if (report === undefined) return [span('quiet', 'parity.json is not there.')];
    const reason = report.unavailable.find(({ runtime }) => runtime === row?.name)?.reason;
    return reason === undefined ? [] : [named('not compared', reason)];
  }
  const { elements, p99, notFinite = 0, runs, version, seconds, note, failures, gate, used } = pair;
  const agreed = (top1: typeof pair.top1Real) =>
    top1 === undefined || top1.total === 0
      ? ''
      : `, the same highest value on ${top1.agreed} of ${top1.total}`;
  const tried = (count: number | undefined, of: number | undefined) =>
    count === undefined ? '' : `${count} of ${of ?? count}`;
  const real = tried(pair.realImages, pair.realOf);
  const rows: readonly (readonly [string, string])[] = [
    ['values compared', `${elements}${notFinite === 0 ? '' : `, ${notFinite} NaN or infinite`}`],
    ['99 % are within', typeof p99 === 'number' ? p99.toExponential(1) : ''],
    ['largest', pair.largestAbsolute === null ? 'not a number' : pair.largestAbsolute.toExponential(2)],
    typeof used === 'number'
      ? ['used', `${Number((100 * used).toPrecision(2))} % of ${gate.absolute.toExponential(1)}`]
      : ['allowed', gate.absolute.toExponential(0)],
    ['seeded', `${tried(pair.seededInputs, pair.seededOf)}${agreed(pair.top1Seeded)}`],
    ['real', real === '' || pair.realOf === 0 ? '' : `${real}${agreed(pair.top1Real)}`],
    ['took', seconds === undefined ? '' : formatDuration(1_000 * seconds)],
    ['ran', [runs, version].filter(Boolean).join(', version ')],
    ['note', note ?? ''],
    ...failures.map((failure): readonly [string, string] => ['failed', failure]),
  ];
  return rows
    .filter(([, text]) => text !== '')
    .flatMap(([title, text]) =>
      wrap(text, Math.max(20, width - nameWidth)).map((line, i) => named(i === 0 ? title : '', line)),
    );
}
