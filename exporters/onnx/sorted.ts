/**
 * Nodes in the order of their making. ONNX demands it of every file, and some tools forget: a file whose nodes can be
 * put in order means one thing all the same, so it is read in that order, and `nascent check` calls it faulty.
 */
import type { OnnxGraph, OnnxModel, OnnxNode } from '../../proto/onnx.ts';

/** The model itself where its nodes are in order already. */
export function sortedModel(model: OnnxModel): OnnxModel {
  const graph = sortedGraph(model.graph);
  const functions = model.functions.map((each) => {
    const nodes = sortedNodes(each.nodes);
    return nodes === each.nodes ? each : { ...each, nodes };
  });
  const same = graph === model.graph && functions.every((each, i) => each === model.functions[i]);
  return same ? model : { ...model, graph, functions };
}

function sortedGraph(graph: OnnxGraph): OnnxGraph {
  const nodes = sortedNodes(graph.nodes);
  return nodes === graph.nodes ? graph : { ...graph, nodes };
}

/** As they stand, but for those that others need earlier. Where some need each other in a circle, nothing is moved. */
function sortedNodes(given: readonly OnnxNode[]): readonly OnnxNode[] {
  const nodes = withSortedBodies(given);
  const makers = new Map<string, number>();
  nodes.forEach(({ outputs }, i) => {
    for (const name of outputs) if (name !== '' && !makers.has(name)) makers.set(name, i);
  });
  const needs = nodes.map((node, i) => {
    const from = namesIn(node).flatMap((name) => makers.get(name) ?? []);
    return from.filter((maker) => maker !== i);
  });
  if (needs.every((list, i) => list.every((maker) => maker < i))) return nodes;
  const order: OnnxNode[] = [];
  const state = new Uint8Array(nodes.length);
  /** How many of what a node needs have been looked at. */
  const looked = new Uint32Array(nodes.length);
  const [open, done] = [1, 2];
  // Not by recursion: a chain of nodes may be as long as a file.
  for (let start = 0; start < nodes.length; start++) {
    const path = [start];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const next = state[at] === done ? undefined : needs[at]?.[looked[at] ?? 0];
      if (next !== undefined && state[next] === done) {
        looked[at] = (looked[at] ?? 0) + 1;
        continue;
      }
      if (next === undefined) {
        const node = nodes[at];
        if (state[at] !== done && node !== undefined) order.push(node);
        state[at] = done;
        path.pop();
        continue;
      }
      if (state[next] === open) return nodes;
      state[at] = open;
      path.push(next);
    }
  }
  return order;
}

function withSortedBodies(nodes: readonly OnnxNode[]): readonly OnnxNode[] {
  const own = nodes.map((node) => {
    if (!node.attributes.some(({ kind }) => kind === 'graph')) return node;
    const attributes = node.attributes.map((attribute) => {
      if (attribute.kind !== 'graph') return attribute;
      const value = sortedGraph(attribute.value);
      return value === attribute.value ? attribute : { ...attribute, value };
    });
    return attributes.every((each, i) => each === node.attributes[i]) ? node : { ...node, attributes };
  });
  return own.every((node, i) => node === nodes[i]) ? nodes : own;
}

/** What a node reads, the bodies that it holds included. */
function namesIn(node: OnnxNode): readonly string[] {
  const inner = node.attributes.flatMap((attribute) =>
    attribute.kind === 'graph'
      ? [...attribute.value.nodes.flatMap(namesIn), ...attribute.value.outputs.map(({ name }) => name)]
      : [],
  );
  return inner.length === 0 ? node.inputs : [...node.inputs, ...inner];
}
