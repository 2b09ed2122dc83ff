/**
 * What a graph is after a round trip: the same, but for what a file cannot say. Constants are float32 there, inputs
 * come before weights, a reduction over no axes is written as the identity that it is.
 */
import { shortestFloat } from '../../../exporters/onnx/tensors.ts';
import { print } from '../../../src/graph/print.ts';
import type { Tensors } from '../../../src/graph/tensor.ts';
import type { Graph, Node } from '../../../src/graph/types.ts';

/** The text of the graph that a round trip must give. */
export function canonical(graph: Graph, weights: Tensors): string {
  const isWeight = ({ value }: Graph['inputs'][number]) => weights.has(value.name);
  const inputs = [...graph.inputs.filter((input) => !isWeight(input)), ...graph.inputs.filter(isWeight)];
  return text({ ...graph, inputs, nodes: graph.nodes.map(asWritten) });
}

/** A graph as text, its attributes in alphabetical order, those of bodies too. */
export function text(graph: Graph): string {
  return print(sorted(graph));
}

function sorted(graph: Graph): Graph {
  const nodes = graph.nodes.map((node) => {
    const attributes = Object.fromEntries(
      Object.entries(node.attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
    const body = node.op === 'Scan' ? { body: sorted(node.attributes.body) } : {};
    return { ...node, attributes: { ...attributes, ...body } } as Node;
  });
  return { ...graph, nodes };
}

function asWritten(node: Node): Node {
  if (node.op === 'Scan') {
    const { body } = node.attributes;
    return {
      ...node,
      attributes: { ...node.attributes, body: { ...body, nodes: body.nodes.map(asWritten) } },
    };
  }
  if ('axes' in node.attributes && node.attributes.axes.length === 0) {
    return { ...node, op: 'Identity', attributes: {} };
  }
  if (node.op !== 'Constant' || node.attributes.dtype !== 'float32') return node;
  return { ...node, attributes: { ...node.attributes, values: node.attributes.values.map(shortestFloat) } };
}
