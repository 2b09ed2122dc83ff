/**
 * From alphas to a genotype: the derivation rule of DARTS (section 2.4 of the paper, `genotype()` of its code).
 *
 * The edges of a cell are rows: node 0's edges from states 0 and 1, then node 1's from 0, 1 and 2, and so on. For each
 * node the two edges survive whose strongest op, `none` excluded, has the largest softmax weight. `none` is excluded
 * from the choice but not from the softmax, so an edge on which `none` is strong is a weak edge.
 *
 * Edges must be ranked by softmax weight and not by alpha: softmax divides by the whole row, so the row with the
 * largest alpha need not be the row with the largest weight. Ranking by alpha gives other cells.
 */
import { NascentError } from '../../errors.ts';
import type { CellGenotype, CnnGenotype, NodeInput } from './genotype.ts';
import { type CnnPrimitive, dartsPrimitives } from './primitives.ts';

/** A matrix of one row for each edge and one column for each primitive. */
export type Rows = readonly ArrayLike<number>[];

export interface DeriveCellOptions {
  /** Nodes of the cell, 4 in DARTS; the matrix has `edgeCount(nodes)` rows. */
  readonly nodes: number;
  /** What each column stands for (default: the DARTS primitives). Any list, with or without `none`. */
  readonly primitives?: readonly CnnPrimitive[];
  /** How many of the last nodes make the output, "multiplier" (default: all of them). */
  readonly concatLast?: number;
  /** Edges kept for each node, 2 in DARTS. */
  readonly edgesPerNode?: number;
  /**
   * At most this many skip connections (P-DARTS, section 3.3): as long as there are more, the chosen skip with the
   * smallest weight is struck out and the cell derived again.
   */
  readonly maxSkips?: number;
}

/** `maxSkips` bounds the normal cell alone, as in P-DARTS; all else holds for both cells. */
export type DeriveOptions = DeriveCellOptions;

/**
 * Derives both cells.
 *
 * @param alphas before softmax, [edges, primitives] for each cell.
 * @throws NascentError `space/invalid` if shape and options disagree, or an alpha is not a number.
 */
export function derive(
  alphas: { readonly normal: Rows; readonly reduce: Rows },
  options: DeriveOptions,
): CnnGenotype {
  const { maxSkips, ...both } = options;
  return {
    normal: deriveCell(alphas.normal, maxSkips === undefined ? both : { ...both, maxSkips }),
    reduce: deriveCell(alphas.reduce, both),
  };
}

/**
 * Derives one cell from its alphas, [edges, primitives].
 *
 * The inputs of a node stand in order of strength, strongest first; equal edges in order of their source; equal ops in
 * order of the primitives.
 */
export function deriveCell(alphas: Rows, options: DeriveCellOptions): CellGenotype {
  const { nodes, primitives = dartsPrimitives, concatLast = nodes, edgesPerNode = 2, maxSkips } = options;
  checkOptions({ nodes, concatLast, edgesPerNode, maxSkips: maxSkips ?? 0 });
  checkRows(alphas, primitives, edgeCount(nodes), `a cell of ${nodes} nodes`);

  const weights = softmaxRows(alphas);
  const concat = Array.from({ length: concatLast }, (_, i) => 2 + nodes - concatLast + i);
  for (;;) {
    const chosen = chooseEdges(weights, nodes, edgesPerNode, primitives);
    const skips = chosen.flat().filter((edge) => edge.op === 'skip_connect');
    if (maxSkips === undefined || skips.length <= maxSkips) {
      return { nodes: chosen.map((edges) => edges.map(({ op, source }) => ({ op, source }))), concat };
    }
    const weakest = skips.reduce((least, skip) => (skip.weight < least.weight ? skip : least));
    strikeSkip(weights[weakest.row], primitives);
  }
}

interface ChosenEdge extends NodeInput {
  readonly row: number;
  readonly weight: number;
}

function chooseEdges(
  weights: readonly (readonly number[])[],
  nodes: number,
  edgesPerNode: number,
  primitives: readonly CnnPrimitive[],
): readonly (readonly ChosenEdge[])[] {
  return Array.from({ length: nodes }, (_, node) => {
    const edges = Array.from({ length: node + 2 }, (_, source) => {
      const row = edgeIndex(node, source);
      return { source, row, ...strongestOp(weights[row] ?? [], primitives) };
    });
    // Array.prototype.sort is stable, so equal edges stay in the order of their sources.
    return edges.sort((a, b) => b.weight - a.weight).slice(0, edgesPerNode);
  });
}

