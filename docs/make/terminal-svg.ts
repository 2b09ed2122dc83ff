/**
 * The cells of a terminal as an SVG of a dark window. Text is set to the width of its cells, whatever the font; blocks,
 * braille and lines of boxes are shapes, since fonts leave gaps between them or do not have them.
 */
import type { Cell } from '../../test/support/terminal.ts';

/** Of a cell, in units of the picture. */
export const cellSize = { width: 8, height: 18 } as const;
/** Where the first cell lies. */
export const origin = { x: 16, y: 40 } as const;

const margin = 16;
const fontSize = 13.3;
const baseline = 13.5;
const window = { background: '#1e2127', text: '#c8ccd4', edge: '#3a3f4b' } as const;
const buttons = ['#e06c75', '#e5c07b', '#98c379'];
/** The sixteen colours that a terminal's theme has: eight, and the same brighter. */
const eight = ['#3f4451', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#c8ccd4'];
const bright = ['#5c6370', '#f0808a', '#a9d68b', '#f0cf8e', '#7cc0ff', '#d792ea', '#6fcbd6', '#ffffff'];
const palette = [...eight, ...bright];

interface Style {
  readonly ink: string;
  /** Undefined where the window shows through. */
  readonly paper: string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
}

interface Run {
  readonly column: number;
  readonly cells: number;
  readonly text: string;
  readonly style: Style;
}

/** @param rows of equal length */
export function terminalSvg(rows: readonly (readonly Cell[])[], title: string): string {
  const width = 2 * margin + (rows[0]?.length ?? 0) * cellSize.width;
  const height = origin.y + rows.length * cellSize.height + margin;
  const font = `font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontSize}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="${window.background}" stroke="${window.edge}"/>`,
    ...buttons.map((fill, i) => `<circle cx="${margin + 6 + 20 * i}" cy="20" r="6" fill="${fill}"/>`),
    `<g ${font}>`,
    ...rows.flatMap((row, y) => runsOf(row).flatMap((run) => drawn(run, origin.y + y * cellSize.height))),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Neighbours of one style; neither shapes nor signs of two cells are in a run with other text. */
function runsOf(row: readonly Cell[]): readonly Run[] {
  const runs: Run[] = [];
  for (const [column, cell] of row.entries()) {
    if (cell.width === 0) continue;
    const text = cell.text === '' ? ' ' : cell.text;
    const style = styleOf(cell);
    const last = runs.at(-1);
    const isPlain = last?.text.length === last?.cells && text.length === cell.width;
    if (last !== undefined && isPlain && isSame(last.style, style) && isShape(last.text) === isShape(text)) {
      runs[runs.length - 1] = { ...last, cells: last.cells + cell.width, text: last.text + text };
    } else runs.push({ column, cells: cell.width, text, style });
  }
  return runs;
}

function styleOf({ foreground, background, bold, dim, inverse }: Cell): Style {
  const front = colourOf(foreground) ?? window.text;
  const back = colourOf(background);
  return inverse
    ? { ink: back ?? window.background, paper: front, bold, dim: false }
    : { ink: front, paper: back, bold, dim };
}

function colourOf(colour: Cell['foreground']): string | undefined {
  if (colour === undefined) return undefined;
  const found = colour === 'direct' ? undefined : palette[colour];
  if (found === undefined) throw new Error(`the theme has sixteen colours, and not ${colour}`);
  return found;
}

const isSame = (a: Style, b: Style) =>
  a.ink === b.ink && a.paper === b.paper && a.bold === b.bold && a.dim === b.dim;

function drawn({ column, cells, text, style }: Run, top: number): readonly string[] {
  const left = origin.x + column * cellSize.width;
  const width = cells * cellSize.width;
  const paper = style.paper === undefined ? [] : [rectangle(left, top, width, cellSize.height, style.paper)];
  if (text.trim() === '') return paper;
  const faint = style.dim ? ' opacity="0.6"' : '';
  if (isShape(text)) {
    const shapes = Array.from(text, (sign, i) => shapeOf(sign, left + i * cellSize.width, top));
    return [...paper, `<g fill="${style.ink}" stroke-width="0"${faint}>${shapes.join('')}</g>`];
  }
  const weight = style.bold ? ' font-weight="bold"' : '';
  const attributes = `y="${top + baseline}" fill="${style.ink}"${weight}${faint} xml:space="preserve"`;
  // Words that lie apart are set apart, so that they begin where they should even where textLength is not obeyed.
  const phrases = text.length === cells ? [...text.matchAll(/\S+(?: \S+)*/g)] : [{ 0: text, index: 0 }];
  return [
    ...paper,
    ...phrases.map(({ 0: phrase, index }) => {
      const length = text.length === cells ? phrase.length * cellSize.width : width;
      return `<text x="${left + index * cellSize.width}" textLength="${length}" ${attributes}>${escaped(phrase)}</text>`;
    }),
  ];
}

/** From bottom to top, eighths of a cell; from left to right, likewise; shades. */
const lower = '▁▂▃▄▅▆▇█';
const leftward = '▏▎▍▌▋▊▉';
const shades = '░▒▓';
/** Which arms a line of a box has: up, right, down, left. */
const arms: Readonly<Record<string, string>> = {
  '─': 'rl',
  '│': 'ud',
  '┌': 'rd',
  '╭': 'rd',
  '┐': 'dl',
  '╮': 'dl',
  '└': 'ur',
  '╰': 'ur',
  '┘': 'ul',
  '╯': 'ul',
  '├': 'urd',
  '┤': 'udl',
  '┬': 'rdl',
  '┴': 'url',
  '┼': 'urdl',
};

function isShape(text: string): boolean {
  const sign = text.charAt(0);
  return (
    isBraille(sign) ||
    lower.includes(sign) ||
    leftward.includes(sign) ||
    shades.includes(sign) ||
    sign in arms
  );
}

const isBraille = (sign: string) => sign >= '\u2801' && sign <= '\u28FF';

function shapeOf(sign: string, x: number, y: number): string {
  const { width, height } = cellSize;
  if (isBraille(sign)) return dots(sign, x, y);
  const eighths = lower.indexOf(sign) + 1;
  if (eighths > 0) return rectangle(x, y + (height * (8 - eighths)) / 8, width, (height * eighths) / 8);
  const across = leftward.indexOf(sign) + 1;
  if (across > 0) return rectangle(x, y, across, height);
  const shade = shades.indexOf(sign) + 1;
  if (shade > 0) return `<g opacity="${shade / 4}">${rectangle(x, y, width, height)}</g>`;
  const [middle, centre] = [x + width / 2 - 0.5, y + height / 2 - 0.5];
  const bars: Readonly<Record<string, string>> = {
    u: rectangle(middle, y, 1, height / 2 + 0.5),
    r: rectangle(middle, centre, width / 2 + 0.5, 1),
    d: rectangle(middle, centre, 1, height / 2 + 0.5),
    l: rectangle(x, centre, width / 2 + 0.5, 1),
  };
  return Array.from(arms[sign] ?? '', (arm) => bars[arm]).join('');
}

/** The bits of a braille sign, by column and row (Unicode, Braille Patterns). */
const bits = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];

function dots(sign: string, x: number, y: number): string {
  const pattern = sign.charCodeAt(0) - 0x2800;
  return bits
    .flatMap((column, i) =>
      column.map((bit, j) =>
        (pattern & bit) === 0
          ? ''
          : `<circle cx="${x + (cellSize.width * (i + 0.5)) / 2}" cy="${y + (cellSize.height * (j + 0.5)) / 4}" r="1.5"/>`,
      ),
    )
    .join('');
}

function rectangle(x: number, y: number, width: number, height: number, fill?: string): string {
  const painted = fill === undefined ? '' : ` fill="${fill}"`;
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}"${painted} shape-rendering="crispEdges"/>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
