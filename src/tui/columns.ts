/** A table of several columns, as plain text, whatever its cells hold. */

import { mostOf } from '../extremes.ts';
import { cleanLine } from './clean.ts';
import { widthOf } from './width.ts';

/** The free space between two columns. */
const between = 2;

/**
 * Each column as wide as its widest cell, but no wider than `most` has it: a longer cell takes several lines,
 * broken between words. The last column has what is left of `width`.
 *
 * @param most by column; a column that it does not say is as wide as it needs to be
 * @returns text without a newline at its end
 */
export function columns(
  rows: readonly (readonly string[])[],
  { most = [], width = Infinity }: { readonly most?: readonly number[]; readonly width?: number } = {},
): string {
  const shown = rows.map((row) => row.map(cleanLine));
  const count = mostOf([0, ...shown.map((row) => row.length)]);
  const widths: number[] = [];
  for (let column = 0; column < count; column++) {
    const taken = widths.reduce((sum, each) => sum + each + between, 0);
    const room = column === count - 1 ? Math.max(24, width - taken) : (most[column] ?? Infinity);
    const widest = mostOf([0, ...shown.map((row) => longestLine(wrap(row[column] ?? '', room)))]);
    widths.push(widest);
  }
  return shown.flatMap((row) => linesOf(row, widths)).join('\n');
}

function linesOf(row: readonly string[], widths: readonly number[]): readonly string[] {
  const cells = widths.map((width, column) => wrap(row[column] ?? '', width));
  const height = mostOf([1, ...cells.map((lines) => lines.length)]);
  return Array.from({ length: height }, (_, line) =>
    widths
      .map((width, column) => padded(cells[column]?.[line] ?? '', width))
      .join(' '.repeat(between))
      .trimEnd(),
  );
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** A text of one line on as many as it takes. A word that is longer than the width stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || widthOf(last) + 1 + widthOf(word) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function longestLine(lines: readonly string[]): number {
  return mostOf([0, ...lines.map(widthOf)]);
}
