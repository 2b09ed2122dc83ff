/**
 * What inputs and outputs are called: onnxruntime has U+FFFD, or anything, where a byte of a name is not UTF-8; ours say which
 * byte it was (`proto/text.ts`). Whoever asks a session knows names as the file has them.
 */
import { readFile } from 'node:fs/promises';
import { NascentError } from '../../errors.ts';
import { withoutWeights } from './without-weights.ts';

export interface SessionNames {
  /** What the session calls an input that the file calls so. */
  readonly theirs: (name: string) => string;
  /** What the file calls an input, or an output, that the session calls so. */
  readonly input: (theirs: string) => string;
  readonly output: (theirs: string) => string;
}

/** Names of plain letters are the same on both sides, and the file is not read for them. */
// oxlint-disable-next-line no-control-regex
const plain = /^[\u0000-\u007f]*$/;

/**
 * @param session its names, in the order of the file
 * @param model the file, or what is in it
 * @throws NascentError 'onnx/unsupported' where the session has one name for two
 */
export async function sessionNames(
  {
    inputNames,
    outputNames,
  }: { readonly inputNames: readonly string[]; readonly outputNames: readonly string[] },
  model: string | Uint8Array,
): Promise<SessionNames> {
  const theirs = [inputNames, outputNames];
  if (theirs.every(isPlain)) return { theirs: asItIs, input: asItIs, output: asItIs };
  const { graph } = withoutWeights(typeof model === 'string' ? await readFile(model) : model);
  const held = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.map(({ name }) => name).filter((name) => !held.has(name));
  const outputs = graph.outputs.map(({ name }) => name);
  const pairs = paired(inputs, inputNames);
  const there = new Map(pairs);
  return {
    theirs: (name) => there.get(name) ?? name,
    input: ourNames('inputs', pairs),
    output: ourNames('outputs', paired(outputs, outputNames)),
  };
}

function isPlain(names: readonly string[]): boolean {
  return names.every((name) => plain.test(name)) && new Set(names).size === names.length;
}

function asItIs(name: string): string {
  return name;
}

/** By their names; where two of ours are one of theirs, both would be given the numbers of one. */
function ourNames(
  what: 'inputs' | 'outputs',
  pairs: readonly (readonly [string, string])[],
): (theirs: string) => string {
  const here = new Map<string, string>();
  for (const [own, other] of pairs) {
    const before = here.get(other) ?? own;
    if (before !== own) {
      const two = `${JSON.stringify(before)} and ${JSON.stringify(own)}`;
      throw new NascentError(
        'onnx/unsupported',
        `onnxruntime has one name for the ${what} ${two}: "${other}"`,
        {
          help: 'Names that differ in bytes that are no text are one to it: rename them, or run the file in another runtime.',
        },
      );
    }
    here.set(other, own);
  }
  return (theirs) => here.get(theirs) ?? theirs;
}

/** Those that are called the same, and the others as they come. */
function paired(ours: readonly string[], theirs: readonly string[]): readonly (readonly [string, string])[] {
  const rest = [...theirs];
  const alike = new Set<string>();
  for (const name of ours) {
    const at = rest.indexOf(name);
    if (at < 0) continue;
    alike.add(name);
    rest.splice(at, 1);
  }
  const left = ours.filter((name) => !alike.has(name));
  const others = left.length === rest.length ? left.map((name, i) => [name, rest[i] ?? name] as const) : [];
  return [...[...alike].map((name) => [name, name] as const), ...others];
}
