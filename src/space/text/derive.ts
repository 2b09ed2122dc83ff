/**
 * From alphas to a recurrent genotype: for each node the one edge survives whose strongest op, `none` excluded, has the
 * largest softmax weight, and that op with it (DARTS, section 3.2, and `genotype()` of its recurrent code).
 *
 * As in the convolutional space, `none` is excluded from the choice but not from the softmax, and edges are ranked by
 * softmax weight, not by alpha.
 */
import { NascentError } from '../../errors.ts';
import { checkRows, softmaxRows, type Rows } from '../images/derive.ts';
import type { RnnGenotype, RnnNode } from './genotype.ts';
import { rnnPrimitives, type RnnPrimitive } from './primitives.ts';

/** The row of the edge from state `source` (0 … node) into `node`. */
export function rnnEdgeIndex(node: number, source: number): number {
  return (node * (node + 1)) / 2 + source;
}

/** Edges, and so rows of alpha, of a cell with that many nodes: 36 for 8. */
export function rnnEdgeCount(nodes: number): number {
  return rnnEdgeIndex(nodes, 0);
}

export interface DeriveRnnOptions {
  /** 8 in DARTS. */
  readonly nodes: number;
  /** What each column stands for (default: the DARTS primitives). */
  readonly primitives?: readonly RnnPrimitive[];
  /** How many of the last nodes the output is the mean of (default: all of them). */
  readonly concatLast?: number;
  /**
   * At most this many `identity` nodes, as P-DARTS caps the skip connections of a convolutional cell: as long as there
   * are more, the chosen identity with the smallest weight is struck out and the cell derived again.
   */
  readonly maxSkips?: number;
}

/**
 * Derives a cell. Equal edges: the first source wins; equal ops: the first in the order of the primitives.
 *
 * @param alphas before softmax, [edges, primitives].
 * @throws NascentError `space/invalid` if shape and options disagree, or an alpha is not a number.
 */
export function deriveRnn(alphas: Rows, options: DeriveRnnOptions): RnnGenotype {
  const { nodes, primitives = rnnPrimitives, concatLast = nodes, maxSkips } = options;
  check(alphas, nodes, primitives, concatLast);
  checkCap(maxSkips, primitives);
  const weights = softmaxRows(alphas);
  const concat = Array.from({ length: concatLast }, (_, i) => nodes - concatLast + i + 1);
  for (;;) {
    const chosen = Array.from({ length: nodes }, (_, node) => strongestEdge(weights, node, primitives));
    const skips = chosen.filter(({ op }) => op === 'identity');
    const weakest = skips.toSorted((a, b) => a.weight - b.weight)[0];
    if (maxSkips === undefined || weakest === undefined || skips.length <= maxSkips) {
      return { nodes: chosen.map(({ op, source }) => ({ op, source })), concat };
    }
    const row = weights[weakest.row];
    if (row !== undefined) row[primitives.indexOf('identity')] = struck;
  }
}

/** Nodes of a cell that are another state unchanged: what a skip connection is in a recurrent cell. */
export function identityCount({ nodes }: RnnGenotype): number {
  return nodes.filter(({ op }) => op === 'identity').length;
}

/** Below every softmax weight: out of the race. */
const struck = Number.NEGATIVE_INFINITY;

interface ChosenEdge extends RnnNode {
  readonly row: number;
  readonly weight: number;
}

function strongestEdge(
  weights: readonly (readonly number[])[],
  node: number,
  primitives: readonly RnnPrimitive[],
): ChosenEdge {
  let best: ChosenEdge | undefined;
  for (let source = 0; source <= node; source++) {
    const row = rnnEdgeIndex(node, source);
    for (const [k, op] of primitives.entries()) {
      const weight = weights[row]?.[k] ?? Number.NaN;
      if (op !== 'none' && weight > (best?.weight ?? struck)) best = { op, source, row, weight };
    }
  }
  if (best === undefined) throw new Error('internal: a node has no edge after its alphas were checked');
  return best;
}

function check(alphas: Rows, nodes: number, primitives: readonly RnnPrimitive[], concatLast: number): void {
  if (!Number.isInteger(nodes) || nodes < 1) throw invalid(`nodes is ${nodes}`, 'Give 1 or more.');
  if (!Number.isInteger(concatLast) || concatLast < 1 || concatLast > nodes) {
    throw invalid(
      `concatLast is ${concatLast}, of ${nodes} nodes`,
      `Give a whole number from 1 to ${nodes}.`,
    );
  }
  checkRows(alphas, primitives, rnnEdgeCount(nodes), `a recurrent cell of ${nodes} nodes`);
}

function checkCap(maxSkips: number | undefined, primitives: readonly RnnPrimitive[]): void {
  if (maxSkips === undefined) return;
  if (!Number.isInteger(maxSkips) || maxSkips < 0) {
    throw invalid(`maxSkips is ${maxSkips}`, 'maxSkips must be a whole number, 0 or more.');
  }
  if (primitives.every((op) => op === 'none' || op === 'identity')) {
    throw invalid('identities cannot be capped where there is nothing else', 'Leave maxSkips out.');
  }
}

function invalid(message: string, help: string): NascentError {
  return new NascentError('space/invalid', message, { help });
}
