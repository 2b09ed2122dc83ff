/** A graph under the names of the file that it was read from; what only the reader made is named after where it is. */
import type { Graph, Node, Value } from '../../src/graph/types.ts';

export interface Names {
  readonly values: ReadonlyMap<Value, string>;
  readonly nodes: ReadonlyMap<Node, string>;
}

export interface Renamed {
  readonly graph: Graph;
  /** What became of each value. */
  readonly image: ReadonlyMap<Value, Value>;
}

export function renamed(graph: Graph, { values, nodes }: Names): Renamed {
  const taken = new Set<string>();
  const fresh = (wanted: string): string => {
    let name = wanted;
    for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
  const named = new Map<Value, string>();
  const name = (value: Value, wanted: string) => named.set(value, fresh(wanted));
  for (const { value } of graph.inputs) name(value, values.get(value) ?? value.name);
  const made = graph.nodes.flatMap((node) => node.outputs);
  // The file's own names come first.
  for (const value of made) {
    const own = values.get(value);
    if (own !== undefined) name(value, own);
  }
  for (const value of made) {
    if (named.has(value)) continue;
    const node = value.node === undefined ? undefined : nodes.get(value.node);
    name(value, node === undefined ? value.name : `${node}.${value.output}`);
  }

  const image = new Map<Value, Value>();
  const inputs = graph.inputs.map((input) => {
    const value = { ...input.value, name: named.get(input.value) ?? input.value.name };
    image.set(input.value, value);
    return { ...input, value };
  });
  const imageOf = (value: Value): Value => image.get(value) ?? value;
  const list = graph.nodes.map((node): Node => {
    const outputs: Value[] = [];
    const first = node.outputs[0];
    const own = nodes.get(node) ?? (first === undefined ? node.name : (named.get(first) ?? node.name));
    // The same op over the same operands, by other names.
    const copy = { ...node, name: own, inputs: node.inputs.map(imageOf), outputs } as Node;
    for (const value of node.outputs) {
      const made = { ...value, name: named.get(value) ?? value.name, node: copy };
      image.set(value, made);
      outputs.push(made);
    }
    return copy;
  });
  const outputs = graph.outputs.map((output) => ({ ...output, value: imageOf(output.value) }));
  return { graph: { ...graph, inputs, nodes: list, outputs }, image };
}
