/**
 * How large a language model is, in closed form, for deciding whether it can be trained before it is built. Both numbers
 * are what the graph itself counts, and tests hold them to it.
 */
import type { RnnGenotype } from './genotype.ts';
import type { RnnShape } from './model.ts';

export interface ModelSize {
  /** Trained numbers, as `countParameters` has them. */
  readonly parameters: number;
  /**
   * Numbers that products give for one token of one piece of text: gates and candidates, and what the decoder says of each
   * word. Gradients need these, or as many made of them, so a training step has those of all its tokens at once.
   */
  readonly products: number;
}

/** The network of a search: every node reads every state before it. */
export function searchModelSize(shape: RnnShape, nodes: number): ModelSize {
  // Node i reads i + 1 states.
  return modelSize(shape, nodes, (nodes * (nodes + 1)) / 2);
}

/** The network of a genotype. */
export function derivedModelSize(shape: RnnShape, { nodes, concat }: RnnGenotype): ModelSize {
  const read = new Set(concat);
  for (const [node, { source }] of [...nodes.entries()].reverse()) if (read.has(node + 1)) read.add(source);
  const live = nodes.filter((_, node) => read.has(node + 1)).length;
  return modelSize(shape, live, live);
}

function modelSize({ words, units }: RnnShape, nodes: number, reads: number): ModelSize {
  return {
    // Embedding and bias; then input, state 0 and each node with a gate and a candidate.
    parameters: words * (units + 1) + (nodes + 2) * 2 * units * units,
    products: (reads + 1) * 2 * units + words,
  };
}
