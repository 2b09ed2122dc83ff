/**
 * Values that are called the same in two files and are not the same: a convolution that took in the batch norm behind it
 * keeps its name. They are told by what is made of them: where all of that agrees, nothing is wrong with them.
 */
import type { OnnxModel } from '../../proto/onnx.ts';

/**
 * @param off values that are further off than allowed
 * @param compared all that were compared
 * @returns those of `off` all of whose nearest compared descendants agree
 */
export function rewrittenValues(
  { graph }: OnnxModel,
  off: ReadonlySet<string>,
  compared: ReadonlySet<string>,
): ReadonlySet<string> {
  const readers = new Map<string, string[]>();
  for (const { inputs, outputs } of graph.nodes) {
    for (const input of inputs) readers.set(input, [...(readers.get(input) ?? []), ...outputs]);
  }
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const nearest = (value: string, seen: Set<string>): readonly string[] =>
    (readers.get(value) ?? []).flatMap((made) => {
      if (seen.has(made)) return [];
      seen.add(made);
      return compared.has(made) ? [made] : nearest(made, seen);
    });
  const rewritten = new Set<string>();
  // From the last to the first: of two that were merged, the first is judged by the second.
  const judged = graph.nodes.flatMap((node) => node.outputs).filter((value) => off.has(value));
  for (const value of judged.toReversed()) {
    const made = nearest(value, new Set());
    const agrees = (name: string) => !off.has(name) || rewritten.has(name);
    if (!outputs.has(value) && made.length > 0 && made.every(agrees)) rewritten.add(value);
  }
  return rewritten;
}
