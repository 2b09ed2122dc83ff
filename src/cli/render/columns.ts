/** Rows of several columns as plain text, whatever their cells hold. */

import { cleanLine } from '../../tui/clean.ts';
import { widthOf } from '../../tui/width.ts';

/** Columns two spaces apart, the first row their names. Without a newline at the end. */
export function columns(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map(cleanLine));
  const widths = (shown[0] ?? []).map((_, column) =>
    Math.max(...shown.map((row) => widthOf(row[column] ?? ''))),
  );
  return shown
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
