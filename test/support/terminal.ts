/**
 * A terminal without a window, by xterm.js: what is written to it is on its cells, as on a person's screen. Its size, its
 * two screens, its cursor and its scrollback can be asked for.
 */

import xterm from '@xterm/headless';
import type { IBuffer, IBufferCell } from '@xterm/headless';

export interface Cell {
  readonly text: string;
  /** 0 for the second half of a wide character. */
  readonly width: number;
  /** The number of a colour of the theme, or how it was said otherwise; undefined for the terminal's own. */
  readonly foreground: number | 'direct' | undefined;
  readonly background: number | 'direct' | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
}

export interface TestTerminal {
  /** A stream to draw on. */
  readonly stream: NodeJS.WriteStream;
  /** Resolves once all that was written is on the cells. */
  settled(): Promise<void>;
  /** As a window manager does; whoever listens to the stream hears of it. */
  resize(columns: number, rows: number): void;
  /** The rows that are seen, without the spaces at their ends. */
  rows(): readonly string[];
  cells(): readonly (readonly Cell[])[];
  /** All rows of the main screen, those that were scrolled away as well. */
  mainRows(): readonly string[];
  readonly screen: 'normal' | 'alternate';
  readonly cursor: 'shown' | 'hidden';
  /** All that was written, as it came. */
  readonly written: string;
}

export function testTerminal(columns: number, rows: number): TestTerminal {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1_000 });
  let written = '';
  let last: Promise<void> = Promise.resolve();
  const listeners = new Set<() => void>();
  const stream = {
    isTTY: true,
    get columns() {
      return terminal.cols;
    },
    get rows() {
      return terminal.rows;
    },
    write(text: string) {
      written += text;
      last = new Promise((resolve) => terminal.write(text, resolve));
      return true;
    },
    on(_: 'resize', listener: () => void) {
      listeners.add(listener);
    },
    off(_: 'resize', listener: () => void) {
      listeners.delete(listener);
    },
  };
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    settled: () => last,
    resize(width, height) {
      terminal.resize(width, height);
      for (const listener of listeners) listener();
    },
    rows: () => textOf(terminal.buffer.active, terminal.buffer.active.viewportY, terminal.rows),
    cells: () => {
      const { active } = terminal.buffer;
      return Array.from({ length: terminal.rows }, (_, row) => {
        const line = active.getLine(active.viewportY + row);
        return Array.from({ length: terminal.cols }, (__, column) => cellOf(line?.getCell(column)));
      });
    },
    mainRows: () => textOf(terminal.buffer.normal, 0, terminal.buffer.normal.length),
    get screen() {
      return terminal.buffer.active.type;
    },
    get cursor() {
      // oxlint-disable-next-line no-control-regex -- sequences begin with it
      return /\u001B\[\?25([hl])(?![^]*\u001B\[\?25[hl])/.exec(written)?.[1] === 'l' ? 'hidden' : 'shown';
    },
    get written() {
      return written;
    },
  };
}

function textOf(buffer: IBuffer, from: number, count: number): readonly string[] {
  return Array.from(
    { length: count },
    (_, row) =>
      buffer
        .getLine(from + row)
        ?.translateToString(true)
        .trimEnd() ?? '',
  );
}

function cellOf(cell: IBufferCell | undefined): Cell {
  if (cell === undefined) throw new Error('there is no such cell');
  return {
    text: cell.getChars(),
    width: cell.getWidth(),
    foreground: cell.isFgDefault() ? undefined : cell.isFgPalette() ? cell.getFgColor() : 'direct',
    background: cell.isBgDefault() ? undefined : cell.isBgPalette() ? cell.getBgColor() : 'direct',
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    inverse: cell.isInverse() !== 0,
  };
}
