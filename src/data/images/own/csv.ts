/** The fields of a CSV file, by RFC 4180: fields in quotes may hold separators, line ends, and quotes written twice. */

export interface CsvRow {
  /** The line that it begins in, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
  /** A field begins with a quote that is never closed, and has taken in all that follows. */
  readonly unclosed: boolean;
}

/** What a spreadsheet separates fields by, in one country or another. */
const separators = [',', ';', '\t'] as const;

/** The one that the first line has most of. */
export function separatorOf(text: string): string {
  const [first = ''] = text.split(/\r?\n|\r/, 1);
  const counts = separators.map((each) => first.split(each).length);
  return separators[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** Rows that are not empty. */
export function csvRows(text: string, separator: string): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let [at, line, begun] = [0, 1, 1];
  while (at < text.length) {
    const field = fieldAt(text, at, separator);
    fields.push(field.value);
    at = field.end;
    line += field.lineEnds;
    if (text[at] === separator) {
      at += 1;
      // A separator at the very end has an empty field after it.
      if (at < text.length) continue;
      fields.push('');
    }
    if (fields.length > 1 || fields[0]?.trim() !== '')
      rows.push({ line: begun, fields, unclosed: field.unclosed });
    fields = [];
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    at += 1;
    line += 1;
    begun = line;
  }
  return rows;
}

/** The field that begins at a place, and the separator or line end that it ends before. */
function fieldAt(text: string, start: number, separator: string) {
  const endings = separator === ',' ? /[,\r\n]/g : separator === ';' ? /[;\r\n]/g : /[\t\r\n]/g;
  const endFrom = (from: number) => {
    endings.lastIndex = from;
    return endings.exec(text)?.index ?? text.length;
  };
  if (text[start] !== '"') {
    const end = endFrom(start);
    return { value: text.slice(start, end), end, lineEnds: 0, unclosed: false };
  }
  let close = text.indexOf('"', start + 1);
  while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  const unclosed = close < 0;
  if (unclosed) close = text.length;
  const quoted = text.slice(start + 1, close);
  const end = endFrom(close + 1);
  return {
    value: quoted.replaceAll('""', '"') + text.slice(close + 1, end),
    end,
    lineEnds: quoted.split(/\r\n|\n|\r/).length - 1,
    unclosed,
  };
}
