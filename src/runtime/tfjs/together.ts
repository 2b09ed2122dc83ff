/**
 * Small work is put off until somebody needs a part of it, and is then done all at once.
 *
 * A training step has thousands of nodes on a handful of numbers: running statistics, an optimizer's updates, the
 * weights of a mixture. To launch one costs more than to compute it. What depends on them, and all else, stays in the
 * order of the graph, so that large tensors live no longer than before.
 */
import type { Graph, Node, Value } from '../../graph/types.ts';

/** The nodes of a graph as groups, in an order in which they can be computed: each small work, or one node. */
export function together(graph: Graph, isSmall: (node: Node) => boolean): readonly (readonly Node[])[] {
  const groups: (readonly Node[])[] = [];
  let putOff: Node[] = [];
  const owed = new Set<Value>();
  const settle = (): void => {
    if (putOff.length > 0) groups.push(putOff);
    putOff = [];
    owed.clear();
  };
  for (const node of graph.nodes) {
    if (isSmall(node)) {
      putOff.push(node);
      for (const value of node.outputs) owed.add(value);
      continue;
    }
    if (node.inputs.some((value) => owed.has(value))) settle();
    groups.push([node]);
  }
  settle();
  return groups;
}
