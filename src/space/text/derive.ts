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
  /** What each column stands for; the DARTS primitives if left out. */
  readonly primitives?: readonly RnnPrimitive[];
  /** How many of the last nodes the output is the mean of; all of them if left out. */
  readonly concatLast?: number;
}

/**
 * Derives a cell. Equal edges: the first source wins; equal ops: the first in the order of the primitives.
 *
 * @param alphas before softmax, [edges, primitives].
 * @throws NascentError `space/invalid` if shape and options disagree, or an alpha is not a number.
 */
export function deriveRnn(alphas: Rows, options: DeriveRnnOptions): RnnGenotype {
  const { nodes, primitives = rnnPrimitives, concatLast = nodes } = options;
  check(alphas, nodes, primitives, concatLast);
  const weights = softmaxRows(alphas);
  return {
    nodes: Array.from({ length: nodes }, (_, node) => strongestEdge(weights, node, primitives)),
    concat: Array.from({ length: concatLast }, (_, i) => nodes - concatLast + i + 1),
  };
}

function strongestEdge(
  weights: readonly (readonly number[])[],
  node: number,
  primitives: readonly RnnPrimitive[],
): RnnNode {
  let best: RnnNode | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (let source = 0; source <= node; source++) {
    for (const [k, op] of primitives.entries()) {
      const weight = weights[rnnEdgeIndex(node, source)]?.[k] ?? Number.NaN;
      if (op !== 'none' && weight > most) {
        best = { op, source };
        most = weight;
      }
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

function invalid(message: string, help: string): NascentError {
  return new NascentError('space/invalid', message, { help });
}
