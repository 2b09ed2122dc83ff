/**
 * The search epoch by epoch: a slider, the mixing weights as heat maps, and the cells that they would be. What is in the
 * page is the last epoch; the script beside it shows the others, so that without one the page is still true.
 */
import { NascentError } from '../errors.ts';
import { cellTitles, whenLogged } from '../run/artefacts/alphas.ts';
import { genotypeToNotation } from '../space/images/genotype-notation.ts';
import { rnnGenotypeToNotation } from '../space/text/genotype-text.ts';
import type { FoundGenotype } from './read-run.ts';
import { edgeNames, type Moment, type MomentCell } from './moments.ts';
import { escapeHtml, grid, wide } from './page-parts.ts';
import { rnnGenotypeSvg } from './rnn-svg.ts';
import { embedded } from './svg-document.ts';
import { genotypeSvg } from './svg.ts';

/** One genotype as a drawing and, below it, its notation; cells that are too large to draw are the notation alone. */
export function cellFigure(found: FoundGenotype): string {
  return `${drawingOf(found)}\n<pre>${escapeHtml(notationOf(found))}</pre>`;
}

function drawingOf(found: FoundGenotype): string {
  try {
    const convolutional = found.kind === 'convolutional';
    const drawing = convolutional ? genotypeSvg(found.genotype) : rnnGenotypeSvg(found.genotype);
    return `<div class="cell">${embedded(drawing)}</div>`;
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    return `<p class="quiet">Not drawn: ${escapeHtml(error.message)}.</p>`;
  }
}

export function notationOf(found: FoundGenotype): string {
  return found.kind === 'convolutional'
    ? genotypeToNotation(found.genotype)
    : rnnGenotypeToNotation(found.genotype);
}

/** @param primitives the columns of the heat maps */
export function momentsPanel(moments: readonly Moment[], primitives: readonly string[]): string {
  const last = moments.at(-1);
  if (last === undefined) return '';
  const drawings = new Map<string, { readonly index: number; readonly figure: string }>();
  for (const { genotype } of moments) {
    if (genotype === undefined) continue;
    const key = notationOf(genotype);
    if (!drawings.has(key)) drawings.set(key, { index: drawings.size, figure: cellFigure(genotype) });
  }
  const placeOf = ({ genotype }: Moment): number =>
    genotype === undefined ? -1 : (drawings.get(notationOf(genotype))?.index ?? -1);
  const shown = placeOf(last);
  const range = rangeOf(moments);
  const data = moments.map((moment) => ({
    label: whenLogged(moment.epoch),
    drawing: placeOf(moment),
    cells: moment.cells.map((cell) => {
      const { name, values, kept } = heatGrid(cell, primitives);
      return { name, values, kept, range };
    }),
  }));
  const maps = last.cells.map((cell) => heatGrid(cell, primitives));
  const drawnMaps = maps.map((map) => heatMap(map, range));
  return [
    `<div class="slider"><input type="range" id="moment" min="0" max="${moments.length - 1}" value="${moments.length - 1}" ` +
      `aria-label="epoch" hidden><output id="moment-label" for="moment">${escapeHtml(whenLogged(last.epoch))}</output></div>`,
    // All in one place, so that nothing below moves with the slider.
    '<div class="stack">',
    ...[...drawings.values()].map(
      ({ index, figure }) =>
        `<div data-drawing="${index}"${index === shown ? '' : ' hidden'}>\n${figure}\n</div>`,
    ),
    '</div>',
    ...(maps.length === 0
      ? []
      : [
          maps.some(({ broad }) => broad) ? drawnMaps.join('\n') : grid(drawnMaps),
          '<p class="quiet">Mixing weights, the softmax of alpha, in %, of each edge and operation. ' +
            `Framed and bold: what the cells above take. Shaded from ${percents(range)} %, the least and the largest of all epochs.</p>`,
        ]),
    `<script type="application/json" id="moments">${scriptData(data)}</script>`,
  ].join('\n');
}

/** A heat map as it is shown, row by row. */
interface HeatGrid {
  readonly name: MomentCell['name'];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** In thousandths; null for what is NaN. */
  readonly values: readonly (number | null)[];
  readonly kept: readonly number[];
  /** A row is an operation, not an edge. */
  readonly broad: boolean;
}

/** A cell of more edges than this is broad: a column of 36 would be longer than a screen. */
const mostRows = 20;

