/**
 * Parameters and multiply-accumulates, read off the graph.
 *
 * A parameter is an element of an input with the role `weight`. A MAC is one multiply-accumulate of a convolution or
 * a matrix product, for one image: batch norm, pools, activations and sums are not counted, as in the literature. Of a
 * text with open extents it is one word of one row; a Scan counts as one step of it.
 */
import { known } from './infer/rule.ts';
import type { Graph, Node, Value } from './types.ts';

/** Number of trained numbers; `except` leaves out inputs by name (an auxiliary head, say). */
export function countParameters(graph: Graph, except: (name: string) => boolean = () => false): number {
  return graph.inputs
    .filter(({ role, value }) => role === 'weight' && !except(value.name))
    .reduce((total, { value }) => total + sizeOfValue(value), 0);
}

/** Multiply-accumulates of one forward pass for one image. */
export function countMacs(graph: Graph): number {
  return graph.nodes.reduce((total, node) => total + macsOf(node), 0);
}

function macsOf(node: Node): number {
  if (node.op === 'Scan') return countMacs(node.attributes.body);
  const [, second] = node.inputs;
  const output = node.outputs[0];
  if (output === undefined || second === undefined) return 0;
  const [, ...perImage] = output.type.shape;
  const positions = perImage.reduce<number>((p, dim) => (typeof dim === 'number' ? p * dim : p), 1);
  if (node.op === 'Conv') {
    const [, channels, kh, kw] = second.type.shape;
    return positions * known(channels, 'the filter') * known(kh, 'the filter') * known(kw, 'the filter');
  }
  if (node.op === 'Gemm') {
    return positions * known(second.type.shape[node.attributes.transB ? 1 : 0], 'the weight');
  }
  if (node.op === 'MatMul') return positions * known(second.type.shape.at(-2), 'the weight');
  return 0;
}

function sizeOfValue(value: Value): number {
  return value.type.shape.reduce<number>((product, dim) => product * known(dim, 'a weight'), 1);
}
