/** The nodes that make a value out of values that are known, in order; and which of these they are. */
import type { OnnxGraph, OnnxNode } from '../../../proto/onnx.ts';
import { isFree, usesOf } from './sub-model.ts';

export function spanOf(
  { nodes }: OnnxGraph,
  value: string,
  known: ReadonlySet<string>,
): readonly [readonly OnnxNode[], ReadonlySet<string>] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const [span, ends] = [new Set<OnnxNode>(), new Set<string>()];
  const open = [value];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = makers.get(name);
    if (name !== value && known.has(name)) ends.add(name);
    else if (node !== undefined && !span.has(node) && !isFree(node)) {
      span.add(node);
      for (const used of usesOf(node)) open.push(used);
    }
  }
  return [nodes.filter((node) => span.has(node)), ends];
}
