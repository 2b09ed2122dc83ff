/** How often each op is in a network, as the descriptions of networks show it. */

import type { Graph, Node } from '../../graph/types.ts';
import { formatInteger } from './format.ts';

export type OpCounts = readonly (readonly [op: string, count: number])[];

/** Of the nodes, those in the bodies of Scans included; the most frequent first, then by name. */
export function countOps(graph: Graph): OpCounts {
  const ops = new Map<string, number>();
  for (const { op } of allNodes(graph)) ops.set(op, (ops.get(op) ?? 0) + 1);
  return [...ops].sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1));
}

export function allNodes({ nodes }: Graph): readonly Node[] {
  return nodes.flatMap((node) => (node.op === 'Scan' ? [node, ...allNodes(node.attributes.body)] : [node]));
}

export function opLines(nodes: number, counts: OpCounts): string {
  const lines = counts.map(([op, count]) => `${formatInteger(count).padStart(5)} ${op}`);
  return [formatInteger(nodes), ...lines].join('\n');
}
