/**
 * A genotype as one SVG file: both cells, a title, and a legend of what the colours mean.
 *
 * The text is a function of the genotype alone, so equal genotypes give equal files. It needs no font, no script and no
 * browser.
 */
import { skipCount } from '../space/derive.ts';
import type { CellGenotype, CnnGenotype } from '../space/genotype.ts';
import { type OpFamily, opFamily } from '../space/primitives.ts';
import { drawCell } from './cell-svg.ts';
import { type Drawing, moved, svgDocument, textLine } from './svg-document.ts';
import { coordinate as n, fitText, textWidth } from './svg-text.ts';
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

export function genotypeSvg(genotype: CnnGenotype, options: GenotypeSvgOptions = {}): string {
  const { title = 'Genotype', subtitle, theme = 'auto' } = options;
  const cells = [
    panel('Normal cell', genotype.normal, 'keeps the resolution'),
    panel('Reduction cell', genotype.reduce, 'halves it: stride 2 on the edges from its inputs'),
  ];
  const legend = drawLegend(genotype);
  const side = cells.reduce((sum, { width }) => sum + width, panelGap);
  const beside = side + 2 * margin <= widest;
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
  return svgDocument({ width, height, lines }, { title, description: describe(genotype), theme });
}

interface Panel {
  readonly width: number;
  readonly height: number;
  /** At the given place and size, with the cell in the middle. */
  readonly draw: (x: number, y: number, width: number, height: number) => readonly string[];
}

function panel(name: string, cell: CellGenotype, role: string): Panel {
  const drawing = drawCell(cell);
  const note = `${role} · ${summary(cell)}`;
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

function summary(cell: CellGenotype): string {
  const skips = skipCount(cell);
  return `${count(cell.nodes.length, 'node')}, ${count(skips, 'skip')}`;
}

function count(number: number, noun: string): string {
  return `${number === 0 ? 'no' : number} ${noun}${number === 1 ? '' : 's'}`;
}

const familyNames: { readonly [F in OpFamily]: string } = {
  sep: 'separable convolution',
  dil: 'dilated convolution',
  pool: 'pooling',
  skip: 'skip connection',
  other: 'full convolution',
};

/** Only what the two cells use, in a fixed order. */
function drawLegend(genotype: CnnGenotype): Drawing {
  const used = new Set(
    [genotype.normal, genotype.reduce].flatMap((cell) => cell.nodes.flat().map(({ op }) => opFamily(op))),
  );
  const lines: string[] = [];
  let x = 0;
  for (const [family, name] of Object.entries(familyNames) as [OpFamily, string][]) {
    if (!used.has(family)) continue;
    lines.push(
      `<rect class="${family}-chip" x="${n(x)}" y="4" width="22" height="12" rx="6" stroke-width="1.2"/>`,
      textLine('muted', { x: x + 29, y: 14, size: 12 }, name),
    );
    x += 29 + textWidth(name, 12) + 16;
  }
  const concat = 'concatenated into the output';
  lines.push(
    `<path class="wire" fill="none" stroke-width="1.3" d="M${n(x)} 10h22"/>`,
    textLine('muted', { x: x + 29, y: 14, size: 12 }, concat),
  );
  return { width: x + 29 + textWidth(concat, 12), height: 20, lines };
}

/** What the drawing shows, for those who hear it. */
function describe(genotype: CnnGenotype): string {
  const name = (state: number): string => ['c_{k-2}', 'c_{k-1}'][state] ?? `node ${state - 2}`;
  const cell = ({ nodes, concat }: CellGenotype): string =>
    `${nodes
      .map(
        (inputs, node) =>
          `node ${node} adds ${inputs.map(({ op, source }) => `${op} of ${name(source)}`).join(' and ')}`,
      )
      .join('; ')}; the output concatenates ${concat.map(name).join(', ')}.`;
  return `Normal cell: ${cell(genotype.normal)} Reduction cell: ${cell(genotype.reduce)}`;
}
