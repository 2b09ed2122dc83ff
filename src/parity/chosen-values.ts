/** Which values of a file numbers choose: what comes after an op that picks some of many, in whatever it is nested. */
import { sortedModel } from '../../exporters/onnx/sorted.ts';
import type { OnnxFunction, OnnxGraph, OnnxModel, OnnxNode } from '../../proto/onnx.ts';

const choosing = new Set(['Compress', 'NonMaxSuppression', 'NonZero', 'TopK', 'Unique']);

export function chosenValues(model: OnnxModel): ReadonlySet<string> {
  const { graph, functions } = sortedModel(model);
  /** Functions that were looked into; one that calls itself is refused elsewhere. */
  const known = new Map<OnnxFunction, boolean>();
  const chooses = (node: OnnxNode): boolean => {
    if (choosing.has(node.opType)) return true;
    const nested = node.attributes.flatMap((attribute) =>
      attribute.kind === 'graph' ? attribute.value.nodes : [],
    );
    const called = functions.find(({ domain, name }) => domain === node.domain && name === node.opType);
    if (called === undefined) return nested.some(chooses);
    const before = known.get(called);
    if (before !== undefined) return before;
    known.set(called, false);
    const found = called.nodes.some(chooses);
    known.set(called, found);
    return found;
  };
  const chosen = new Set<string>();
  const isOf = (node: OnnxNode): boolean =>
    node.inputs.some((name) => chosen.has(name)) ||
    node.attributes.some((attribute) => attribute.kind === 'graph' && isOfGraph(attribute.value));
  const isOfGraph = ({ nodes, outputs }: OnnxGraph): boolean =>
    nodes.some(isOf) || outputs.some(({ name }) => chosen.has(name));
  for (const node of graph.nodes) {
    if (chooses(node) || isOf(node)) for (const name of node.outputs) chosen.add(name);
  }
  return chosen;
}

/**
 * Those of which numbers say how many there are: the file says no number, nor an extent of what is fed. The others have as many
 * rows whatever is chosen, and may be anything that is made of a choice.
 */
export function chosenInNumber(model: OnnxModel): ReadonlySet<string> {
  const { inputs, outputs, valueInfo } = model.graph;
  const fed = new Set(inputs.flatMap(({ type }) => (type.kind === 'tensor' ? (type.shape ?? []) : [])));
  const types = new Map([...valueInfo, ...outputs].map(({ name, type }) => [name, type]));
  const isOpen = (name: string): boolean => {
    const type = types.get(name);
    if (type?.kind !== 'tensor' || type.shape === undefined) return true;
    return type.shape.some((dim) => typeof dim !== 'number' && (dim === undefined || !fed.has(dim)));
  };
  return new Set([...chosenValues(model)].filter(isOpen));
}