/** The first of the heaviest ops other than `none`. */
function strongestOp(
  row: readonly number[],
  primitives: readonly CnnPrimitive[],
): Pick<ChosenEdge, 'op' | 'weight'> {
  let best: Pick<ChosenEdge, 'op' | 'weight'> | undefined;
  for (const [k, op] of primitives.entries()) {
    const weight = row[k] ?? struck;
    if (op !== 'none' && weight !== struck && (best === undefined || weight > best.weight))
      best = { op, weight };
  }
  if (best === undefined) {
    throw invalid(
      'the skip connections of this cell cannot be capped: an edge has no other op to take',
      'Leave maxSkips out, or search over more primitives than none and skip_connect.',
    );
  }
  return best;
}

/**
 * The weight of an op that is out of the race. P-DARTS writes 0 there; a value below every softmax weight, underflowed
 * ones included, says the same and cannot be chosen again.
 */
const struck = Number.NEGATIVE_INFINITY;

function strikeSkip(row: number[] | undefined, primitives: readonly CnnPrimitive[]): void {
  if (row !== undefined) row[primitives.indexOf('skip_connect')] = struck;
}

/** Softmax of each row, in float64; the largest alpha is subtracted first, so nothing overflows. */
export function softmaxRows(rows: Rows): number[][] {
  return rows.map((row) => {
    const values = Array.from(row);
    const largest = Math.max(...values);
    const exponentials = values.map((value) => Math.exp(value - largest));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    return exponentials.map((value) => value / sum);
  });
}

/** The row of the edge from `source` (0 … node + 1) into `node`. */
export function edgeIndex(node: number, source: number): number {
  return (node * (node + 3)) / 2 + source;
}

/** Edges, and so rows, of a cell with that many nodes: 14 for 4. */
export function edgeCount(nodes: number): number {
  return edgeIndex(nodes, 0);
}

/** Skip connections of a cell. Two or more in the normal cell are the usual sign of collapse. */
export function skipCount(cell: CellGenotype): number {
  return cell.nodes.flat().filter(({ op }) => op === 'skip_connect').length;
}

/**
 * Entropy of each row's softmax, in nats, and their mean: ln(primitives) when a search has decided nothing, 0 when it
 * has decided everything.
 */
export function alphaEntropy(alphas: Rows): { readonly rows: readonly number[]; readonly mean: number } {
  const rows = softmaxRows(alphas).map((row) =>
    row.reduce((sum, weight) => (weight > 0 ? sum - weight * Math.log(weight) : sum), 0),
  );
  return { rows, mean: rows.reduce((sum, entropy) => sum + entropy, 0) / Math.max(1, rows.length) };
}

function checkOptions(options: {
  readonly nodes: number;
  readonly concatLast: number;
  readonly edgesPerNode: number;
  readonly maxSkips: number;
}): void {
  const { nodes, concatLast } = options;
  for (const [name, value] of Object.entries(options)) {
    const least = name === 'maxSkips' ? 0 : 1;
    if (!Number.isInteger(value) || value < least) {
      throw invalid(`${name} is ${value}`, `${name} must be a whole number, ${least} or more.`);
    }
  }
  if (concatLast > nodes) {
    throw invalid(
      `concatLast is ${concatLast}, the cell has ${nodes} nodes`,
      'Concatenate at most all nodes.',
    );
  }
}

/**
 * Checks that alphas are numbers, in a row for each edge and a column for each primitive.
 *
 * @param cell which cell has so many edges, for messages
 * @throws NascentError `space/invalid`
 */
export function checkRows(alphas: Rows, primitives: readonly string[], edges: number, cell: string): void {
  if (new Set(primitives).size !== primitives.length || !primitives.some((op) => op !== 'none')) {
    throw invalid(
      `the primitives are ${JSON.stringify(primitives)}`,
      'List each primitive once, and at least one besides none.',
    );
  }
  if (alphas.length !== edges) {
    throw invalid(
      `the alphas have ${alphas.length} rows, ${cell} has ${edges} edges`,
      'Give the number of nodes that the search was run with.',
    );
  }
  for (const [row, values] of alphas.entries()) {
    if (values.length !== primitives.length) {
      throw invalid(
        `row ${row} of the alphas has ${values.length} columns, there are ${primitives.length} primitives`,
        'Give the primitives that the search was run with, in its order.',
      );
    }
    const wrong = Array.from(values).findIndex((value) => !Number.isFinite(value));
    if (wrong !== -1) {
      throw invalid(
        `row ${row}, column ${wrong} (${primitives[wrong] ?? ''}) of the alphas is ${values[wrong]}`,
        'The search diverged; derive from an earlier checkpoint, or search again with a smaller learning rate.',
      );
    }
  }
}

function invalid(message: string, help: string): NascentError {
  return new NascentError('space/invalid', message, { help });
}
