/**
 * Which part of an output each of its elements comes from, where it is put together of several: boxes beside scores. How far float32
 * is from one says nothing of the other.
 */
import type { Tensor, Tensors } from '../graph/tensor.ts';
import { sizeOf } from '../graph/tensor.ts';
import type { Graph, GraphOutput, Node, Value } from '../graph/types.ts';
import { checkFeeds } from '../runtime/feeds.ts';
import { evaluate } from '../runtime/reference/kernels.ts';
import { walk } from '../runtime/reference/walk.ts';

/** What puts numbers elsewhere, and leaves each what it is. */
const moving: ReadonlySet<string> = new Set([
  'Cast',
  'Concat',
  'Expand',
  'Flatten',
  'Identity',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/** More parts than that are steps of a text, or rows. */
const mostParts = 256;

export interface Assembly {
  /** What outputs are put together of, by names that these have as outputs of the graph. */
  readonly parts: readonly GraphOutput[];
  /**
   * By output, the number of the part that each element comes from.
   *
   * @param truth has the parts
   */
  of(fed: Tensors, truth: Tensors): ReadonlyMap<string, Float64Array>;
}

function isMoved({ node, type }: Value): boolean {
  return (
    node !== undefined &&
    type.dtype === 'float32' &&
    moving.has(node.op) &&
    node.inputs.every((value) => value.type.dtype === 'float32')
  );
}

/** How the outputs of a graph are put together. */
export function assemblyOf(graph: Graph, isState: (name: string) => boolean): Assembly {
  const assembled = graph.outputs.filter(({ value }) => partsOf(value).parts.size > 1);
  const nodes = new Set<Node>();
  const values = new Set<Value>();
  for (const { value } of assembled) {
    const found = partsOf(value);
    for (const node of found.nodes) nodes.add(node);
    for (const part of found.parts) values.add(part);
  }
  const parts = [...values].map((value, i) => ({ name: `part ${i}`, value }));
  const putting: Graph = {
    ...graph,
    nodes: graph.nodes.filter((node) => nodes.has(node)),
    outputs: assembled,
  };
  return {
    parts,
    of(fed, truth) {
      if (parts.length === 0) return new Map();
      const numbered = new Map<Value, Tensor>(
        parts.map(({ name, value }, i) => {
          const shape = truth.get(name)?.shape ?? [];
          return [value, { dtype: 'float32', shape, data: new Float64Array(sizeOf(shape)).fill(i) }];
        }),
      );
      const binding = checkFeeds(graph, fed, isState);
      const given = walk(putting, numbered, binding, new Map(), evaluate);
      return new Map(assembled.map(({ name }, i) => [name, Float64Array.from(given[i]?.data ?? [])]));
    },
  };
}

/** What a value is put together of, and the nodes that do it; itself alone where none does. */
function partsOf(value: Value): { readonly parts: ReadonlySet<Value>; readonly nodes: ReadonlySet<Node> } {
  const parts = new Set<Value>();
  const nodes = new Set<Node>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.node === undefined || !isMoved(next)) parts.add(next);
    else if (!nodes.has(next.node)) {
      nodes.add(next.node);
      open.push(...next.node.inputs);
    }
    if (parts.size > mostParts) return { parts: new Set([value]), nodes: new Set() };
  }
  return { parts, nodes };
}
