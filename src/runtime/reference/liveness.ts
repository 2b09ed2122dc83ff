/** When a value is read for the last time: from then on, it need not be kept. */
import type { Graph, Node, Value } from '../../graph/types.ts';

/**
 * For each node, the values that nothing after it reads: inputs of the graph and outputs of the node itself among
 * them, outputs of the graph never.
 */
export function valuesDeadAfter(graph: Graph): ReadonlyMap<Node, readonly Value[]> {
  const read = new Set<Value>(graph.outputs.map(({ value }) => value));
  const dead = new Map<Node, Value[]>();
  for (const node of graph.nodes.toReversed()) {
    const last = [...new Set([...node.inputs, ...node.outputs])].filter((value) => !read.has(value));
    for (const value of last) read.add(value);
    dead.set(node, last);
  }
  return dead;
}
