/** The help of a screen: all its keys, and what its signs mean; scrolled where the terminal has fewer lines. */

import { wrap } from '../columns.ts';
import { span } from '../theme.ts';
import type { Talk } from '../theme.ts';
import { padded, widthOf } from '../width.ts';
import { mostTop } from './clip.ts';
import type { AnyScreen, Key, Moment } from './screen.ts';

/** Rows that are not of the keys: the title. */
export const helpTitleRows = 1;
/** The row at the foot, which says how one comes back. */
const footRows = 1;

/** All of it, none of its lines wider than the terminal. Keys that cannot act now say so. */
export function helpLines(
  { keys, legend }: Pick<AnyScreen, 'keys' | 'legend'>,
  { columns }: Pick<Moment, 'columns'>,
): readonly Talk[] {
  const nameWidth = (names: readonly string[]) =>
    Math.min(Math.floor(columns / 2), Math.max(0, ...names.map(widthOf)) + 2);
  const row = (width: number, name: string, text: string, isBlocked: boolean): readonly Talk[] =>
    wrap(isBlocked ? `${text} (not now)` : text, columns - width).map((line, i): Talk => {
      const head = padded(span(isBlocked ? 'quiet' : 'strong', i === 0 ? name : ''), width);
      return [head, isBlocked ? span('quiet', line) : line];
    });
  const keysWidth = nameWidth(keys.map(({ shown }) => shown));
  const signsWidth = nameWidth(legend.map(([sign]) => sign));
  return [
    ...keys.flatMap((key) => row(keysWidth, key.shown, key.help, key.blocked !== undefined)),
    ...(legend.length === 0 ? [] : ['', span('title', 'Signs')]),
    ...legend.flatMap(([sign, meaning]) => row(signsWidth, sign, meaning, false)),
  ];
}

const strides: Readonly<Record<Key, (rows: number) => number>> = {
  up: () => -1,
  down: () => 1,
  pageup: (rows) => -rows,
  pagedown: (rows) => rows,
  space: (rows) => rows,
  home: () => -Infinity,
  end: () => Infinity,
};

/** How many lines can be scrolled away above on this terminal; 0 where all are seen. */
export function mostHelpScrolled(top: AnyScreen, at: Pick<Moment, 'columns' | 'rows'>): number {
  return mostTop(helpLines(top, at).length, at.rows - helpTitleRows - footRows);
}

/** How many lines are scrolled away above after a key; undefined where the key does not scroll, and so leads back. */
export function helpScrolled(top: AnyScreen, before: number, key: Key, at: Moment): number | undefined {
  const stride = strides[key];
  const most = mostHelpScrolled(top, at);
  if (stride === undefined || most === 0) return undefined;
  const rows = Math.max(1, at.rows - helpTitleRows - footRows - 1);
  return Math.max(0, Math.min(most, Math.min(before, most) + stride(rows)));
}
