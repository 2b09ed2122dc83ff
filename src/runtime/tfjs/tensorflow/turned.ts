/**
 * A pass: a matrix that product after product takes transposed is transposed once.
 *
 * The gradient of a recurrent network multiplies by the transposes of the same few weights at every step. TensorFlow brings
 * such a matrix into the order of its kernel again each time, which takes up to a tenth of a product.
 */
import type { Rewrite } from '../../../graph/rebuild.ts';
import type { Graph, Node, Value } from '../../../graph/types.ts';

/** The pass for one graph. */
export function transposeOnce(graph: Graph): Rewrite {
  const products = new Map<Value, number>();
  for (const node of graph.nodes) {
    const matrix = transposedBy(node);
    if (matrix !== undefined) products.set(matrix, (products.get(matrix) ?? 0) + 1);
  }
  return (b, node, inputs) => {
    const matrix = transposedBy(node);
    const [x, w, ...plus] = inputs;
    if (node.op !== 'Gemm' || matrix === undefined || x === undefined || w === undefined) return undefined;
    if ((products.get(matrix) ?? 0) < manyProducts) return undefined;
    const turned = b.op('Transpose', [w], { perm: [1, 0] });
    return b.node('Gemm', [x, turned, ...plus], { ...node.attributes, transB: 0 });
  };
}

/** So many that turning the matrix is nothing beside what it saves. */
const manyProducts = 8;

/** The second factor of a product, if its transpose is meant. */
function transposedBy(node: Node): Value | undefined {
  return node.op === 'Gemm' && node.attributes.transB === 1 ? node.inputs[1] : undefined;
}
