/** What passes over a model need: who reads a value, what is constant, names that are free. */
import type {
  NumericTensor,
  OnnxDataType,
  OnnxDim,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxValueInfo,
} from '../../proto/onnx.ts';

/** A model in, a new model out. Passes are told what they need when they are made. */
export type Pass = (model: OnnxModel) => OnnxModel;

/** How often each value of a graph is read, its outputs and the bodies of its nodes included. */
export function readsOf(graph: OnnxGraph): ReadonlyMap<string, number> {
  const reads = new Map<string, number>();
  const count = (name: string) => reads.set(name, (reads.get(name) ?? 0) + 1);
  const walk = ({ nodes, outputs }: OnnxGraph): void => {
    for (const node of nodes) {
      node.inputs.forEach(count);
      for (const attribute of node.attributes) {
        if (attribute.kind === 'graph') walk(attribute.value);
        if (attribute.kind === 'graphs') attribute.value.forEach(walk);
      }
    }
    for (const { name } of outputs) count(name);
  };
  walk(graph);
  return reads;
}

/** Numbers that the file holds, by name. */
export function numbersOf(graph: OnnxGraph): ReadonlyMap<string, NumericTensor> {
  return new Map(
    graph.initializers.flatMap((tensor) => (tensor.dtype === 'string' ? [] : [[tensor.name, tensor]])),
  );
}

/** Gives names that nothing in the graph has: `wanted`, or with a number after it. */
export function freeNames(graph: OnnxGraph): (wanted: string) => string {
  const taken = new Set<string>();
  const walk = ({ nodes, inputs, initializers }: OnnxGraph): void => {
    for (const { name } of [...inputs, ...initializers]) taken.add(name);
    for (const node of nodes) {
      for (const name of [node.name, ...node.outputs]) taken.add(name);
      for (const attribute of node.attributes) if (attribute.kind === 'graph') walk(attribute.value);
    }
  };
  walk(graph);
  return (wanted) => {
    let name = wanted;
    for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
}

/** The graph without the constants, and the words about values, that nothing mentions any more. */
export function tidied(graph: OnnxGraph): OnnxGraph {
  const reads = readsOf(graph);
  const made = new Set(graph.nodes.flatMap((node) => node.outputs));
  return {
    ...graph,
    initializers: graph.initializers.filter(({ name }) => reads.has(name)),
    valueInfo: graph.valueInfo.filter(({ name }) => made.has(name)),
  };
}

/** A node of ONNX's own domain. */
export function node(
  name: string,
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: OnnxNode['attributes'] = [],
): OnnxNode {
  return { name, opType, domain: '', inputs, outputs, attributes };
}

/** A whole number among a node's attributes, or what is usual. */
export function intOf({ attributes }: OnnxNode, name: string, usual = 0): number {
  const found = attributes.find((attribute) => attribute.name === name);
  return found?.kind === 'int' ? Number(found.value) : usual;
}

/** What may change of a value. */
interface Retyping {
  readonly name?: string;
  readonly dtype?: OnnxDataType;
  readonly shape?: readonly OnnxDim[];
}

/** A tensor under another name, or of another type. */
export function retyped(info: OnnxValueInfo, { name = info.name, dtype, shape }: Retyping): OnnxValueInfo {
  if (info.type.kind !== 'tensor') return { ...info, name };
  const type = {
    ...info.type,
    ...(dtype !== undefined && { dtype }),
    ...(shape !== undefined && { shape }),
  };
  return { ...info, name, type };
}

/** The operator set of ONNX's own ops. */
export function opsetOf(model: OnnxModel): number {
  return model.opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0;
}

/** Metadata with some of its keys set, sorted as an export has them. */
export function described(model: OnnxModel, entries: Readonly<Record<string, string>>): OnnxModel {
  const metadata = new Map([...model.metadata, ...Object.entries(entries)]);
  return { ...model, metadata: [...metadata].toSorted(([a], [b]) => (a < b ? -1 : 1)) };
}
