/**
 * The mixing weights of a search as a heat map: a row an edge, a column an op, the darker the larger.
 *
 * Weights lie close to 1/ops for long, so shades go from the least to the largest of those that are shown, and the first
 * line says which these are. Where all are as good as equal there is one shade, and the line says that.
 */

import { wrap } from '../../columns.ts';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { padded } from '../../width.ts';
import type { Room } from '../frame.ts';
import { cellsAt, whyNone } from '../shown-run.ts';
import type { ShownRun } from '../shown-run.ts';
import { short } from './cells.ts';

const shades = { blocks: ['·', '░', '▒', '▓', '█'], ascii: ['.', ':', 'o', 'x', '#'] } as const;
/** Alphas begin about 1e-3 from each other, which is less in weights: from here on something was learnt. */
const uniformWithin = 0.002;

/** From the least to the largest weight. */
interface Scale {
  readonly least: number;
  readonly most: number;
  readonly isUniform: boolean;
  readonly shades: readonly string[];
}

function scaleOf(rows: readonly (readonly number[])[], ascii: boolean): Scale {
  const values = rows.flat().filter((value) => Number.isFinite(value));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {
    least,
    most,
    isUniform: !(most - least > uniformWithin),
    shades: ascii ? shades.ascii : shades.blocks,
  };
}

function shadeOf(weight: number, { least, most, isUniform, shades: scale }: Scale): string {
  if (!Number.isFinite(weight)) return '?';
  // By ratio, as alphas are: beside a weight that took nearly all, the others are not all the same.
  const share = isUniform
    ? 0.5
    : Math.log(positive(weight) / positive(least)) / Math.log(most / positive(least));
  return scale[Math.min(scale.length - 1, Math.floor(share * scale.length))] ?? ' ';
}

/** A softmax is never 0 but by rounding, and nobody tells weights apart that are so small. */
function positive(weight: number): number {
  return Math.max(weight, 1e-4);
}

function legendOf({ least, most, isUniform, shades: scale }: Scale, ops: number): Talk {
  const each = (1 / ops).toFixed(3);
  if (isUniform) return span('quiet', `uniform: each op about ${each}`);
  const range = [least.toFixed(3), ...scale.map((shade) => shade.repeat(2)), most.toFixed(3)].join(' ');
  return [range, span('quiet', `  uniform is ${each}`)];
}

/** @param epoch whose weights; the last where it is left out */
export function heatLines(run: ShownRun, room: Room, epoch: number | undefined): readonly Talk[] {
  if (run.watched.record?.kind === 'train') return [span('quiet', 'A training has no alphas.')];
  const at = cellsAt(run, epoch);
  if (at === undefined) return [span('quiet', whyNone(run, 'alphas'))];
  const maps = at.cells.map(({ key, title }) => ({
    title,
    rows: at.weights[key] ?? [],
    edges: at.edges[key] ?? [],
  }));
  const labelWidth = Math.max(0, ...maps.flatMap(({ edges }) => edges.map((edge) => edgeLabel(edge).length)));
  const columns = at.primitives.length;
  const between = 2;
  const each = Math.floor((room.width + between) / Math.max(1, maps.length)) - between;
  const isBeside = maps.length > 1 && each >= labelWidth + 1 + columns;
  const width = isBeside ? each : room.width;
  const perOp = Math.max(1, Math.min(7, Math.floor((width - labelWidth - 1) / Math.max(1, columns))));
  const scale = scaleOf(
    maps.flatMap(({ rows }) => rows),
    room.look.ascii,
  );
  const legend = legendOf(scale, columns);
  const drawn = maps.map(({ title, rows, edges }) => [
    span('strong', title),
    ...headings(at.primitives, perOp, labelWidth),
    ...rows.map((row, i) => heatRow(edgeLabel(edges[i] ?? ''), row, perOp, labelWidth, scale)),
  ]);
  const names = nameLines(at.primitives, room.width);
  if (!isBeside) return [legend, ...drawn.flat(), ...names];
  const height = Math.max(...drawn.map((lines) => lines.length));
  const beside = Array.from({ length: height }, (_, i) =>
    drawn.map((lines, k) =>
      k < drawn.length - 1 ? [padded(lines[i] ?? '', width), ' '.repeat(between)] : (lines[i] ?? ''),
    ),
  );
  return [legend, ...beside, ...names];
}

function edgeLabel(edge: string): string {
  return edge.split(' → ').map(short).join('>');
}

/** The names of ops: in two letters or more where a column has room for them, and else one below the other. */
function headings(primitives: readonly string[], perOp: number, labelWidth: number): readonly Talk[] {
  const lines =
    perOp >= 3
      ? [
          primitives.map((name) =>
            (perOp > longest ? inShort(name) : abbreviation(name)).slice(0, perOp - 1).padEnd(perOp),
          ),
        ]
      : [0, 1].map((row) => primitives.map((name) => (abbreviation(name)[row] ?? ' ').padEnd(perOp)));
  return lines.map((names) => span('quiet', `${' '.repeat(labelWidth + 1)}${names.join('')}`));
}

/** Letters of a name that is shorter than the op's and says as much. */
const longest = 6;

function inShort(name: string): string {
  return name
    .replace(/_(conv|pool)_/, '')
    .replace(/^conv_|_connect$/, '')
    .slice(0, longest);
}

/** What the short names above the columns stand for. */
function nameLines(primitives: readonly string[], width: number): readonly Talk[] {
  const names = primitives.map((name) => `${abbreviation(name).slice(0, 2)}=${name}`).join(' ');
  return wrap(names, width).map((line) => span('quiet', line));
}

const twoLetters: Readonly<Record<string, string>> = {
  none: 'no',
  max_pool_3x3: 'mp',
  avg_pool_3x3: 'ap',
  skip_connect: 'sk',
  sep_conv_3x3: 's3',
  sep_conv_5x5: 's5',
  sep_conv_7x7: 's7',
  dil_conv_3x3: 'd3',
  dil_conv_5x5: 'd5',
  conv_7x1_1x7: '71',
  tanh: 'ta',
  relu: 're',
  sigmoid: 'si',
  identity: 'id',
};

function abbreviation(name: string): string {
  return twoLetters[name] ?? name;
}

function heatRow(
  label: string,
  row: readonly number[],
  perOp: number,
  labelWidth: number,
  scale: Scale,
): Talk {
  const most = Math.max(...row);
  return [
    span('quiet', `${label.padStart(labelWidth)} `),
    ...row.map((weight) => {
      const shade = shadeOf(weight, scale);
      const cell =
        perOp >= 6
          ? `${shade}${weight.toFixed(2)}`.padEnd(perOp)
          : shade.repeat(Math.max(1, perOp - 1)).padEnd(perOp);
      return weight === most && !scale.isUniform ? span('current', cell) : cell;
    }),
  ];
}
