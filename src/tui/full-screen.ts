/**
 * The whole of a terminal, on its alternate screen: what was there before is there again afterwards, and the scrollback
 * is not touched.
 *
 * Only lines that differ from those on the screen are written, each at its place, so that nothing flickers and a
 * connection over ssh carries little.
 */

export interface FullScreen {
  /** Takes the terminal: the alternate screen, without a cursor. */
  enter(): void;
  /** Draws `lines`, the whole screen from its first row; rows that are not given are empty. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was. May be called twice, and while a process dies. */
  leave(): void;
}

type Terminal = Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'write'>;

const alternate = { on: '\u001B[?1049h', off: '\u001B[?1049l' } as const;
const cursor = { hide: '\u001B[?25l', show: '\u001B[?25h' } as const;
/** Synchronized output, which terminals that do not know it ignore. */
const frame = { begin: '\u001B[?2026h', end: '\u001B[?2026l' } as const;
const clear = '\u001B[2J';
const clearLine = '\u001B[2K';

export function fullScreenOn(stream: Terminal): FullScreen {
  let entered = false;
  let drawn: readonly string[] = [];
  let size = '';
  return {
    enter() {
      if (entered) return;
      entered = true;
      drawn = [];
      size = '';
      stream.write(`${alternate.on}${cursor.hide}`);
    },
    draw(lines) {
      if (!entered) return;
      const { columns, rows } = stream;
      const fits = lines.slice(0, rows);
      // A terminal of another size has broken what was on it in its own way.
      const anew = size !== `${columns}x${rows}`;
      const before = anew ? [] : drawn;
      const changed = Array.from({ length: Math.max(fits.length, before.length) }, (_, row) => row)
        .filter((row) => (fits[row] ?? '') !== (before[row] ?? ''))
        .map((row) => `\u001B[${row + 1};1H${clearLine}${fits[row] ?? ''}`);
      size = `${columns}x${rows}`;
      drawn = fits;
      if (!anew && changed.length === 0) return;
      stream.write(`${frame.begin}${anew ? clear : ''}${changed.join('')}${frame.end}`);
    },
    leave() {
      if (!entered) return;
      entered = false;
      stream.write(`${frame.end}${cursor.show}${alternate.off}`);
    },
  };
}
