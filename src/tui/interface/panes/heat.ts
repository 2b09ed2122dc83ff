/** The mixing weights of a search as a heat map: a row an edge, a column an op, the darker the larger. */

import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { padded } from '../../width.ts';
import type { Room } from '../frame.ts';
import { cellsAt } from '../shown-run.ts';
import type { ShownRun } from '../shown-run.ts';
import { short } from './cells.ts';

const shades = { blocks: [' ', '░', '▒', '▓', '█'], ascii: [' ', '.', ':', 'x', '#'] } as const;

/** @param epoch whose weights; the last where it is left out */
export function heatLines(run: ShownRun, room: Room, epoch: number | undefined): readonly Talk[] {
  if (run.watched.record?.kind === 'train') return [span('quiet', 'A training has no alphas.')];
  const at = cellsAt(run, epoch);
  if (at === undefined) return [span('quiet', 'No alphas yet.')];
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
  const drawn = maps.map(({ title, rows, edges }) => [
    span('strong', title),
    ...headings(at.primitives, perOp, labelWidth),
    ...rows.map((row, i) => heatRow(edgeLabel(edges[i] ?? ''), row, perOp, labelWidth, room)),
  ]);
  if (!isBeside) return drawn.flat();
  const height = Math.max(...drawn.map((lines) => lines.length));
  return Array.from({ length: height }, (_, i) =>
    drawn.map((lines, k) =>
      k < drawn.length - 1 ? [padded(lines[i] ?? '', width), ' '.repeat(between)] : (lines[i] ?? ''),
    ),
  );
}

function edgeLabel(edge: string): string {
  return edge.split(' → ').map(short).join('>');
}

/** The names of ops in as many letters as a column has. */
function headings(primitives: readonly string[], perOp: number, labelWidth: number): readonly Talk[] {
  const names = primitives.map((name) => abbreviation(name, perOp));
  return [span('quiet', `${' '.repeat(labelWidth + 1)}${names.join('')}`)];
}

const short2: Readonly<Record<string, string>> = {
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

function abbreviation(name: string, width: number): string {
  const letters =
    width >= 3 ? (short2[name] ?? name) : (short2[name] ?? name).slice(0, Math.max(1, width - 1));
  return letters.slice(0, Math.max(1, width - 1)).padEnd(width);
}

function heatRow(label: string, row: readonly number[], perOp: number, labelWidth: number, room: Room): Talk {
  const most = Math.max(...row);
  const scale = room.look.ascii ? shades.ascii : shades.blocks;
  return [
    span('quiet', `${label.padStart(labelWidth)} `),
    ...row.map((weight) => {
      // Weights lie about 1/ops at first; shades tell apart what is below and what is above it.
      const level = Math.min(4, Math.max(0, Math.round((4 * weight) / Math.max(most, 2 / row.length))));
      const shade = scale[level] ?? ' ';
      const cell =
        perOp >= 6
          ? `${shade}${weight.toFixed(2)}`.padEnd(perOp)
          : shade.repeat(Math.max(1, perOp - 1)).padEnd(perOp);
      return weight === most ? span('current', cell) : cell;
    }),
  ];
}
