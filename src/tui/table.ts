/** A table of names and values, as plain text. */

import { mostOf } from '../extremes.ts';
import { cleanLine } from './clean.ts';
import { widthOf } from './width.ts';

export type TableRow = readonly [name: string, value: string];

/**
 * One row a line, values under one another. A value of several lines goes on under its first.
 *
 * @returns text without a newline at its end
 */
export function table(rows: readonly TableRow[]): string {
  const named = rows.map(([name, value]) => [cleanLine(name), value] as const);
  const width = mostOf([0, ...named.map(([name]) => widthOf(name))]);
  return named
    .flatMap(([name, value]) =>
      value.split('\n').map((line, index) => {
        const shown = index === 0 ? name : '';
        return `${shown}${' '.repeat(width - widthOf(shown))}  ${line}`.trimEnd();
      }),
    )
    .join('\n');
}
