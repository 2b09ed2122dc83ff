/** A table whose columns are what is compared: names at the left, and below each other what does not fit in columns. */

import { cleanLine } from '../../tui/clean.ts';
import { asciiOf } from '../../tui/glyphs.ts';
import { widthOf } from '../../tui/width.ts';

export interface SheetRow {
  readonly name: string;
  /** By column. */
  readonly values: readonly string[];
  /** At the end of the line. */
  readonly end?: string;
}

export interface PageLook {
  /** In cells of a terminal. */
  readonly width: number;
  readonly ascii: boolean;
}

/** The free space between two columns. */
const between = 2;

/**
 * @param marks the names of the columns
 * @param endTitle the name of the column of ends, where rows have them
 */
export function sheet(
  marks: readonly string[],
  rows: readonly SheetRow[],
  { width, ascii }: PageLook,
  endTitle = '',
): readonly string[] {
  const shown = rows.map((row) => shownRow(row, ascii));
  const nameWidth = Math.max(0, ...shown.map(({ name }) => widthOf(name)));
  const endWidth = Math.max(0, ...shown.map(({ end = '' }) => widthOf(end) + (end === '' ? 0 : between)));
  const room = Math.floor((width - nameWidth - endWidth) / marks.length) - between;
  const fits = (row: SheetRow) => row.values.every((value) => widthOf(value) <= room);
  const fitting = shown.filter(fits);
  const columns = marks.map((mark, i) =>
    Math.max(widthOf(mark), ...fitting.map(({ values }) => widthOf(values[i] ?? ''))),
  );
  const line = ({ name, values, end = '' }: SheetRow) =>
    [padded(name, nameWidth), ...columns.map((each, i) => padded(values[i] ?? '', each)), end]
      .join(' '.repeat(between))
      .trimEnd();
  const ends = shown.some(({ end = '' }) => end !== '');
  const head = fitting.length === 0 ? [] : [line({ name: '', values: marks, end: ends ? endTitle : '' })];
  return [...head, ...shown.flatMap((row) => (fits(row) ? [line(row)] : stacked(marks, row, width)))];
}

/** A row that is too wide for columns: a line for each of its values, or several. */
function stacked(
  marks: readonly string[],
  { name, values, end = '' }: SheetRow,
  width: number,
): readonly string[] {
  const lines = values.flatMap((value, i) =>
    value === '' ? [] : wrapped(value, width, `  ${marks[i] ?? ''}  `),
  );
  return [...wrapped(name, width, ''), ...lines, ...(end === '' ? [] : wrapped(end, width, '  '))];
}

function shownRow({ name, values, end = '' }: SheetRow, ascii: boolean): SheetRow {
  const show = (text: string) => (ascii ? asciiOf(cleanLine(text)) : cleanLine(text));
  return { name: show(name), values: values.map(show), end: show(end) };
}

/** Text in lines of a width, broken between words and within those that are longer than a line. */
export function wrapped(text: string, width: number, first: string): readonly string[] {
  const indent = ' '.repeat(widthOf(first));
  const room = Math.max(1, width - indent.length);
  const lines: string[] = [];
  for (const word of text.split(' ').flatMap((each) => pieces(each, room))) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= room) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map((line, i) => `${i === 0 ? first : indent}${line}`);
}

function pieces(word: string, room: number): readonly string[] {
  const parts: string[] = [''];
  for (const character of word) {
    const last = parts.at(-1) ?? '';
    if (widthOf(last) + widthOf(character) > room) parts.push(character);
    else parts[parts.length - 1] = last + character;
  }
  return parts;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
