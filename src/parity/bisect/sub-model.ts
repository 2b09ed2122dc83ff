/** A part of a model as a model of its own: what it takes from the rest are its inputs, with the values that were there. */
import {
  writableIrVersion,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxValueInfo,
} from '../../../proto/onnx.ts';
import type { AnyTensors } from '../../runtime/any-tensor.ts';
import { heldAs } from '../../tensors/numbers.ts';

export interface SubModel {
  readonly model: OnnxModel;
  /** What its inputs are fed. */
  readonly feeds: AnyTensors;
  /** Of the nodes that were asked for, those that it has, in order. */
  readonly nodes: readonly OnnxNode[];
}

/** Nodes that make a value of nothing: they come along with whoever reads it. */
export function isFree({ opType, inputs }: OnnxNode): boolean {
  return opType === 'Constant' || inputs.every((name) => name === '');
}

/**
 * Undefined where it cannot be cut so: a value is needed that is no tensor, or nothing comes out.
 *
 * @param chosen which nodes of the graph, by their place
 * @param values what inputs and nodes of the whole model gave
 * @param only the outputs that are wanted (default: whatever leaves the part)
 */
export function subModel(
  { graph, ...rest }: OnnxModel,
  chosen: ReadonlySet<number>,
  values: AnyTensors,
  only?: ReadonlySet<string>,
): SubModel | undefined {
  const makers = new Map(graph.nodes.flatMap((node, i) => node.outputs.map((name) => [name, i] as const)));
  const weights = new Set(graph.initializers.map(({ name }) => name));
  const sparse = new Set((graph.sparseInitializers ?? []).map(({ values: { name } }) => name));
  const inside = new Set(chosen);
  const inputs = new Set<string>();
  const used = new Set<string>();
  const wanted = [...inside];
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    const node = graph.nodes[next];
    for (const name of node === undefined ? [] : usesOf(node)) {
      used.add(name);
      const maker = makers.get(name);
      if (weights.has(name) || sparse.has(name) || (maker !== undefined && inside.has(maker))) continue;
      const made = maker === undefined ? undefined : graph.nodes[maker];
      if (values.has(name) && (made === undefined || !isFree(made))) inputs.add(name);
      else if (maker === undefined) return undefined;
      else {
        inside.add(maker);
        wanted.push(maker);
      }
    }
  }
  const nodes = graph.nodes.filter((_, i) => inside.has(i));
  const outputs = leaving(graph, inside, chosen).filter(
    (name) => values.has(name) && (only?.has(name) ?? true),
  );
  if (outputs.length === 0) return undefined;
  const declared = new Map(graph.outputs.map((output) => [output.name, output]));
  const typed = (name: string): OnnxValueInfo | undefined => {
    const tensor = values.get(name);
    return tensor && { name, type: { kind: 'tensor', dtype: tensor.dtype, shape: tensor.shape } };
  };
  return {
    model: {
      ...rest,
      // The newest that can be written; what nodes say of where they come from has no place there.
      irVersion: Math.min(rest.irVersion, writableIrVersion),
      functions: rest.functions.map((told) => {
        const { metadata: _, ...definition } = told;
        return { ...definition, nodes: definition.nodes.map(plain) };
      }),
      metadata: [],
      graph: {
        ...plainGraph(graph),
        nodes: nodes.map(plain),
        initializers: graph.initializers.filter(({ name }) => used.has(name)),
        inputs: [...inputs].flatMap((name) => typed(name) ?? []),
        outputs: outputs.flatMap((name) => typed(name) ?? declared.get(name) ?? []),
        valueInfo: [],
      },
    },
    feeds: new Map(
      [...inputs].flatMap((name) => {
        const tensor = values.get(name);
        return tensor === undefined
          ? []
          : [[name, { ...tensor, data: heldAs(tensor.dtype, tensor.data) }] as const];
      }),
    ),
    nodes: graph.nodes.filter((_, i) => chosen.has(i)),
  };
}

/** A node, and the graphs inside it, without what they say of themselves. */
function plain(told: OnnxNode): OnnxNode {
  const { metadata: _, docString: __, ...node } = told;
  return {
    ...node,
    attributes: node.attributes.map((attribute): OnnxAttribute => {
      if (attribute.kind === 'graph') return { ...attribute, value: whole(attribute.value) };
      if (attribute.kind === 'graphs') return { ...attribute, value: attribute.value.map(whole) };
      return attribute;
    }),
  };
}

function whole(graph: OnnxGraph): OnnxGraph {
  const bare = plainGraph(graph);
  const typed = ({ name, type }: OnnxValueInfo): OnnxValueInfo => ({ name, type });
  return {
    ...bare,
    nodes: graph.nodes.map(plain),
    inputs: graph.inputs.map(typed),
    outputs: graph.outputs.map(typed),
    valueInfo: [],
  };
}

function plainGraph(told: OnnxGraph): OnnxGraph {
  const { metadata: _, docString: __, ...graph } = told;
  return graph;
}

/** What is made inside and read outside, or is an output of the whole, or is read by nobody inside. */
function leaving(
  graph: OnnxGraph,
  inside: ReadonlySet<number>,
  chosen: ReadonlySet<number>,
): readonly string[] {
  const outside = new Set(graph.outputs.map(({ name }) => name));
  const within = new Set<string>();
  graph.nodes.forEach((node, i) => {
    for (const name of usesOf(node)) (inside.has(i) ? within : outside).add(name);
  });
  return graph.nodes.flatMap((node, i) =>
    chosen.has(i)
      ? node.outputs.filter((name) => name !== '' && (outside.has(name) || !within.has(name)))
      : [],
  );
}

/** What a node reads, and what the graphs inside it read from outside of them. */
export function usesOf(node: OnnxNode): readonly string[] {
  const inner = node.attributes.flatMap((attribute): readonly OnnxGraph[] => {
    if (attribute.kind === 'graph') return [attribute.value];
    return attribute.kind === 'graphs' ? attribute.value : [];
  });
  return [...node.inputs.filter((name) => name !== ''), ...inner.flatMap(freeIn)];
}

function freeIn(graph: OnnxGraph): readonly string[] {
  const own = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.map(({ name }) => name),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const read = [...graph.nodes.flatMap(usesOf), ...graph.outputs.map(({ name }) => name)];
  return read.filter((name) => name !== '' && !own.has(name));
}
