/**
 * A terminal that knows as much as `src/tui/screen.ts` writes: lines, their soft breaks, the cursor, and how it breaks
 * lines anew when its width changes. Its screen is as high as need be, so nothing is lost above.
 */

export interface Emulator {
  columns: number;
  rows: number;
  write(text: string): boolean;
  resize(columns: number): void;
  /** What is shown, as rows. */
  shown(): string[];
  readonly cursor: 'shown' | 'hidden';
}

/** @param reflows whether a line that was broken, or now must be, is broken at the new width */
export function emulator(columns: number, reflows: boolean): Emulator {
  // A line is what ended by a newline; `y` and `x` are the cursor's row and column on the screen.
  let rows: { text: string; soft: boolean }[] = [{ text: '', soft: false }];
  let [x, y] = [0, 0];
  let cursor: 'shown' | 'hidden' = 'shown';

  const put = (character: string) => {
    if (x === self.columns) {
      const row = rows[y];
      if (row !== undefined) row.soft = true;
      [x, y] = [0, y + 1];
      rows[y] ??= { text: '', soft: false };
    }
    const row = rows[y];
    if (row === undefined) throw new Error('the cursor is nowhere');
    row.text = row.text.padEnd(x).slice(0, x) + character + row.text.slice(x + 1);
    x++;
  };
  const obey = (code: string) => {
    const [, count, command] = /^\[\??(\d*)(\w)$/.exec(code) ?? [];
    if (code === '[?25l' || code === '[?25h') cursor = code === '[?25l' ? 'hidden' : 'shown';
    else if (code === '[?2026h' || code === '[?2026l' || command === 'm') return;
    else if (command === 'A') y = Math.max(0, y - Number(count));
    else if (command === 'K' && count === '2') rows[y] = { text: '', soft: false };
    else throw new Error(`unknown sequence ${code}`);
  };
  const self: Emulator = {
    columns,
    rows: 1_000,
    write(text) {
      // oxlint-disable-next-line no-control-regex -- sequences begin with it
      for (const [all, code] of text.matchAll(/\u001B(\[[?\d;]*\w)|[^]/gu)) {
        if (code !== undefined) obey(code);
        else if (all === '\r') x = 0;
        else if (all === '\n') {
          [x, y] = [0, y + 1];
          rows[y] ??= { text: '', soft: false };
        } else put(all);
      }
      return true;
    },
    resize(width) {
      self.columns = width;
      if (!reflows) {
        rows = rows.map(({ text, soft }) => ({ text: text.slice(0, width), soft }));
        x = Math.min(x, width);
        return;
      }
      if (x !== 0) throw new Error('the cursor is not at the beginning of a line');
      const above = joined(rows.slice(0, y), width);
      rows = [...above, ...joined(rows.slice(y), width)];
      y = above.length;
    },
    shown() {
      const shown = rows.map(({ text }) => text.trimEnd());
      return shown.slice(0, shown.findLastIndex((text) => text !== '') + 2);
    },
    get cursor() {
      return cursor;
    },
  };
  return self;
}

/** Lines that were broken softly put together, and broken at `width`. */
function joined(rows: readonly { text: string; soft: boolean }[], width: number) {
  const lines: string[] = [];
  let open = false;
  for (const { text, soft } of rows) {
    if (open) lines.push((lines.pop() ?? '') + text);
    else lines.push(text);
    open = soft;
  }
  return lines.flatMap((line) => {
    const pieces = line.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''];
    return pieces.map((text, index) => ({ text, soft: index < pieces.length - 1 }));
  });
}
