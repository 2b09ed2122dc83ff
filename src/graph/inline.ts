/**
 * A graph used as a function: its nodes built again inside another graph, over values of the caller's choosing.
 *
 * A network can so be evaluated at weights that are themselves computed (one step further, a little to either side)
 * without being written again.
 */
import { internal } from '../errors.ts';
import type { GraphBuilder } from './builder.ts';
import { copy } from './rebuild.ts';
import type { Graph, GraphInput, Value } from './types.ts';

/** The outputs of `graph`, by name, with each input replaced by what `bind` gives for it. */
export function inline(
  b: GraphBuilder,
  graph: Graph,
  bind: (input: GraphInput) => Value,
): ReadonlyMap<string, Value> {
  const image = new Map<Value, Value>(graph.inputs.map((input) => [input.value, bind(input)]));
  const imageOf = (value: Value): Value => {
    const found = image.get(value);
    if (found === undefined) throw internal(`"${value.name}" is used before it is made`);
    return found;
  };
  for (const node of graph.nodes) {
    const scope = node.name.slice(0, Math.max(0, node.name.lastIndexOf('.')));
    const outputs = b.scope(scope, () => copy(b, node, node.inputs.map(imageOf)));
    node.outputs.forEach((value, i) => {
      const built = outputs[i];
      if (built !== undefined) image.set(value, built);
    });
  }
  return new Map(graph.outputs.map(({ name, value }) => [name, imageOf(value)]));
}

/** The same input again in another graph: name, shape, role and start. */
export function sameInput(b: GraphBuilder, { value, role, initializer }: GraphInput): Value {
  const options = { dtype: value.type.dtype, role, ...(initializer === undefined ? {} : { initializer }) };
  return b.input(value.name, value.type.shape, options);
}
