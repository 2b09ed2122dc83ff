/** Which panes a watched run has on a terminal of some size, and what is in them. */

import { whenLogged } from '../../../run/artefacts/alphas.ts';
import { mostTop } from '../clip.ts';
import type { Pane } from '../frame.ts';
import { cellLines } from '../panes/cells.ts';
import { curveLines } from '../panes/curves.ts';
import { heatLines } from '../panes/heat.ts';
import { logLines } from '../panes/log.ts';
import { stateLines } from '../panes/state-of-run.ts';
import type { Moment } from '../screen.ts';
import type { ShownRun } from '../shown-run.ts';
import type { PaneName, WatchState } from './watch.ts';

/** The free columns between two panes. */
export const between = 2;

export function widthsOf(columns: number, count: number): readonly number[] {
  const each = Math.floor((columns - between * (count - 1)) / count);
  return Array.from({ length: count }, (_, i) =>
    i < count - 1 ? each : columns - (each + between) * (count - 1),
  );
}

export interface LaidRow {
  readonly panes: readonly PaneName[];
  readonly height: number;
}

/** Rows of panes that fill the room. Small terminals have fewer panes, and always the one that one is in. */
export function layout(
  { pane, zoomed }: Pick<WatchState, 'pane' | 'zoomed'>,
  columns: number,
  room: number,
): readonly LaidRow[] {
  const right = pane === 'alphas' ? 'alphas' : 'cells';
  const left = pane === 'log' ? 'log' : 'state';
  if (zoomed || room < 16 || (columns < 76 && room < 30)) return [{ panes: [pane], height: room }];
  if (room >= 30) {
    // Curves are read across; below them each pane has half of the columns, or one has all.
    const top = Math.max(13, Math.round(room * 0.3));
    const middle = Math.floor((room - top) * 0.58);
    const isWide = columns >= 110;
    return [
      { panes: ['curves'], height: top },
      { panes: isWide ? ['cells', 'alphas'] : [right], height: middle },
      { panes: isWide ? ['state', 'log'] : [left], height: room - top - middle },
    ];
  }
  const top = Math.floor(room / 2);
  return [
    { panes: ['curves'], height: top },
    { panes: [left, right], height: room - top },
  ];
}

export function panesOf(state: WatchState, run: ShownRun): Readonly<Record<PaneName, Pane>> {
  const { epoch, log, uses, pane, zoomed, top } = state;
  const at = epoch === undefined ? '' : `, ${whenLogged(epoch)}`;
  const cursor = epoch === undefined ? undefined : epoch + 1;
  /** The pane that one is in is scrolled; of the others one sees the beginning, and of the log the end. */
  const placed = (name: PaneName, rest = 0) => ({
    top: name === pane ? (top ?? rest) : rest,
    hint: name === pane ? 'arrows scroll' : zoomed ? undefined : 'z zooms',
  });
  return {
    curves: { title: `1 curves${at}`, lines: (room) => curveLines(run, room, { log, cursor }) },
    cells: {
      title: `2 cells: op, input, weight${at}`,
      lines: (room) => cellLines(run, room, epoch),
      ...placed('cells'),
    },
    alphas: {
      title: `3 alphas: edges × ops${at}`,
      lines: (room) => heatLines(run, room, epoch),
      ...placed('alphas'),
    },
    state: { title: '4 state', lines: (room) => stateLines(run, room, uses), ...placed('state') },
    log: { title: '5 log', lines: () => logLines(run.watched), ...placed('log', Infinity) },
  };
}

/** How far the pane that one is in can be scrolled on this terminal: lines that are above its first, at most. */
export function mostScrolled(state: WatchState, run: ShownRun, header: number, at: Moment): number {
  const rows = layout(state, at.columns, at.rows - 1 - header);
  const row = rows.find(({ panes }) => panes.includes(state.pane));
  if (row === undefined) return 0;
  const width = widthsOf(at.columns, row.panes.length)[row.panes.indexOf(state.pane)] ?? at.columns;
  const room = { width, height: Math.max(0, row.height - 1), look: at.look, now: at.now };
  return mostTop(panesOf(state, run)[state.pane].lines(room).length, room.height);
}
