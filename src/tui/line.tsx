/** One line of a view, cut to the terminal's width. */

import { Transform } from 'ink';
import type { ReactElement } from 'react';

import { render } from './theme.ts';
import type { Look, Talk } from './theme.ts';
import { fitting } from './width.ts';

export interface LineProps {
  readonly children: Talk;
  readonly columns: number;
  readonly look: Look;
}

/**
 * Ink keeps the measures of every text it ever laid out. So it lays out a space, which is always the same, and the text
 * takes its place when the line is drawn: a view that counts for days needs no more memory.
 */
export function Line({ children, columns, look }: LineProps): ReactElement {
  return <Transform transform={() => render(fitting(children, columns, look), look)}> </Transform>;
}
