/**
 * One line of a view, cut to the terminal's width; and views as lines.
 *
 * Ink says where lines are, and not what is on them: it takes every character of a text apart, which for a whole screen
 * takes longer than all else, and it keeps the measures of every text it ever laid out. So it lays out one character for
 * each line, always the same, and the text takes its place afterwards: a view that counts for days needs no more memory.
 */

import { Transform, renderToString } from 'ink';
import type { ReactElement } from 'react';

import { render } from './theme.ts';
import type { Look, Talk } from './theme.ts';
import { fitting, widthOfTalk } from './width.ts';

export interface LineProps {
  readonly children: Talk;
  readonly columns: number;
  readonly look: Look;
}

interface Placed {
  readonly text: string;
  readonly width: number;
}

/** The lines of the view that is being drawn. Drawing does not wait for anything. */
let placed: Placed[] | undefined;

/** Characters that stand for lines, by their number: of a private plane that no font has, and as wide as a letter. */
const first = 0xf_00_00;
const stands = /([\u{F0000}-\u{FFFFD}])( *)/gu;

export function Line({ children, columns, look }: LineProps): ReactElement {
  const place = () => {
    const fits = fitting(children, columns, look);
    const text = render(fits, look);
    if (placed === undefined) return text;
    placed.push({ text, width: widthOfTalk(fits) });
    return String.fromCodePoint(first + placed.length - 1);
  };
  return <Transform transform={place}> </Transform>;
}

/** A view as the lines of a terminal so wide. */
export function linesOf(view: ReactElement, columns: number): readonly string[] {
  const lines: Placed[] = [];
  placed = lines;
  try {
    return renderToString(view, { columns })
      .split('\n')
      .map((row) =>
        row.replaceAll(stands, (_, sign: string, gap: string) => put(lines, sign, gap)).trimEnd(),
      );
  } finally {
    placed = undefined;
  }
}

/** The line in the place of its sign, and what it leaves of the gap after it. */
function put(lines: readonly Placed[], sign: string, gap: string): string {
  const { text, width } = lines[(sign.codePointAt(0) ?? first) - first] ?? { text: '', width: 0 };
  return text + gap.slice(Math.max(0, width - 1)) + ' '.repeat(width === 0 ? 1 : 0);
}
