/** A page of text that one scrolls, such as a comparison. */

import type { Moment, KeyRow, ScreenKind } from '../screen.ts';

export interface PageState {
  readonly title: string;
  /** The text for a terminal, its lines no wider than `width`. */
  readonly text: (look: { readonly width: number; readonly ascii: boolean }) => string;
  /** What one would type to get it. */
  readonly command: string;
  /** The first line that is shown. */
  readonly top: number;
}

/** Rows of the screen that are not text: the title, and the footer. */
export const otherRows = 2;

export function pageLines(
  { text }: PageState,
  { columns, look }: Pick<Moment, 'columns' | 'look'>,
): readonly string[] {
  return text({ width: columns, ascii: look.ascii }).split('\n');
}

function scrolled(state: PageState, by: number, at: Moment): PageState {
  const last = Math.max(0, pageLines(state, at).length - (at.rows - otherRows));
  return { ...state, top: Math.max(0, Math.min(last, state.top + by)) };
}

const lines: Readonly<Record<string, (rows: number) => number>> = {
  up: () => -1,
  down: () => 1,
  pageup: (rows) => -rows,
  pagedown: (rows) => rows,
  space: (rows) => rows,
  home: () => -Infinity,
  end: () => Infinity,
};

const keys: readonly KeyRow<PageState>[] = [
  {
    keys: Object.keys(lines),
    shown: '↑↓',
    label: 'scroll',
    help: 'scroll by a line; page up, page down and space by a screen; home and end',
    press: (state, key, at) => ({
      state: scrolled(state, lines[key]?.(Math.max(1, at.rows - otherRows)) ?? 0, at),
    }),
  },
  {
    keys: ['q', 'escape'],
    shown: 'q',
    label: 'back',
    help: 'back',
    press: () => ({ close: true }),
  },
];

export const pageScreen: ScreenKind<PageState> = {
  name: 'page',
  title: ({ title }) => title,
  keys: () => keys,
  needs: () => ({}),
  told: (state) => state,
};
