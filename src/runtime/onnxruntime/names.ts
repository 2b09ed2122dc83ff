/**
 * What inputs and outputs are called: onnxruntime has U+FFFD, or anything, where a byte of a name is not UTF-8; ours say which
 * byte it was (`proto/text.ts`). Whoever asks a session knows names as the file has them.
 */
import { readFile } from 'node:fs/promises';
import { decodeModel } from '../../../proto/onnx.ts';

export interface SessionNames {
  /** What the session calls what the file calls so, and the other way round. */
  readonly theirs: (name: string) => string;
  readonly ours: (name: string) => string;
}

/** Names of plain letters are the same on both sides, and the file is not read for them. */
// oxlint-disable-next-line no-control-regex
const plain = /^[\u0000-\u007f]*$/;

/**
 * @param session its names, in the order of the file
 * @param model the file, or what is in it
 */
export async function sessionNames(
  {
    inputNames,
    outputNames,
  }: { readonly inputNames: readonly string[]; readonly outputNames: readonly string[] },
  model: string | Uint8Array,
): Promise<SessionNames> {
  const theirs = [...inputNames, ...outputNames];
  if (theirs.every((name) => plain.test(name))) return { theirs: (name) => name, ours: (name) => name };
  const { graph } = decodeModel(typeof model === 'string' ? await readFile(model) : model);
  const held = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.map(({ name }) => name).filter((name) => !held.has(name));
  const outputs = graph.outputs.map(({ name }) => name);
  const pairs = [...paired(inputs, inputNames), ...paired(outputs, outputNames)];
  const [there, here] = [new Map(pairs), new Map(pairs.map(([own, other]) => [other, own] as const))];
  return { theirs: (name) => there.get(name) ?? name, ours: (name) => here.get(name) ?? name };
}

/** Those that are called the same, and the others as they come. */
function paired(ours: readonly string[], theirs: readonly string[]): readonly (readonly [string, string])[] {
  const left = ours.filter((name) => !theirs.includes(name));
  const other = theirs.filter((name) => !ours.includes(name));
  return left.length === other.length ? left.map((name, i) => [name, other[i] ?? name] as const) : [];
}
