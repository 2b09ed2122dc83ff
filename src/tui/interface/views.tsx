/** From the state of the interface to the lines of a terminal. Ink lays out; what is on a line is made by the panes. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { Line, linesOf } from '../line.tsx';
import { span } from '../theme.ts';
import type { Talk } from '../theme.ts';
import { widthOfTalk } from '../width.ts';
import { clipped } from './clip.ts';
import { least } from './frame.ts';
import type { Frame } from './frame.ts';
import { compareView } from './compare/view.tsx';
import { formView } from './form/view.tsx';
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
  if (columns < least.columns || rows < least.rows) return [tooSmall(frame)];
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
  const body = { ...frame, rows: rows - 1 };
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Box flexDirection="column" height={body.rows} overflow="hidden">
        {state.help ? helpOf(top, body) : viewOf(top, body)}
      </Box>
      <Line columns={columns} look={look}>
        {footer(state, columns)}
      </Line>
    </Box>
  );
}

function viewOf({ name, state }: AnyScreen, frame: Frame): ReactElement | null {
  // The view of a kind is given the states of that kind.
  return views[name]?.(state as never, frame) ?? null;
}

/** A question, what was said last, or the keys. */
function footer({ question, said, help: isHelp, screens }: InterfaceState, columns: number): Talk {
  if (question !== undefined)
    return [span('warning', question.text), span('strong', '  y'), ' yes, any other key: no'];
  if (said !== undefined) return span(said.bad ? 'failed' : 'current', said.text);
  if (isHelp) return span('quiet', 'any key: back');
  const top = screens.at(-1) ?? screens[0];
  // What cannot be done now is not offered; the help has it.
  const hints = top.keys.flatMap(({ keys, shown, label, blocked }) =>
    label === undefined || blocked !== undefined
      ? []
      : [{ isWayOut: keys.includes('q'), talk: hint(shown, label) }],
  );
  const help = hint('?', 'help');
  // The way out and what helps are always there; the others as there is room.
  const always = [...hints.flatMap(({ isWayOut, talk }) => (isWayOut ? [talk] : [])), help];
  let left = columns - always.reduce((sum, talk) => sum + 2 + widthOfTalk(talk), 0);
  const kept = hints.filter(({ isWayOut, talk }) => {
    if (isWayOut) return true;
    const width = 2 + widthOfTalk(talk);
    if (width > left) return false;
    left -= width;
    return true;
  });
  return [...kept.map(({ talk }) => [talk, '  ']), help];
}

function hint(keys: string, label: string): Talk {
  return [span('strong', keys), ' ', span('quiet', label)];
}

/** All keys; those that cannot act now say so. */
function helpOf({ title, keys }: AnyScreen, { columns, rows, look }: Frame): ReactElement {
  const width = Math.max(...keys.map(({ shown }) => shown.length));
  const lines = keys.map(({ shown, help, blocked }): Talk => {
    const name = shown.padEnd(width + 2);
    return blocked === undefined
      ? [span('strong', name), help]
      : [name, span('quiet', help), span('warning', '  not now')];
  });
  return (
    <Box flexDirection="column">
      <Line columns={columns} look={look}>
        {span('title', `Keys of ${title}`)}
      </Line>
      {clipped(lines, rows - 1, { hint: 'a taller window has them' }).map((line, i) => (
        // oxlint-disable-next-line react/no-array-index-key
        <Line key={i} columns={columns} look={look}>
          {line}
        </Line>
      ))}
    </Box>
  );
}
