/** Which panes a comparison has on a terminal of some size, and what is in them. */

import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { padded } from '../../width.ts';
import type { Pane, Room } from '../frame.ts';
import { chartLines, chartsIn } from '../panes/curves.ts';
import { statusTalk } from '../status.ts';
import type { Moment } from '../screen.ts';
import type { Compared, ComparedPane, CompareState, Text } from './compare.ts';

/** The free columns between two panes, and between two cells. */
export const between = 2;

interface LaidRow {
  readonly panes: readonly ComparedPane[];
  readonly height: number;
}

/** Rows of panes that fill the room. The pane that one is in is always there; the text of all of it stands alone. */
export function layout(
  { pane, zoomed, compared }: Pick<CompareState, 'pane' | 'zoomed' | 'compared'>,
  columns: number,
  room: number,
): readonly LaidRow[] {
  if (zoomed || pane === 'all' || columns < 76 || room < 16) return [{ panes: [pane], height: room }];
  // Genotypes have no curves, and no settings.
  const hasCurves = compared.charts.length > 0;
  if (columns >= 110 && room >= 30) {
    const top = Math.floor(room * (hasCurves ? 0.32 : 0.4));
    const middle = hasCurves ? Math.floor(room * 0.3) : 0;
    return [
      { panes: ['figures', 'settings'], height: top },
      ...(hasCurves ? [{ panes: ['curves'] as const, height: middle }] : []),
      { panes: ['cells'], height: room - top - middle },
    ];
  }
  const half = Math.floor(room / 2);
  const other = pane === 'curves' ? 'figures' : pane;
  if (hasCurves)
    return [
      { panes: ['curves'], height: half },
      { panes: [other], height: room - half },
    ];
  return pane === 'figures' || pane === 'cells'
    ? [
        { panes: ['figures'], height: half },
        { panes: ['cells'], height: room - half },
      ]
    : [{ panes: [pane], height: room }];
}

/** Figures need more than settings: they say which is better, and by how much. */
const shares: Readonly<Partial<Record<ComparedPane, number>>> = { figures: 2 };

export function widthsOf(columns: number, panes: readonly ComparedPane[]): readonly number[] {
  const share = (name: ComparedPane) => shares[name] ?? 1;
  const all = panes.reduce((sum, name) => sum + share(name), 0);
  const room = columns - between * (panes.length - 1);
  const widths = panes.slice(0, -1).map((name) => Math.floor((room * share(name)) / all));
  return [...widths, room - widths.reduce((sum, width) => sum + width, 0)];
}

/** A line for each of what is compared, as many as a screen can spare. */
export function sideLines({ compared: { sides } }: CompareState, rows: number): readonly Talk[] {
  const most = Math.max(2, Math.floor(rows / 6));
  const shown = sides.length <= most ? sides : sides.slice(0, most - 1);
  const lines = shown.map(({ mark, name, status, facts }): Talk => [
    span('strong', `${mark}  `),
    span('title', name),
    status === undefined ? '' : ['  ', statusTalk(status)],
    span('quiet', facts === '' ? '' : `  ${facts}`),
  ]);
  const left = sides.length - shown.length;
  return left === 0 ? lines : [...lines, span('quiet', `… and ${left} more: 5 has all`)];
}

/** The pane that one is in: its lines, and the room for them. */
export function placeOf(state: CompareState, { columns, rows, look, now }: Moment) {
  const header = 1 + sideLines(state, rows - 1).length;
  const laid = layout(state, columns, rows - 1 - header);
  const row = laid.find(({ panes }) => panes.includes(state.pane)) ?? laid[0];
  const panes = row?.panes ?? [];
  const width = widthsOf(columns, panes)[panes.indexOf(state.pane)] ?? columns;
  const height = Math.max(0, (row?.height ?? 0) - 1);
  return { width, height, lines: paneOf(state, state.pane).lines({ width, height, look, now }) };
}

export function paneOf(state: CompareState, name: ComparedPane): Pane {
  const { pane, top, zoomed } = state;
  const isHere = name === pane;
  const hint = isHere ? 'arrows scroll' : zoomed ? undefined : 'z zooms';
  return { ...contentOf(state, name), top: isHere ? top : 0, hint };
}

function contentOf({ compared, chart }: CompareState, name: ComparedPane): Pick<Pane, 'title' | 'lines'> {
  switch (name) {
    case 'figures':
      return { title: '1 figures', lines: (room) => textLines(compared.figures, room) };
    case 'settings':
      return { title: '2 settings', lines: (room) => textLines(compared.settings, room) };
    case 'curves':
      return { title: '3 curves', lines: (room) => chartPart(compared, chart, room) };
    case 'cells':
      return { title: '4 cells', lines: (room) => cellBlocks(compared.cells, room) };
    case 'all':
    default:
      return { title: `5 $ ${compared.command}`, lines: (room) => textLines(compared.all, room) };
  }
}

function textLines(text: Text, { width, look }: Room): readonly Talk[] {
  return text({ width, ascii: look.ascii }).map(signed);
}

/** What differs has a sign of its own, and a colour. */
function signed(line: string): Talk {
  return line.startsWith('~ ') ? [span('warning', '~'), line.slice(1)] : line;
}

/** Two cells need so many columns to stand beside each other. */
const besideFrom = 100;

function cellBlocks(blocks: readonly Text[], room: Room): readonly Talk[] {
  if (blocks.length === 0) return [span('quiet', 'There are no two cells of a kind.')];
  const isBeside = blocks.length > 1 && room.width >= besideFrom;
  if (!isBeside) return blocks.flatMap((block, i) => [...(i === 0 ? [] : ['']), ...textLines(block, room)]);
  const width = Math.floor((room.width - between * (blocks.length - 1)) / blocks.length);
  const drawn = blocks.map((block) => textLines(block, { ...room, width }));
  const height = Math.max(...drawn.map((lines) => lines.length));
  return Array.from({ length: height }, (_, i) =>
    drawn.map((lines, k) =>
      k < drawn.length - 1 ? [padded(lines[i] ?? '', width), ' '.repeat(between)] : (lines[i] ?? ''),
    ),
  );
}

function chartPart({ charts }: Compared, first: number, room: Room): readonly Talk[] {
  if (charts.length === 0) return [span('quiet', 'There are no curves: no epoch has been measured.')];
  const shown = charts.slice(first, first + chartsIn(room));
  const log = shown.some((chart) => chart.log);
  const options = { log, cursor: undefined };
  if (shown.length === charts.length) return chartLines(shown, room, options);
  const last = first + shown.length;
  const which = last === first + 1 ? `${last}` : `${first + 1}–${last}`;
  return [
    ...chartLines(shown, { ...room, height: room.height - 1 }, options),
    span('quiet', `${which} of ${charts.length}: ←→ shows the others`),
  ];
}