function heatGrid({ name, weights, kept }: MomentCell, primitives: readonly string[]): HeatGrid {
  const edges = edgeNames(name, weights.length);
  const values = weights.flat().map(perMille);
  if (edges.length <= mostRows) return { name, rows: edges, columns: primitives, values, kept, broad: false };
  return {
    name,
    rows: primitives,
    columns: edges,
    values: primitives.flatMap((_, k) =>
      edges.map((__, edge) => values[edge * primitives.length + k] ?? null),
    ),
    kept: kept.map((i) => (i % primitives.length) * edges.length + Math.floor(i / primitives.length)),
    broad: true,
  };
}

/** The least and the largest weight of all epochs, in thousandths, so that shades of one epoch can be held against those of another. */
type Range = readonly [least: number, most: number];

function rangeOf(moments: readonly Moment[]): Range {
  let [least, most] = [Infinity, -Infinity];
  for (const { cells } of moments) {
    for (const value of cells.flatMap(({ weights }) => weights.flat())) {
      const share = perMille(value) ?? least;
      [least, most] = [Math.min(least, share), Math.max(most, share)];
    }
  }
  return least <= most ? [least, most] : [0, 0];
}

function percents([least, most]: Range): string {
  return `${(least / 10).toFixed(1)} to ${(most / 10).toFixed(1)}`;
}

/** From 0 to 1; the script of the page does the same. */
function shadeOf(value: number | null, [least, most]: Range): number {
  return value === null || most === least ? 0 : (value - least) / (most - least);
}

function heatMap({ name, rows, columns, values, kept, broad }: HeatGrid, range: Range): string {
  const marked = new Set(kept);
  const head = columns.map((text) => `<th scope="col"><span>${escapeHtml(text)}</span></th>`).join('');
  const lines = rows.map((text, row) => {
    const cells = columns.map((_, column) => {
      const i = row * columns.length + column;
      const value = values[i] ?? null;
      const look = marked.has(i) ? ' class="kept"' : '';
      return `<td${look} style="--w:${Number(shadeOf(value, range).toFixed(3))}">${value === null ? '–' : Math.round(value / 10)}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(text)}</th>${cells.join('')}</tr>`;
  });
  const look = broad ? 'heat broad' : 'heat';
  return `<figure>\n<figcaption>${escapeHtml(cellTitles[name])}</figcaption>\n${wide(
    `<table class="${look}" data-cell="${name}">\n<thead><tr><th></th>${head}</tr></thead>\n<tbody>\n${lines.join('\n')}\n</tbody>\n</table>`,
  )}\n</figure>`;
}

/** Null for what is NaN. */
function perMille(weight: number): number | null {
  return Number.isFinite(weight) ? Math.round(1000 * weight) : null;
}

/** JSON that can stand in a script element: nothing in it closes the element or opens a comment. */
function scriptData(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** Shows the moment that the slider is at, and keeps it in the address, so that a page that is read anew stays there. */
export const momentsScript = `
const data = document.getElementById('moments');
if (data) {
  const moments = JSON.parse(data.textContent);
  const slider = document.getElementById('moment');
  const label = document.getElementById('moment-label');
  const show = (index) => {
    const moment = moments[index];
    if (!moment) return;
    label.textContent = moment.label;
    for (const each of document.querySelectorAll('[data-drawing]')) {
      each.hidden = Number(each.dataset.drawing) !== moment.drawing;
    }
    for (const table of document.querySelectorAll('[data-cell]')) {
      const cell = moment.cells.find(({ name }) => name === table.dataset.cell);
      const kept = new Set(cell ? cell.kept : []);
      const [least, most] = cell ? cell.range : [0, 0];
      table.querySelectorAll('td').forEach((box, i) => {
        const share = cell ? cell.values[i] : null;
        box.textContent = share == null ? '\\u2013' : String(Math.round(share / 10));
        const shade = share == null || most === least ? 0 : (share - least) / (most - least);
        box.style.setProperty('--w', String(shade));
        box.className = kept.has(i) ? 'kept' : '';
      });
    }
  };
  slider.hidden = false;
  const asked = /^#moment-(\\d+)$/.exec(location.hash);
  if (asked && Number(asked[1]) < moments.length) {
    slider.value = asked[1];
    show(Number(asked[1]));
  }
  slider.addEventListener('input', () => {
    const index = Number(slider.value);
    show(index);
    const last = index === moments.length - 1;
    try {
      history.replaceState(null, '', last ? '#' : '#moment-' + index);
    } catch {}
  });
}
`;
