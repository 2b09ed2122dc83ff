/**
 * The gradient of a mixed node with what it computes again really computed again.
 *
 * By its definition, gates and candidates of the gradient are those of the forward pass, and equal nodes are built once:
 * every one of them would be kept from the forward pass to the backward pass, eight tensors of all edges where three are
 * needed. Read through an `Identity`, which costs nothing on the last use of a value, they are other nodes.
 */
import { define } from '../../../graph/definitions.ts';
import type { Rewrite } from '../../../graph/rebuild.ts';

export const mixedHighwayGradient: Rewrite = (b, node, inputs) => {
  if (node.op !== 'MixedHighwayGrad') return undefined;
  // c beside h, and a state, from which gates, candidates and the stack of states are made.
  const apart = inputs.map((input, i) => (i === 1 || i === 3 ? b.op('Identity', [input]) : input));
  return define(b, node, apart);
};
