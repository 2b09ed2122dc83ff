/**
 * Lines that are drawn in place, at the end of what a terminal shows.
 *
 * The cursor is hidden only within one write, so that whatever ends or stops the process, a SIGKILL included, leaves a
 * terminal with a cursor. What is above the lines is never touched: nothing is cleared but what was drawn here.
 */

import { widthOf } from './width.ts';

export interface Screen {
  /** Draws `lines` in the place of those drawn before. */
  draw(lines: readonly string[]): void;
  /** Writes `text` above what is drawn, to stay. */
  above(text: string): void;
  /** Leaves what is drawn where it is: somebody else writes below it now. The next drawing begins anew. */
  leave(): void;
}

/** Synchronized output, which terminals that do not know it ignore, and the cursor. */
const begin = '\u001B[?2026h\u001B[?25l';
const end = '\u001B[?25h\u001B[?2026l';

type Terminal = Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'write'>;

/** @param reflows whether the terminal breaks lines anew when it becomes narrower, as nearly all do */
export function screenOn(stream: Terminal, reflows = doesReflow()): Screen {
  let drawn: readonly string[] = [];
  let drawnColumns = 0;

  /**
   * To the beginning of what is drawn, and away with it: row by row, because a terminal whose first row is among them
   * (tmux) takes "erase to the end of the screen" for a screen full of output, and keeps it in its history.
   */
  const erase = () => {
    const columns = reflows ? stream.columns : drawnColumns;
    const rows = drawn.map((line) => rowsOf(visible(line), columns));
    const up = Math.min(
      rows.reduce((sum, each) => sum + each, 0),
      stream.rows - 1,
    );
    return `${'\u001B[1A\u001B[2K'.repeat(up)}\r`;
  };
  const put = (text: string, lines: readonly string[]) => {
    const fits = lines.slice(Math.max(0, lines.length - stream.rows + 1));
    stream.write(`${begin}${erase()}${text}${fits.map((line) => `${line}\n`).join('')}${end}`);
    drawn = fits;
    drawnColumns = stream.columns;
  };
  return {
    draw(lines) {
      const same = lines.length === drawn.length && lines.every((line, index) => line === drawn[index]);
      if (!same || drawnColumns !== stream.columns) put('', lines);
    },
    above(text) {
      put(`${text}\n`, drawn);
    },
    leave() {
      drawn = [];
    },
  };
}

function rowsOf(text: string, columns: number): number {
  return Math.max(1, Math.ceil(widthOf(text) / columns));
}

/** A line without its styles. */
function visible(line: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what styles are made of
  return line.replaceAll(/\u001B\[[\d;]*m/g, '');
}

/** xterm and GNU screen cut lines off instead. */
function doesReflow({ XTERM_VERSION, STY }: NodeJS.ProcessEnv = process.env): boolean {
  return XTERM_VERSION === undefined && STY === undefined;
}
