/** A table of names and values, as plain text. */

export type TableRow = readonly [name: string, value: string];

/**
 * One row a line, values under one another. A value of several lines goes on under its first.
 *
 * @returns text without a newline at its end
 */
export function table(rows: readonly TableRow[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows
    .flatMap(([name, value]) =>
      value.split('\n').map((line, index) => `${(index === 0 ? name : '').padEnd(width)}  ${line}`.trimEnd()),
    )
    .join('\n');
}
