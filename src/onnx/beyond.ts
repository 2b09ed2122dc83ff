/**
 * Whole numbers beyond 32 bits. The reference refuses them; other runtimes that run graphs cut them off, and give another number
 * without a word. Here they are asked for what they compute whole numbers from, which is then computed once more. What lies in
 * the body of a loop is not looked at.
 */
import type { Graph, GraphOutput, Node, Value } from '../graph/types.ts';
import { evaluate } from '../runtime/reference/kernels.ts';
import type { Tensor, Tensors } from '../graph/tensor.ts';

export interface Watched {
  /** The graph that also gives what is to be looked at. */
  readonly graph: Graph;
  /**
   * What the graph gave, without that.
   *
   * @throws NascentError 'input/invalid' where a whole number is beyond 32 bits
   */
  readonly checked: (results: Tensors) => Tensors;
}

export function watched(graph: Graph): Watched {
  const nodes = graph.nodes.filter(mayGoBeyond);
  if (nodes.length === 0) return { graph, checked: (results) => results };
  const names = new Map<Value, string>();
  for (const { inputs, outputs } of nodes) {
    for (const value of [...inputs, ...outputs]) names.set(value, `watched ${names.size} ${value.name}`);
  }
  const more = [...names].map(([value, name]): GraphOutput => ({ name, value }));
  return {
    graph: { ...graph, outputs: [...graph.outputs, ...more] },
    checked(results) {
      const tensorOf = (value: Value): readonly Tensor[] => {
        const tensor = results.get(names.get(value) ?? '');
        return tensor === undefined ? [] : [tensor];
      };
      for (const node of nodes) {
        const shapes = node.outputs.flatMap(tensorOf).map(({ shape }) => shape);
        evaluate(node, node.inputs.flatMap(tensorOf), shapes);
      }
      return new Map([...results].filter(([name]) => graph.outputs.some((output) => output.name === name)));
    },
  };
}

/** Sums, differences and products of whole numbers, and fractions that become whole. */
function mayGoBeyond(node: Node): boolean {
  const [output] = node.outputs;
  if (output?.type.dtype !== 'int64') return false;
  if (node.op === 'Cast') return node.inputs[0]?.type.dtype === 'float32' && !isClamped(node.inputs[0]);
  return node.op === 'Add' || node.op === 'Sub' || node.op === 'Mul';
}

/** What is quantised is within its levels. */
function isClamped({ node }: Value): boolean {
  return node?.op === 'Min' && node.inputs.some((input) => input.node?.op === 'Max');
}
