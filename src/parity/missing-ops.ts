/** Which ops of a file cannot be read here: all of them, once each, with how often they are there. */
import { readableOps } from '../../exporters/onnx/readable-ops.ts';
import type { OnnxGraph, OnnxModel, OnnxNode } from '../../proto/onnx.ts';

export interface MissingOp {
  /** As the file has it; `domain.Op` for one that is not ONNX's own. */
  readonly op: string;
  readonly count: number;
}

/** The most frequent first. Nodes of bodies and of functions count as those of the graph do. */
export function missingOps(model: OnnxModel): readonly MissingOp[] {
  const counts = new Map<string, number>();
  const known = new Set(readableOps);
  const functions = new Set(model.functions.map(({ domain, name }) => `${domain}.${name}`));
  const count = (node: OnnxNode): void => {
    const op = node.domain === '' ? node.opType : `${node.domain}.${node.opType}`;
    if (!known.has(op) && !functions.has(op)) counts.set(op, (counts.get(op) ?? 0) + 1);
    for (const attribute of node.attributes) {
      if (attribute.kind === 'graph') countIn(attribute.value);
      if (attribute.kind === 'graphs') attribute.value.forEach(countIn);
    }
  };
  const countIn = (graph: OnnxGraph): void => graph.nodes.forEach(count);
  countIn(model.graph);
  for (const { nodes } of model.functions) nodes.forEach(count);
  return [...counts]
    .map(([op, times]) => ({ op, count: times }))
    .toSorted((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1));
}

/** `Erf (12), Gelu (3)`. */
export function showMissing(missing: readonly MissingOp[]): string {
  return missing.map(({ op, count }) => (count === 1 ? op : `${op} (${count})`)).join(', ');
}
