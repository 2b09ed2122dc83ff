/**
 * Passes: a graph in, a new graph out.
 *
 * A pass says what becomes of one node; `rebuild` walks the graph in order, carries everything else over, and gets
 * hash-consing, checking and the removal of dead nodes from the builder.
 */
import { internal } from '../errors.ts';
import { GraphBuilder } from './builder.ts';
import type { Graph, Node, NodeOf, Shape, Value } from './types.ts';

/** What becomes of a node: values to use in place of its outputs, or undefined to keep it as it is. */
export type Rewrite = (
  builder: GraphBuilder,
  node: Node,
  inputs: readonly Value[],
) => readonly Value[] | undefined;

/** @param shapeOf of each input of the new graph, by its place; as it is, where nothing is said */
export function rebuild(
  graph: Graph,
  rewrite: Rewrite,
  shapeOf: (value: Value, index: number) => Shape = (value) => value.type.shape,
): Graph {
  const builder = new GraphBuilder();
  const image = new Map<Value, Value>();
  const imageOf = (value: Value): Value => {
    const found = image.get(value);
    if (found === undefined) throw internal(`"${value.name}" is used before it is made`);
    return found;
  };
  for (const [index, { value, role, initializer }] of graph.inputs.entries()) {
    const options = { dtype: value.type.dtype, role, ...(initializer === undefined ? {} : { initializer }) };
    image.set(value, builder.input(value.name, shapeOf(value, index), options));
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(imageOf);
    const outputs = builder.scope(
      scopeOf(node.name),
      () => rewrite(builder, node, inputs) ?? copy(builder, node, inputs),
    );
    node.outputs.forEach((value, i) => {
      const replacement = outputs[i];
      // An output that nobody reads needs no replacement; `imageOf` complains about one that somebody reads.
      if (replacement !== undefined) image.set(value, replacement);
    });
  }
  const outputs = graph.outputs.map(({ name, value }) => ({ name, value: imageOf(value) }));
  const built = builder.finish(
    graph.name,
    Object.fromEntries(outputs.map(({ name, value }) => [name, value])),
  );
  // Inputs are the graph's signature: a pass may not drop one, even if nothing reads it any more.
  const inputs = graph.inputs.map((input) => ({ ...input, value: imageOf(input.value) }));
  return { ...built, inputs, outputs };
}

/** The node again, over new inputs. */
export function copy(builder: GraphBuilder, node: Node, inputs: readonly Value[]): readonly Value[] {
  // A union of ops cannot be spread over a generic call; the pair comes from one node, so it fits.
  return builder.node(node.op as 'Conv', inputs, node.attributes as NodeOf<'Conv'>['attributes']);
}

/** `cells.0.conv` is in the scope `cells.0`. A node at the top is in no scope. */
function scopeOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}
