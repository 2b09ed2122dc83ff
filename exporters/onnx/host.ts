/** What the reading of a graph lends to whoever reads a node of it, and what all do that read nodes with graphs in them. */
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import type { GraphBuilder } from '../../src/graph/builder.ts';
import { showShape } from '../../src/graph/infer/rule.ts';
import type { Node, Value } from '../../src/graph/types.ts';
import { knownOf, type Known } from './known.ts';
import { Unreadable, type Entry, type NodeReader } from './node-reader.ts';
import { Scope } from './scope.ts';
import type { NarrowFloat } from './tensors.ts';
import type { GivenInput, ReadGraph } from './surroundings.ts';

/** What the reading of a graph lends to whoever reads a node of it. */
export interface Host {
  readonly b: GraphBuilder;
  /** Reads a node; problems of it are told. */
  readonly node: (node: OnnxNode, scope: Scope, path: string) => void;
  /** Reads what a run may never come to. */
  readonly perhaps: <T>(read: () => T) => T;
  /** Holds what a graph that is read in place says of values to what they are. */
  readonly compare: (graph: OnnxGraph, scope: Scope) => void;
  /** How many nodes some are, with what they call and hold. */
  readonly sizeOf: (nodes: readonly OnnxNode[]) => number;
  /** Gives a value the name that it has in the file. */
  readonly claim: (
    value: Value,
    name: string,
    node: OnnxNode,
    index: number,
    scope: Scope,
    path: string,
  ) => void;
  /** Notes of which narrower floats nodes are in the file. */
  readonly madeNarrow: (nodes: readonly Node[], format: NarrowFloat) => void;
  /** An initializer of a body, as a weight of the graph. */
  readonly hoisted: (tensor: OnnxTensor) => Value | undefined;
  /** Reads a body as a graph by itself, whose inputs are what is given. */
  readonly body: (
    graph: OnnxGraph,
    node: OnnxNode,
    scope: Scope,
    given: readonly (GivenInput | undefined)[],
  ) => ReadGraph;
}

/** A node in its surroundings. */
export interface Place {
  readonly node: OnnxNode;
  readonly reader: NodeReader;
  readonly scope: Scope;
  /** What the names of what is read in place begin with. */
  readonly path: string;
}

/** A node's name, or that of what it makes. */
export function nodeNameOf(node: OnnxNode): string {
  return node.name === '' ? (node.outputs[0] ?? node.opType) : node.name;
}

/** One of two, as a run says. */
export function chosen(b: GraphBuilder, choice: Value, yes: Entry, no: Entry): Value {
  if (showShape(yes.shape) !== showShape(no.shape)) {
    throw new Unreadable(
      `gives ${showShape(yes.shape)} or ${showShape(no.shape)}, which only a run can tell; one shape is supported`,
    );
  }
  return b.op('Where', [scalar(b, choice), yes.value(), no.value()]);
}

export function scalar(b: GraphBuilder, value: Value): Value {
  return value.type.shape.length === 0 ? value : b.op('Reshape', [value], { shape: [] });
}

/** The outputs of a graph that is read in place, its inputs being what is given. */
export function readInPlace(
  host: Host,
  graph: OnnxGraph,
  around: Scope,
  path: string,
  given: readonly (Entry | undefined)[],
): readonly (Entry | undefined)[] {
  const scope = new Scope(around.opset, around, graph);
  for (const tensor of graph.initializers) {
    let value: Value | undefined;
    scope.set(tensor.name, {
      dtype: tensor.dtype,
      shape: tensor.dims,
      known: knownOnce(tensor),
      value: () => {
        value ??= host.hoisted(tensor);
        if (value === undefined) throw new Unreadable(`reads "${tensor.name}", which cannot be read`);
        return value;
      },
    });
  }
  graph.inputs.forEach(({ name }, i) => {
    const entry = given[i];
    if (entry !== undefined) scope.set(name, entry);
  });
  for (const node of graph.nodes) host.node(node, scope, path);
  host.compare(graph, scope);
  return graph.outputs.map(({ name }) => scope.get(name));
}

/** What an initializer holds, worked out when it is asked for: most of them are weights. */
export function knownOnce(tensor: OnnxTensor): () => Known | undefined {
  let known: Known | undefined;
  let asked = false;
  return () => {
    if (!asked) known = knownOf(tensor);
    asked = true;
    return known;
  };
}
