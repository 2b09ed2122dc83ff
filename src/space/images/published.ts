/**
 * The cells published with the DARTS code, as data: the two DARTS cells (first and second order), and NASNet-A and
 * AmoebaNet-A as that code trains them for comparison. "DARTS" without a version is the second-order cell.
 *
 * Two details matter beyond the ops: inputs stand in the order in which they were published, and NASNet and AmoebaNet
 * have five nodes, of which only some are concatenated.
 */
import type { CellGenotype, CnnGenotype, NodeInput } from './genotype.ts';
import type { CnnOp } from './primitives.ts';

/** A node that adds up two edges. */
function sum(opA: CnnOp, sourceA: number, opB: CnnOp, sourceB: number): readonly NodeInput[] {
  return [
    { op: opA, source: sourceA },
    { op: opB, source: sourceB },
  ];
}

function cell(nodes: CellGenotype['nodes'], concat: readonly number[]): CellGenotype {
  return { nodes, concat };
}

/** DARTS, first order. 3.00 ± 0.14 % test error on CIFAR-10 (table 1 of the paper). */
export const DARTS_V1: CnnGenotype = {
  normal: cell(
    [
      sum('sep_conv_3x3', 1, 'sep_conv_3x3', 0),
      sum('skip_connect', 0, 'sep_conv_3x3', 1),
      sum('skip_connect', 0, 'sep_conv_3x3', 1),
      sum('sep_conv_3x3', 0, 'skip_connect', 2),
    ],
    [2, 3, 4, 5],
  ),
  reduce: cell(
    [
      sum('max_pool_3x3', 0, 'max_pool_3x3', 1),
      sum('skip_connect', 2, 'max_pool_3x3', 0),
      sum('max_pool_3x3', 0, 'skip_connect', 2),
      sum('skip_connect', 2, 'avg_pool_3x3', 0),
    ],
    [2, 3, 4, 5],
  ),
};

/** DARTS, second order. 2.76 ± 0.09 % test error on CIFAR-10 (table 1 of the paper). */
export const DARTS_V2: CnnGenotype = {
  normal: cell(
    [
      sum('sep_conv_3x3', 0, 'sep_conv_3x3', 1),
      sum('sep_conv_3x3', 0, 'sep_conv_3x3', 1),
      sum('sep_conv_3x3', 1, 'skip_connect', 0),
      sum('skip_connect', 0, 'dil_conv_3x3', 2),
    ],
    [2, 3, 4, 5],
  ),
  reduce: cell(
    [
      sum('max_pool_3x3', 0, 'max_pool_3x3', 1),
      sum('skip_connect', 2, 'max_pool_3x3', 1),
      sum('max_pool_3x3', 0, 'skip_connect', 2),
      sum('skip_connect', 2, 'max_pool_3x3', 1),
    ],
    [2, 3, 4, 5],
  ),
};

export const NASNet: CnnGenotype = {
  normal: cell(
    [
      sum('sep_conv_5x5', 1, 'sep_conv_3x3', 0),
      sum('sep_conv_5x5', 0, 'sep_conv_3x3', 0),
      sum('avg_pool_3x3', 1, 'skip_connect', 0),
      sum('avg_pool_3x3', 0, 'avg_pool_3x3', 0),
      sum('sep_conv_3x3', 1, 'skip_connect', 1),
    ],
    [2, 3, 4, 5, 6],
  ),
  reduce: cell(
    [
      sum('sep_conv_5x5', 1, 'sep_conv_7x7', 0),
      sum('max_pool_3x3', 1, 'sep_conv_7x7', 0),
      sum('avg_pool_3x3', 1, 'sep_conv_5x5', 0),
      sum('skip_connect', 3, 'avg_pool_3x3', 2),
      sum('sep_conv_3x3', 2, 'max_pool_3x3', 1),
    ],
    [4, 5, 6],
  ),
};

export const AmoebaNet: CnnGenotype = {
  normal: cell(
    [
      sum('avg_pool_3x3', 0, 'max_pool_3x3', 1),
      sum('sep_conv_3x3', 0, 'sep_conv_5x5', 2),
      sum('sep_conv_3x3', 0, 'avg_pool_3x3', 3),
      sum('sep_conv_3x3', 1, 'skip_connect', 1),
      sum('skip_connect', 0, 'avg_pool_3x3', 1),
    ],
    [4, 5, 6],
  ),
  reduce: cell(
    [
      sum('avg_pool_3x3', 0, 'sep_conv_3x3', 1),
      sum('max_pool_3x3', 0, 'sep_conv_7x7', 2),
      sum('sep_conv_7x7', 0, 'avg_pool_3x3', 1),
      sum('max_pool_3x3', 0, 'max_pool_3x3', 1),
      sum('conv_7x1_1x7', 0, 'sep_conv_3x3', 5),
    ],
    [3, 4, 6],
  ),
};

/** By name. `DARTS` is `DARTS_V2`. */
export const publishedGenotypes = {
  DARTS_V1,
  DARTS_V2,
  DARTS: DARTS_V2,
  NASNet,
  AmoebaNet,
} as const satisfies Readonly<Record<string, CnnGenotype>>;

export type PublishedName = keyof typeof publishedGenotypes;

export const publishedNames = Object.keys(publishedGenotypes) as readonly PublishedName[];

/** The published name that `name` spells, whatever its case and with `-` for `_`; undefined if none. */
export function publishedName(name: string): PublishedName | undefined {
  const wanted = name.trim().toLowerCase().replaceAll('-', '_');
  return publishedNames.find((known) => known.toLowerCase() === wanted);
}
