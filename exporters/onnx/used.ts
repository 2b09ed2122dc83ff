/** What nodes take. */
import type { OnnxGraph, OnnxNode } from '../../proto/onnx.ts';

/** Names that a node, and what is nested in it, takes from around it; those of nested graphs themselves stand for nothing there. */
export function usedBy({ inputs, attributes }: OnnxNode): readonly string[] {
  const nested = attributes.flatMap((attribute): readonly OnnxGraph[] => {
    if (attribute.kind === 'graph') return [attribute.value];
    return attribute.kind === 'graphs' ? attribute.value : [];
  });
  return [
    ...inputs,
    ...nested.flatMap(({ nodes, outputs }) => [...nodes.flatMap(usedBy), ...outputs.map(({ name }) => name)]),
  ];
}
