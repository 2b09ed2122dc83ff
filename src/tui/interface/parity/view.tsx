/** How the parity of a model is drawn. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { marks } from '../../glyphs.ts';
import { Line } from '../../line.tsx';
import { span } from '../../theme.ts';
import type { Meaning, Talk } from '../../theme.ts';
import { padded } from '../../width.ts';
import type { Frame, Pane, Room } from '../frame.ts';
import { PaneBox } from '../pane.tsx';
import { logLines } from '../panes/log.ts';
import { shownRun } from '../shown-run.ts';
import { currentStage } from '../../progress-state.ts';
import { progressText } from '../../progress-text.ts';
import { checkTable } from './parity.ts';
import type { CheckCell, CheckTable, ParityState } from './parity.ts';

export function parityView(state: ParityState, frame: Frame): ReactElement {
  const { columns, rows, look, now } = frame;
  const { seen } = state;
  const run = seen === undefined ? undefined : shownRun(seen);
  const table = checkTable(seen?.events ?? []);
  const stage = run === undefined || seen?.holder === undefined ? undefined : currentStage(run.progress);
  const pace = stage?.progress === undefined ? '' : `  ${progressText(stage.progress, now).count}`;
  const height = Math.min(table.rows.length + 2, Math.max(4, rows - 8));
  const below = Math.max(0, rows - 1 - height);
  const detail = Math.min(5, below);
  const panes: readonly (readonly [Pane, number])[] = [
    [{ title: 'against onnxruntime-cpu', lines: (room) => tableLines(table, state.row, room) }, height],
    [
      {
        title: table.rows[state.row]?.name ?? 'no runtime',
        lines: (room) => rowLines(table, state.row, room),
      },
      detail,
    ],
    [{ title: 'log', lines: () => (run === undefined ? [] : logLines(run)), top: Infinity }, below - detail],
  ];
  return (
    <Box flexDirection="column" width={columns}>
      <Line columns={columns} look={look}>
        {[
          span('title', 'Parity'),
          `  ${state.path}  `,
          span('current', stage === undefined ? '' : `${stage.title}${pace}`),
        ]}
      </Line>
      {panes
        .filter(([, room]) => room > 1)
        .map(([pane, room], i) => (
          <PaneBox
            key={pane.title}
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

function tableLines({ columns, rows }: CheckTable, at: number, room: Room): readonly Talk[] {
  if (rows.length === 0) return [span('quiet', 'Reading the model and trying every runtime …')];
  const nameWidth = Math.min(28, Math.max(...rows.map(({ name }) => name.length)));
  const width = Math.max(8, Math.floor((room.width - nameWidth - 2) / Math.max(1, columns.length)) - 2);
  return [
    [
      '  ',
      span('quiet', 'runtime'.padEnd(nameWidth)),
      ...columns.map((each) => span('quiet', `  ${each.padEnd(width)}`)),
    ],
    ...rows.map(({ name, cells }, i): Talk => [
      i === at ? span('current', '> ') : '  ',
      span(i === at ? 'selected' : 'strong', name.slice(0, nameWidth).padEnd(nameWidth)),
      // What is skipped says why, over all columns.
      ...(cells.get(columns[0] ?? '')?.outcome === 'skipped'
        ? ['  ', cellTalk(cells.get(columns[0] ?? ''))]
        : columns.flatMap((column): Talk[] => ['  ', padded(shortened(cells.get(column), width), width)])),
    ]),
  ];
}

function shortened(cell: CheckCell | undefined, width: number): Talk {
  if (cell === undefined) return '';
  return cellTalk({ ...cell, text: cell.text.slice(0, Math.max(0, width - 2)) });
}

/** Every check of a row in full. */
function rowLines({ columns, rows }: CheckTable, at: number, room: Room): readonly Talk[] {
  const row = rows[at];
  if (row === undefined) return [];
  const width = Math.max(...columns.map(({ length }) => length));
  return columns.slice(0, room.height).flatMap((column): Talk[] => {
    const cell = row.cells.get(column);
    return cell === undefined ? [] : [[span('quiet', `${column.padEnd(width)}  `), cellTalk(cell)]];
  });
}
