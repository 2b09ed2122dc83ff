/** From the state of the interface to the lines of a terminal. Ink lays out; what is on a line is made by the panes. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { Line, Lines, linesOf } from '../line.tsx';
import { span } from '../theme.ts';
import { clipped, mostTop } from './clip.ts';
import { footLines } from './foot.ts';
import { isTooSmall, least } from './frame.ts';
import type { Frame } from './frame.ts';
import { compareView } from './compare/view.tsx';
import { formView } from './form/view.tsx';
import { helpLines, helpTitleRows } from './help.ts';
import { hubView } from './hub/view.tsx';
import { pageView } from './page/view.tsx';
import { parityView } from './parity/view.tsx';
import { topOf } from './interface.ts';
import type { InterfaceState } from './interface.ts';
import type { AnyScreen } from './screen.ts';
import { watchView } from './watch/view.tsx';

type View<S> = (state: S, frame: Frame) => ReactElement;

/** By the name of a kind of screen. Each view draws states of its own kind. */
const views: Readonly<Record<string, View<never>>> = {
  compare: compareView,
  form: formView,
  hub: hubView,
  page: pageView,
  parity: parityView,
  watch: watchView,
};

/** As many lines as the terminal has rows, none wider than it. */
export function interfaceLines(state: InterfaceState, frame: Frame): readonly string[] {
  const { columns, rows } = frame;
  if (isTooSmall(frame)) return [tooSmall(frame)];
  return linesOf(<Whole state={state} frame={frame} />, columns).slice(0, rows);
}

function tooSmall({ columns, rows }: Frame): string {
  return `${columns}×${rows}: needs ${least.columns}×${least.rows}`.slice(0, columns);
}

interface WholeProps {
  readonly state: InterfaceState;
  readonly frame: Frame;
}

function Whole({ state, frame }: WholeProps): ReactElement {
  const { columns, rows, look } = frame;
  const top = topOf(state);
  const foot = footLines(state, frame);
  const body = { ...frame, rows: rows - foot.length };
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Box flexDirection="column" height={body.rows} overflow="hidden">
        {state.help ? helpOf(top, state.helpTop, body) : viewOf(top, body)}
      </Box>
      <Lines lines={foot} columns={columns} look={look} />
    </Box>
  );
}

function viewOf({ name, state }: AnyScreen, frame: Frame): ReactElement | null {
  // The view of a kind is given the states of that kind.
  return views[name]?.(state as never, frame) ?? null;
}

/** The part of the keys and signs that there is room for. */
function helpOf(top: AnyScreen, scrolled: number, frame: Frame): ReactElement {
  const { columns, rows, look } = frame;
  const lines = helpLines(top, frame);
  const room = rows - helpTitleRows;
  const first = Math.min(scrolled, mostTop(lines.length, room));
  return (
    <Box flexDirection="column">
      <Line columns={columns} look={look}>
        {span('title', `Keys of ${top.title}`)}
      </Line>
      <Lines lines={clipped(lines, room, { top: first })} columns={columns} look={look} />
    </Box>
  );
}
