/**
 * What every legal graph obeys. Runs between passes in tests and in debug mode, so that a pass which breaks a graph is
 * caught where it broke it.
 */
import { internal, messageOf } from '../errors.ts';
import type { OpDefinition } from './infer/rule.ts';
import { showType } from './infer/rule.ts';
import { ops } from './ops.ts';
import type { OpName } from './attributes.ts';
import type { Graph, TensorType, Value } from './types.ts';

/** Throws `internal: …` naming the first thing that is wrong; returns the graph otherwise. */
export function verify(graph: Graph): Graph {
  const made = new Set<Value>();
  const names = new Set<string>();
  const declare = (value: Value): void => {
    if (names.has(value.name)) throw internal(`graph "${graph.name}": two values are named "${value.name}"`);
    names.add(value.name);
    made.add(value);
  };
  for (const { value } of graph.inputs) {
    if (value.node !== undefined) throw internal(`graph "${graph.name}": input "${value.name}" has a node`);
    declare(value);
  }
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (!made.has(input)) throw internal(`node "${node.name}" uses "${input.name}" before it is made`);
    }
    // The table's entry belongs to this node's op.
    const { arity, infer } = ops[node.op] as unknown as OpDefinition<OpName>;
    const [least, most] = arity;
    if (node.inputs.length < least || node.inputs.length > most) {
      throw internal(`node "${node.name}" has ${node.inputs.length} inputs`);
    }
    if (node.op === 'Scan') verify(node.attributes.body);
    let expected: readonly TensorType[];
    try {
      expected = infer(
        node.inputs.map((input) => input.type),
        node.attributes,
      );
    } catch (error) {
      throw internal(`node "${node.name}": ${messageOf(error)}`);
    }
    node.outputs.forEach((value, i) => {
      const type = expected[i];
      if (type === undefined || showType(type) !== showType(value.type)) {
        throw internal(
          `node "${node.name}" gives ${type ? showType(type) : 'nothing'}, not ${showType(value.type)}`,
        );
      }
      if (value.node !== node || value.output !== i) throw internal(`"${value.name}" does not know its node`);
      declare(value);
    });
  }
  for (const { name, value } of graph.outputs) {
    if (!made.has(value)) throw internal(`output "${name}" of graph "${graph.name}" is never made`);
  }
  return graph;
}
