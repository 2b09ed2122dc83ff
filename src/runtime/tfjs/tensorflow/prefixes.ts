/**
 * A pass: what several tensors are stacked to is one tensor with its beginnings.
 *
 * Where no op of ours reads them as they are, a node of a recurrent search reads its states stacked on top of each other, and
 * each node one state more than the node before. Gradients ask for all these stacks again, long after. They are beginnings of the largest, which is kept for its
 * own gradient anyway, so the smaller ones need not be: TensorFlow slices a vector from its start without a copy.
 */
import { copy, type Rewrite } from '../../../graph/rebuild.ts';
import { known } from '../../../graph/infer/rule.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import type { Graph, Node, NodeOf, Value } from '../../../graph/types.ts';

/** The pass for one graph. */
export function sliceStacks(graph: Graph): Rewrite {
  const whole = wholeStacks(graph);
  const place = new Map(graph.nodes.map((node, i) => [node, i]));
  const placeOf = (node: Node) => place.get(node) ?? 0;
  /** Stacks made so far, by those of the old graph. */
  const made = new Map<Node, Value>();
  return (b, node, inputs) => {
    const operands = node.inputs.map((input, i) => {
      const stack = input.node === undefined ? undefined : whole.get(input.node);
      const all = stack === undefined || placeOf(node) < placeOf(stack) ? undefined : made.get(stack);
      const given = inputs[i] as Value;
      return all === undefined ? given : beginning(b, all, given);
    });
    const outputs = copy(b, node, operands);
    if (node.op === 'Concat' && outputs[0] !== undefined) made.set(node, outputs[0]);
    return outputs;
  };
}

/** For each stack that is a beginning of another, the largest that is held for most of the time that it is. */
function wholeStacks(graph: Graph): ReadonlyMap<Node, Node> {
  const last = new Map<Value, number>();
  const stacks = new Map<Value, { readonly node: NodeOf<'Concat'>; readonly at: number }[]>();
  graph.nodes.forEach((node, at) => {
    for (const input of node.inputs) last.set(input, at);
    const [first] = node.inputs;
    const shape = node.outputs[0]?.type.shape;
    if (node.op !== 'Concat' || node.attributes.axis !== 0 || first === undefined) return;
    // An image lies in memory in another order.
    if (shape?.length === 4 || shape?.every((dim) => typeof dim === 'number') !== true) return;
    stacks.set(first, [...(stacks.get(first) ?? []), { node, at }]);
  });
  for (const { value } of graph.outputs) last.set(value, graph.nodes.length);
  const end = ({ outputs: [stack] }: NodeOf<'Concat'>) => (stack === undefined ? 0 : (last.get(stack) ?? 0));

  const whole = new Map<Node, Node>();
  for (const alike of stacks.values()) {
    for (const { node } of alike) {
      const longer = alike.filter(
        ({ node: other, at }) =>
          other.inputs.length > node.inputs.length &&
          node.inputs.every((input, i) => other.inputs[i] === input) &&
          2 * end(other) > at + end(node),
      );
      const [largest] = longer.toSorted((x, y) => y.node.inputs.length - x.node.inputs.length);
      if (largest !== undefined) whole.set(node, largest.node);
    }
  }
  return whole;
}

/** As many numbers from the start of `all` as `like` has, in its shape. */
function beginning(b: GraphBuilder, all: Value, like: Value): Value {
  const shape = like.type.shape.map((dim) => known(dim, 'an extent of a stack'));
  const size = shape.reduce((product, dim) => product * dim, 1);
  const flat = b.op('Reshape', [all], { shape: [-1] });
  const slice = b.op('Slice', [flat], { starts: [0], ends: [size], axes: [0], steps: [1] });
  return b.op('Reshape', [slice], { shape });
}
