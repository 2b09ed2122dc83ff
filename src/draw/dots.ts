/**
 * Dots in the cells of a terminal: 2×4 to a cell where there are braille patterns (Unicode, U+2800 and after), one to a
 * cell where there is ASCII alone. Lines are drawn into it (Bresenham, 1965), and which series has dots in a cell is
 * kept.
 */

export interface DotSize {
  /** Dots across and down in one cell. */
  readonly across: 1 | 2;
  readonly down: 1 | 4;
}

export const brailleDots: DotSize = { across: 2, down: 4 };
export const plainDots: DotSize = { across: 1, down: 1 };

/** The bits of a braille pattern, by row and column: its dots are numbered down the first six, and then across. */
const bits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

export interface Dots {
  readonly columns: number;
  readonly rows: number;
  readonly size: DotSize;
  /** Sets the dots of a line from one to another, both ends included; what lies outside is left out. */
  line(series: number, from: Dot, to: Dot): void;
  /** The series that have dots in a cell, as they were drawn, and their dots together as a braille pattern. */
  cell(column: number, row: number): { readonly series: readonly number[]; readonly glyph: string };
  /** The rows of the cells of a column in which a series has dots, from the top. */
  rowsOf(series: number, column: number): readonly number[];
}

/** Across from the left and down from the top. */
export type Dot = readonly [x: number, y: number];

export function createDots(columns: number, rows: number, size: DotSize): Dots {
  const cells = new Map<number, Map<number, number>>();
  const set = (series: number, x: number, y: number): void => {
    const [column, row] = [Math.floor(x / size.across), Math.floor(y / size.down)];
    if (column < 0 || column >= columns || row < 0 || row >= rows) return;
    const index = row * columns + column;
    const found = cells.get(index) ?? new Map<number, number>();
    const bit = bits[y - row * size.down]?.[x - column * size.across] ?? 0;
    found.set(series, (found.get(series) ?? 0) | bit);
    cells.set(index, found);
  };
  return {
    columns,
    rows,
    size,
    line(series, [fromX, fromY], [toX, toY]) {
      if (![fromX, fromY, toX, toY].every((each) => Number.isSafeInteger(each))) return;
      const [stepX, stepY] = [Math.sign(toX - fromX), Math.sign(toY - fromY)];
      const [wide, high] = [Math.abs(toX - fromX), Math.abs(toY - fromY)];
      let [x, y, error] = [fromX, fromY, wide - high];
      for (let left = Math.max(wide, high); left >= 0; left--) {
        set(series, x, y);
        const twice = 2 * error;
        if (twice > -high) {
          error -= high;
          x += stepX;
        }
        if (twice < wide) {
          error += wide;
          y += stepY;
        }
      }
    },
    cell(column, row) {
      const found = cells.get(row * columns + column);
      if (found === undefined) return { series: [], glyph: ' ' };
      const pattern = [...found.values()].reduce((all, each) => all | each, 0);
      return { series: [...found.keys()], glyph: String.fromCodePoint(0x2800 + pattern) };
    },
    rowsOf(series, column) {
      return Array.from({ length: rows }, (_, row) => row).filter(
        (row) => cells.get(row * columns + column)?.has(series) === true,
      );
    },
  };
}
