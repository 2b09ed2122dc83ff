/** A graph with its open extents given numbers: the same nodes, whose types and attributes hold no names any more. */
import type { OpAttributes } from './attributes.ts';
import { substituted } from './extent.ts';
import { copy, rebuild } from './rebuild.ts';
import type { Dim, Graph, Node, Shape, Value } from './types.ts';

/** `extents` are the numbers by name; a name that is missing stays open. */
export function specialise(graph: Graph, extents: ReadonlyMap<string, number>): Graph {
  return built(graph, (dim) => extents.get(String(dim)) ?? substituted(dim, extents));
}

/** @param given what the inputs become, where it is not what their own extents say: those of the body of a Scan */
function built(graph: Graph, numberOf: (dim: Dim) => Dim, given?: readonly Value[]): Graph {
  return rebuild(
    graph,
    (builder, node, operands) =>
      copy(builder, { ...node, attributes: numbered(node, numberOf, operands) } as Node, operands),
    (value, i) => given?.[i]?.type.shape ?? value.type.shape.map(numberOf),
  );
}

/** The attributes of a node, expressions in them evaluated. */
function numbered(node: Node, numberOf: (dim: Dim) => Dim, operands: readonly Value[]): Node['attributes'] {
  if (node.op === 'Reshape') {
    return { shape: node.attributes.shape.map(numberOf) } satisfies OpAttributes['Reshape'];
  }
  if (node.op === 'Expand') {
    return { shape: node.attributes.shape.map(numberOf) } satisfies OpAttributes['Expand'];
  }
  if (node.op === 'Slice') {
    return { ...node.attributes, ends: node.attributes.ends.map(numberOf) } satisfies OpAttributes['Slice'];
  }
  if (node.op !== 'Scan') return node.attributes;
  const { body, states, sequences } = node.attributes;
  const typed = operands.map((value, i): Value => {
    const slice = i >= states && i < states + sequences;
    return slice ? { ...value, type: { ...value.type, shape: value.type.shape.slice(1) } } : value;
  });
  return { body: built(body, numberOf, typed), states, sequences } satisfies OpAttributes['Scan'];
}

/** Whether a graph has nodes whose meaning no kernel can settle before it is known what its open extents are. */
export function dependsOnExtents(graph: Graph): boolean {
  return graph.nodes.some((node) => {
    // Kernels of libraries refuse what has no elements, or give it another shape: it is made without them, of a known shape.
    if (node.outputs.some(({ type }) => type.shape.includes(0) && isOpen(type.shape))) return true;
    const shape = node.inputs[0]?.type.shape ?? [];
    const made = (node.outputs[0]?.type.shape ?? []).filter((dim) => typeof dim === 'string').length;
    if (node.op === 'Scan') return dependsOnExtents(node.attributes.body);
    if (node.op === 'Expand') return made > 0;
    if (renaming.has(node.op)) return made > 1;
    if (sliding.has(node.op)) return isOpen(shape.slice(2));
    if (node.op !== 'Slice') return false;
    const { axes, ends } = node.attributes;
    return (
      ends.some((end) => typeof end === 'string') || axes.some((axis) => typeof shape.at(axis) === 'string')
    );
  });
}

function isOpen(shape: Shape): boolean {
  return shape.some((dim) => typeof dim === 'string');
}

const renaming: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);
const sliding: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool']);
