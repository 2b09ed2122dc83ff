/**
 * The recurrent cell in a search: every node reads every state before it, through a mixture of all activations weighted
 * by the softmax of the edge's row of alpha (DARTS, equation 2, applied to the cell of section 3.2).
 *
 * A mixture of highway connections, Σ_k p_k·(s + c·(f_k(h) − s)), is P·s + c·(Σ_k p_k·f_k(h) − P·s) with P = Σ_k p_k:
 * one blend where there were four. `none` is not among the k; its weight only makes P less than 1. All edges into a
 * node share its weight, so their products are one, over the states stacked on top of each other. The plain form is in
 * the tests, as what this one must equal.
 */
import { internal } from '../../errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { firstState, meanOf, product, type Cell } from './cell.ts';
import { rnnEdgeCount } from './derive.ts';
import { activationOf, type RnnOp, type RnnPrimitive } from './primitives.ts';
import type { SharedNorm } from './shared-norm.ts';

export interface RnnSearchShape {
  /** Nodes of the cell; all of them are averaged. */
  readonly nodes: number;
  readonly primitives: readonly RnnPrimitive[];
}

/** The architecture parameters, input `alpha` [edges, primitives], starting at 10⁻³ times a standard normal. */
export function rnnAlphaInput(b: GraphBuilder, { nodes, primitives }: RnnSearchShape): Value {
  return b.input('alpha', [rnnEdgeCount(nodes), primitives.length], {
    role: 'alpha',
    initializer: { kind: 'normal', deviation: 1e-3 },
  });
}

/** The cell of a search. The batch must be known. */
export function searchCell(
  b: GraphBuilder,
  { nodes, primitives }: RnnSearchShape,
  alpha: Value,
  norm: SharedNorm,
): Cell {
  const attributes = { activations: primitives.filter((op): op is RnnOp => op !== 'none').map(activationOf) };
  const mixing = mixingWeights(b, alpha, nodes, primitives);
  return (weights, hiddenMask) => (projected, previous) => {
    const states = [norm.apply(firstState(b, weights, hiddenMask, projected, previous))];
    for (let i = 0; i < nodes; i++) {
      b.scope(`node.${i}`, () => {
        const [weight, p] = [weights.nodes[i], mixing[i]];
        if (!weight || !p) throw internal(`node ${i} lacks a part`);
        // Gates beside candidates, of all states: one product, forward and back.
        const ch = stackedProduct(b, weight, hiddenMask, states);
        states.push(norm.apply(b.op('MixedHighway', [ch, p, ...states], attributes)));
      });
    }
    return meanOf(b, states.slice(1));
  };
}

/** (s·mask)·w of all states, on top of each other. */
function stackedProduct(
  b: GraphBuilder,
  weight: Value,
  mask: Value | undefined,
  states: readonly Value[],
): Value {
  if (mask !== undefined) return b.op('StackedProduct', [weight, mask, ...states]);
  const [only] = states;
  const stacked = only !== undefined && states.length === 1 ? only : b.op('Concat', states, { axis: 0 });
  return product(b, stacked, weight);
}

/** softmax(alpha) without its column of `none`, taken apart: [i + 1, ops] for node i. */
function mixingWeights(
  b: GraphBuilder,
  alpha: Value,
  nodes: number,
  primitives: readonly RnnPrimitive[],
): readonly Value[] {
  const softmax = b.op('Softmax', [alpha], { axis: -1 });
  const none = primitives.indexOf('none');
  const columns = (start: number, end: number) =>
    start === end ? [] : [b.op('Slice', [softmax], { starts: [start], ends: [end], axes: [1], steps: [1] })];
  const kept = none < 0 ? [softmax] : [...columns(0, none), ...columns(none + 1, primitives.length)];
  const [only] = kept;
  const weights = kept.length === 1 && only !== undefined ? only : b.op('Concat', kept, { axis: 1 });
  return nodes === 1
    ? [weights]
    : b.node('Split', [weights], { axis: 0, split: Array.from({ length: nodes }, (_, i) => i + 1) });
}
