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

/** What puts rows elsewhere, as its second input says. */
const picking: ReadonlySet<string> = new Set(['Gather', 'GatherElements']);

/** More parts than that are steps of a text, or rows. */
const mostParts = 256;

export interface Assembly {
  /** What outputs are put together of, and what says how, by names that these have as outputs of the graph. */
  readonly needs: readonly GraphOutput[];
  /**
   * By output, the number of the part that each element comes from.
   *
   * @param truth has what it needs
   */
  of(fed: Tensors, truth: Tensors): ReadonlyMap<string, Float64Array>;
}

/** What a value is moved out of; undefined where something is computed. */
function movedOutOf({ node, type }: Value): readonly Value[] | undefined {
  if (node === undefined || type.dtype !== 'float32') return undefined;
  if (picking.has(node.op)) return node.inputs.slice(0, 1);
  const isMoved = moving.has(node.op) && node.inputs.every((value) => value.type.dtype === 'float32');
  return isMoved ? node.inputs : undefined;
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
  const picks = [
    ...new Set([...nodes].flatMap(({ op, inputs }) => (picking.has(op) ? inputs.slice(1) : []))),
  ].map((value, i) => ({ name: `pick ${i}`, value }));
  const putting: Graph = {
    ...graph,
    nodes: graph.nodes.filter((node) => nodes.has(node)),
    outputs: assembled,
  };
  return {
    needs: [...parts, ...picks],
    of(fed, truth) {
      if (parts.length === 0) return new Map();
      const numbered = new Map<Value, Tensor>(
        parts.map(({ name, value }, i) => {
          const shape = truth.get(name)?.shape ?? [];
          return [value, { dtype: 'float32', shape, data: new Float64Array(sizeOf(shape)).fill(i) }];
        }),
      );
      for (const { name, value } of picks) {
        const told = truth.get(name);
        if (told !== undefined) numbered.set(value, told);
      }
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
    const from = movedOutOf(next);
    if (next.node === undefined || from === undefined) parts.add(next);
    else if (!nodes.has(next.node)) {
      nodes.add(next.node);
      for (const each of from) open.push(each);
    }
    if (parts.size > mostParts) return { parts: new Set([value]), nodes: new Set() };
  }
  return { parts, nodes };
}
