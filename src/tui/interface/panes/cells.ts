/** The cells of a run, a node a line or more: each op with the state it reads and the weight of its edge. */

import type { WiredCell, WiredInput } from '../../../space/space.ts';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { padded } from '../../width.ts';
import type { Room } from '../frame.ts';
import { cellsAt, givenCells, opKey, whyNone } from '../shown-run.ts';
import type { CellsShown, ShownRun } from '../shown-run.ts';

/** @param epoch whose cells; the last where it is left out */
export function cellLines(run: ShownRun, room: Room, epoch: number | undefined): readonly Talk[] {
  const at = cellsAt(run, epoch);
  const cells = at?.cells ?? givenCells(run);
  if (cells === undefined) return [span('quiet', whyNone(run, 'cells'))];
  const legend: Talk[] =
    at === undefined || at.changed.size === 0
      ? []
      : [[span('warning', '*'), span('quiet', ` new since the epoch before (${at.changed.size})`)]];
  const blocksOf = (isNarrow: boolean) =>
    cells.map((cell): readonly Talk[] => [
      span('strong', cell.title),
      ...cell.nodes.map(({ name, inputs }) => nodeLine(cell, name, inputs, at, isNarrow)),
    ]);
  if (cells.length > 1 && room.width >= besideFrom)
    return [...beside(blocksOf(false), room.width), ...legend];
  const stacked = [...blocksOf(room.width < narrow).flat(), ...legend];
  const isTooHigh = stacked.length > room.height && cells.length > 1 && room.width >= narrowBesideFrom;
  return isTooHigh ? [...beside(blocksOf(true), room.width), ...legend] : stacked;
}

/** Two cells of two inputs a node need so much to stand beside each other, with whole names and with short ones. */
const [besideFrom, narrowBesideFrom] = [104, 78];

function beside(blocks: readonly (readonly Talk[])[], columns: number): readonly Talk[] {
  const height = Math.max(...blocks.map((lines) => lines.length));
  const width = Math.floor((columns - 2) / blocks.length);
  return Array.from({ length: height }, (_, i) =>
    blocks.map((lines, k) =>
      k < blocks.length - 1 ? [padded(lines[i] ?? '', width), '  '] : (lines[i] ?? ''),
    ),
  );
}

function nodeLine(
  cell: WiredCell,
  name: string,
  inputs: readonly WiredInput[],
  at: CellsShown | undefined,
  isNarrow: boolean,
): Talk {
  const ops = inputs.map(({ op, from, row }): Talk => {
    const k = at?.primitives.indexOf(op) ?? -1;
    const weight = at?.weights[cell.key]?.[row]?.[k];
    const isNew = at?.changed.has(opKey(cell.key, name, from, op)) ?? false;
    return [
      isNew ? span('warning', '*') : ' ',
      span(familyOf(op), isNarrow ? shortOp(op) : op),
      span('quiet', ` ${short(from)}`),
      weight === undefined ? '' : ` ${isNarrow ? weight.toFixed(2).replace(/^0/, '') : weight.toFixed(2)}`,
    ];
  });
  return [span('quiet', short(name).padEnd(3)), ops.flatMap((op, i) => (i === 0 ? [op] : [' +', op]))];
}

/** Two inputs with whole names do not fit into fewer. */
const narrow = 56;

/** `sep_conv_3x3` as `sep_3x3`. */
function shortOp(op: string): string {
  return op.replace(/_(?:conv|pool|connect)/, '');
}

/** `c_{k-2}` as `k-2`, `node 3` as `3`. */
export function short(state: string): string {
  return state.replace(/^c_\{(.*)\}$/, '$1').replace(/^(?:node|state) /, '');
}

const families = [
  [/^sep_|^tanh/, 'series1'],
  [/^dil_|^sigmoid/, 'series2'],
  [/_pool_|^relu/, 'series3'],
  [/^skip|^identity/, 'warning'],
] as const;

function familyOf(op: string): (typeof families)[number][1] | 'strong' {
  return families.find(([pattern]) => pattern.test(op))?.[1] ?? 'strong';
}
