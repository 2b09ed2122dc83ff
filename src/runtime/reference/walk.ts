/** A graph, walked node by node, each value let go after its last use. */
import { internal } from '../../errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Graph, Node, Value } from '../../graph/types.ts';
import { resolveShape, type Binding } from '../feeds.ts';

/** Computes the outputs of one node, whose shapes are given. */
export type Evaluate = (
  node: Node,
  inputs: readonly Tensor[],
  shapes: readonly (readonly number[])[],
) => readonly Tensor[];

/**
 * The tensor of every output of the graph.
 *
 * @param live a tensor for each input of the graph; the walk adds to it and takes from it
 * @param dead what need not be kept after a node (`liveness.ts`)
 */
export function walk(
  graph: Graph,
  live: Map<Value, Tensor>,
  binding: Binding,
  dead: ReadonlyMap<Node, readonly Value[]>,
  evaluate: Evaluate,
): readonly Tensor[] {
  const read = (value: Value): Tensor => {
    const tensor = live.get(value);
    if (tensor === undefined) throw internal(`"${value.name}" is read before it is computed`);
    return tensor;
  };
  for (const node of graph.nodes) {
    const shapes = node.outputs.map((value) => resolveShape(value.type.shape, binding));
    const outputs = evaluate(node, node.inputs.map(read), shapes);
    node.outputs.forEach((value, i) => {
      const tensor = outputs[i];
      if (tensor !== undefined) live.set(value, tensor);
    });
    for (const value of dead.get(node) ?? []) live.delete(value);
  }
  return graph.outputs.map(({ value }) => read(value));
}
