/** Who reads which value of a graph: what passes ask before they put one node in place of several. */
import type { Graph, Node, Value } from '../../../graph/types.ts';

export interface Readers {
  readonly of: (value: Value | undefined) => readonly Node[];
  /** Whether nobody but these reads it, nor asks for it as an output. */
  readonly only: (value: Value | undefined, allowed: readonly (Node | undefined)[]) => boolean;
  /** The one that reads it, if nobody else does. */
  readonly single: (value: Value | undefined) => Node | undefined;
}

export function readersIn(graph: Graph): Readers {
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) {
      const found = readers.get(input);
      if (found === undefined) readers.set(input, [node]);
      else found.push(node);
    }
  }
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const of: Readers['of'] = (value) => (value === undefined ? [] : (readers.get(value) ?? []));
  const only: Readers['only'] = (value, allowed) =>
    value !== undefined && !outputs.has(value) && of(value).every((node) => allowed.includes(node));
  const single: Readers['single'] = (value) => {
    const [first] = of(value);
    return only(value, [first]) ? first : undefined;
  };
  return { of, only, single };
}

/** Of tensors of one shape. */
export function isSum({ op, inputs }: Node): boolean {
  const [first, ...others] = inputs.map(({ type }) => type.shape.join());
  return (op === 'Sum' || op === 'Add') && others.every((shape) => shape === first);
}
