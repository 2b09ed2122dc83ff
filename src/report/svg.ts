/**
 * A genotype as one SVG file: both cells, a title, and a legend of what the colours mean.
 *
 * The text is a function of the genotype alone, so equal genotypes give equal files. It needs no font, no script and no
 * browser.
 */
import { skipCount } from '../space/images/derive.ts';
import type { CellGenotype, CnnGenotype } from '../space/images/genotype.ts';
import { isCnnOp, type OpFamily, opFamily } from '../space/images/primitives.ts';
import { type CellLook, drawCell } from './cell-svg.ts';
import { count, type GenotypeSvgOptions, type Panel, panel, panelsSvg, wireLegend } from './panels.ts';
import { type Drawing, moved, textLine } from './svg-document.ts';
import { coordinate as n, textWidth } from '../draw/svg-text.ts';

const look: CellLook = {
  family: (op) => (isCnnOp(op) ? opFamily(op) : 'other'),
  terminals: [
    ['c', 'k−2'],
    ['c', 'k−1'],
    ['c', 'k'],
  ],
};

/** Both cells of a genotype, drawn as one SVG document. */
export function genotypeSvg(genotype: CnnGenotype, options: GenotypeSvgOptions = {}): string {
  const { normal, reduce } = genotype;
  const cellPanel = (name: string, cell: CellGenotype, role: string): Panel =>
    panel(name, `${role} · ${summary(cell)}`, drawCell(cell, look));
  return panelsSvg(
    [
      cellPanel('Normal cell', normal, 'keeps the resolution'),
      cellPanel('Reduction cell', reduce, 'halves it: stride 2 on the edges from its inputs'),
    ],
    drawLegend(genotype),
    { ...options, description: describe(genotype) },
  );
}

function summary(cell: CellGenotype): string {
  const skips = skipCount(cell);
  return `${count(cell.nodes.length, 'node')}, ${count(skips, 'skip')}`;
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
  const concat = wireLegend('concatenated into the output');
  lines.push(...moved(concat, x, 0));
  return { width: x + concat.width, height: 20, lines };
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
