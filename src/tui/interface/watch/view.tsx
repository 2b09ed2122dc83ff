/** How a watched run is drawn: a header, and as many panes as there is room for. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { formatDuration } from '../../format.ts';
import { bar, marks } from '../../glyphs.ts';
import { Line } from '../../line.tsx';
import { currentStage } from '../../progress-state.ts';
import { fittingText, progressText } from '../../progress-text.ts';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import type { Frame, Pane } from '../frame.ts';
import { PaneBox } from '../pane.tsx';
import { cellLines } from '../panes/cells.ts';
import { curveLines } from '../panes/curves.ts';
import { heatLines } from '../panes/heat.ts';
import { logLines } from '../panes/log.ts';
import { stateLines } from '../panes/state-of-run.ts';
import type { ShownRun } from '../shown-run.ts';
import { statusTalk } from '../status.ts';
import { shownIn } from './watch.ts';
import type { PaneName, WatchState } from './watch.ts';

export function watchView(state: WatchState, frame: Frame): ReactElement {
  const { columns, rows, look } = frame;
  const run = shownIn(state);
  if (run === undefined) {
    return (
      <Line columns={columns} look={look}>
        {span('quiet', `Waiting for ${state.path} to begin …`)}
      </Line>
    );
  }
  const header = headerLines(state, run, frame);
  const panes = panesOf(state, run);
  const room = rows - header.length;
  return (
    <Box flexDirection="column" width={columns}>
      {header.map((line, i) => (
        // oxlint-disable-next-line react/no-array-index-key
        <Line key={i} columns={columns} look={look}>
          {line}
        </Line>
      ))}
      {layout(state, columns, room).map((row) => (
        <Box key={row.panes.join()} flexDirection="row" columnGap={between} height={row.height}>
          {row.panes.map((name, i) => (
            <PaneBox
              key={name}
              pane={panes[name]}
              width={widthsOf(columns, row.panes.length)[i] ?? columns}
              height={row.height}
              focused={state.pane === name}
              frame={frame}
            />
          ))}
        </Box>
      ))}
    </Box>
  );
}

const between = 2;

function widthsOf(columns: number, count: number): readonly number[] {
  const each = Math.floor((columns - between * (count - 1)) / count);
  return Array.from({ length: count }, (_, i) =>
    i < count - 1 ? each : columns - (each + between) * (count - 1),
  );
}

interface LaidRow {
  readonly panes: readonly PaneName[];
  readonly height: number;
}

/** Rows of panes that fill the room. Small terminals have fewer panes, and always the one that one is in. */
export function layout(
  { pane, zoomed }: Pick<WatchState, 'pane' | 'zoomed'>,
  columns: number,
  room: number,
): readonly LaidRow[] {
  if (zoomed || columns < 76 || room < 16) return [{ panes: [pane], height: room }];
  if (columns >= 110 && room >= 30) {
    const top = Math.floor(room * 0.36);
    const middle = Math.floor(room * 0.38);
    return [
      { panes: ['curves', 'cells'], height: top },
      { panes: ['alphas', 'state'], height: middle },
      { panes: ['log'], height: room - top - middle },
    ];
  }
  const top = Math.floor(room / 2);
  const right = pane === 'alphas' ? 'alphas' : 'cells';
  const left = pane === 'log' ? 'log' : 'state';
  return [
    { panes: ['curves'], height: top },
    { panes: [left, right], height: room - top },
  ];
}

function panesOf(state: WatchState, run: ShownRun): Readonly<Record<PaneName, Pane>> {
  const { epoch, log, uses } = state;
  const at = epoch === undefined ? '' : `, ${epochName(epoch)}`;
  const cursor = epoch === undefined ? undefined : epoch + 1;
  return {
    curves: { title: `1 curves${at}`, lines: (room) => curveLines(run, room, { log, cursor }) },
    cells: { title: `2 cells${at}`, lines: (room) => cellLines(run, room, epoch) },
    alphas: { title: `3 alphas${at}`, lines: (room) => heatLines(run, room, epoch) },
    state: { title: '4 state', lines: (room) => stateLines(run, room, uses) },
    log: { title: '5 log', lines: (room) => logLines(run, room) },
  };
}

/** Epochs count from 1 for people; -1 is before the first. */
function epochName(epoch: number): string {
  return epoch < 0 ? 'before the first epoch' : `after epoch ${epoch + 1}`;
}

/** Where the run is, how far it is, and what of it cannot be read. */
function headerLines(state: WatchState, run: ShownRun, frame: Frame): readonly Talk[] {
  const { damage, path } = run.watched;
  // The name of the run is above, and what is wrong must be read before the line ends.
  const first = damage[0]?.replaceAll(`${path}/`, '');
  const more = damage.length > 1 ? ` (and ${damage.length - 1} more: 5 log)` : '';
  const note = first === undefined ? [] : [span('warning', `${marks.note} ${first}${more}`)];
  return [...standingLines(state, run, frame), ...note];
}

function standingLines(state: WatchState, run: ShownRun, { columns, now }: Frame): readonly Talk[] {
  const { watched, data, preset } = run;
  const { record, status } = watched;
  const facts = [
    record?.kind,
    data,
    preset,
    record?.engine,
    record === undefined ? undefined : `seed ${record.seed}`,
  ]
    .filter((fact) => fact !== undefined && fact !== '')
    .join(' · ');
  const first: Talk = [
    statusTalk(status),
    '  ',
    span('title', nameOf(state, run)),
    '  ',
    span('quiet', facts),
  ];
  const stage = currentStage(run.progress);
  const begun = run.begunAt;
  const elapsed = begun === undefined ? '' : formatDuration(Math.max(0, (run.endedAt ?? now) - begun));
  if (stage?.progress === undefined) {
    const reason = record?.reason ?? stage?.title ?? '';
    return [first, [reason, reason === '' ? '' : '  ', span('quiet', elapsed === '' ? '' : `in ${elapsed}`)]];
  }
  const { progress } = stage;
  const epoch =
    progress.total > 0
      ? `epoch ${Math.min(run.epochs, Math.floor((progress.done / progress.total) * run.epochs) + 1)}/${run.epochs}  `
      : '';
  const share = progress.total > 0 ? progress.done / progress.total : 0;
  const width = Math.max(8, Math.min(30, columns - 50));
  const full = Math.max(0, Math.min(width, Math.floor(share * width)));
  const { percent, count, ...pace } = progressText(progress, now);
  // What stands still has no pace.
  const words = { count, ...(percent !== undefined && { percent }), ...(status === 'running' && pace) };
  const text = fittingText(words, columns - width - epoch.length - elapsed.length - 4);
  return [
    first,
    [
      span('quiet', epoch),
      span('bar', bar.full.repeat(full)),
      span('quiet', bar.rest.repeat(width - full)),
      ` ${text}  `,
      span('quiet', elapsed),
    ],
  ];
}

function nameOf({ path }: WatchState, { watched }: ShownRun): string {
  const name = watched.path.split(/[\\/]/).slice(-2).join('/');
  return watched.path === path ? name : `${name} (training)`;
}
