/**
 * The recurrent cells published with the DARTS code, as data: its own two (first and second order), and ENAS's as that
 * code trains it for comparison. "DARTS" without a version is the second-order cell.
 */
import type { RnnGenotype } from './genotype.ts';
import type { RnnOp } from './primitives.ts';

function cell(
  nodes: readonly (readonly [op: RnnOp, source: number])[],
  concat: readonly number[],
): RnnGenotype {
  return { nodes: nodes.map(([op, source]) => ({ op, source })), concat };
}

const all = [1, 2, 3, 4, 5, 6, 7, 8];

/** DARTS, first order. 60.2 and 57.6 perplexity on PTB, validation and test (table 2 of the paper). */
const DARTS_V1 = cell(
  [
    ['relu', 0],
    ['relu', 1],
    ['tanh', 2],
    ['relu', 3],
    ['relu', 4],
    ['identity', 1],
    ['relu', 5],
    ['relu', 1],
  ],
  all,
);

/** DARTS, second order. 58.1 and 55.7 perplexity on PTB, validation and test (table 2 of the paper). */
const DARTS_V2 = cell(
  [
    ['sigmoid', 0],
    ['relu', 1],
    ['relu', 1],
    ['identity', 1],
    ['tanh', 2],
    ['sigmoid', 5],
    ['tanh', 3],
    ['relu', 5],
  ],
  all,
);

/** Eleven nodes, of which those that no other node reads are averaged. */
const ENAS = cell(
  [
    ['tanh', 0],
    ['tanh', 1],
    ['relu', 1],
    ['tanh', 3],
    ['tanh', 3],
    ['relu', 3],
    ['relu', 4],
    ['relu', 7],
    ['relu', 8],
    ['relu', 8],
    ['relu', 8],
  ],
  [2, 5, 6, 9, 10, 11],
);

/** By name. `DARTS` is `DARTS_V2`. */
export const publishedRnnGenotypes = {
  DARTS_V1,
  DARTS_V2,
  DARTS: DARTS_V2,
  ENAS,
} as const satisfies Readonly<Record<string, RnnGenotype>>;

export type PublishedRnnName = keyof typeof publishedRnnGenotypes;

export const publishedRnnNames = Object.keys(publishedRnnGenotypes) as readonly PublishedRnnName[];

/** The published name that `name` spells, whatever its case and with `-` for `_`; undefined if none. */
export function publishedRnnName(name: string): PublishedRnnName | undefined {
  const wanted = name.trim().toLowerCase().replaceAll('-', '_');
  return publishedRnnNames.find((known) => known.toLowerCase() === wanted);
}
