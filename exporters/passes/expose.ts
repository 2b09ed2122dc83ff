/** Values in between as outputs, to be looked at. */
import type { OnnxModel } from '../../proto/onnx.ts';

/** The model with these values as outputs too, by name alone: a runtime infers what they are. Inputs cannot be. */
export function exposing(model: OnnxModel, names: readonly string[]): OnnxModel {
  const { graph } = model;
  const known = new Set([...graph.outputs, ...graph.inputs].map(({ name }) => name));
  const added = names
    .filter((name) => !known.has(name))
    .map((name) => ({ name, type: { kind: 'unknown' } as const }));
  return { ...model, graph: { ...graph, outputs: [...graph.outputs, ...added] } };
}
