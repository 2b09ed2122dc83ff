/** The sheet that cells are drawn on: a title, a panel for each cell, a legend. */
import { type Drawing, moved, svgDocument, textLine } from './svg-document.ts';
import { coordinate as n, fitText, textWidth } from '../draw/svg-text.ts';
import type { Theme } from './theme.ts';

export interface GenotypeSvgOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** `auto`, the default, is light and turns dark for viewers that prefer dark. */
  readonly theme?: Theme;
}

const margin = 24;
const panelPadding = 22;
const panelHead = 44;
const panelGap = 18;
/** Panels stand side by side as long as the file stays narrower than this; a page is about as wide. */
const widest = 1000;
const narrowest = 460;

export interface Panel {
  readonly width: number;
  readonly height: number;
  /** At the given place and size, with the cell in the middle. */
  readonly draw: (x: number, y: number, width: number, height: number) => readonly string[];
}

export function panel(name: string, note: string, drawing: Drawing): Panel {
  const nameWidth = textWidth(name, 15);
  const head = nameWidth + 12 + textWidth(note, 12);
  return {
    width: Math.ceil(Math.max(drawing.width, head) + 2 * panelPadding),
    height: Math.ceil(panelHead + drawing.height + 2 * panelPadding - 8),
    draw: (x, y, width, height) => [
      `<rect class="panel" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="12"/>`,
      textLine('ink', { x: x + panelPadding, y: y + 30, size: 14.5 }, name, 'bold'),
      textLine('muted', { x: x + panelPadding + nameWidth + 12, y: y + 30, size: 12 }, note),
      ...moved(
        drawing,
        x + (width - drawing.width) / 2,
        y + panelHead + (height - panelHead - drawing.height) / 2 - 2,
      ),
    ],
  };
}

/** A whole SVG file. `description` is what a screen reader says. */
export function panelsSvg(
  cells: readonly Panel[],
  legend: Drawing,
  options: GenotypeSvgOptions & { readonly description: string },
): string {
  const { title = 'Genotype', subtitle, theme = 'auto', description } = options;
  const side = cells.reduce((sum, { width }) => sum + width, panelGap);
  const beside = cells.length > 1 && side + 2 * margin <= widest;
  const stacked = Math.max(...cells.map(({ width }) => width));
  const inner = Math.max(narrowest, legend.width, beside ? side : stacked);

  const head = margin + 18 + (subtitle === undefined ? 0 : 21) + 18;
  const lines = [
    textLine('ink', { x: margin, y: margin + 16, size: 19 }, fitText(title, 20, inner), 'bold'),
    ...(subtitle === undefined
      ? []
      : [textLine('muted', { x: margin, y: margin + 38, size: 13 }, fitText(subtitle, 13, inner))]),
  ];
  let x = margin;
  let y = head;
  const tallest = Math.max(...cells.map(({ height }) => height));
  const extra = beside ? (inner - side) / 2 : 0;
  for (const cell of cells) {
    lines.push(...cell.draw(x, y, beside ? cell.width + extra : inner, beside ? tallest : cell.height));
    if (beside) x += cell.width + extra + panelGap;
    else y += cell.height + panelGap;
  }
  const foot = beside ? head + tallest + panelGap : y;
  lines.push(...moved(legend, margin, foot));
  const width = inner + 2 * margin;
  const height = foot + legend.height + margin - 4;
  return svgDocument({ width, height, lines }, { title, description, theme });
}

/** What the grey wires are. */
export function wireLegend(meaning: string): Drawing {
  return {
    width: 29 + textWidth(meaning, 12),
    height: 20,
    lines: [
      '<path class="wire" fill="none" stroke-width="1.3" d="M0 10h22"/>',
      textLine('muted', { x: 29, y: 14, size: 12 }, meaning),
    ],
  };
}

export function count(number: number, noun: string): string {
  return `${number === 0 ? 'no' : number} ${noun}${number === 1 ? '' : 's'}`;
}
