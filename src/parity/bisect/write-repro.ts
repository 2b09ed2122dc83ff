/** A part of a model that a runtime gets wrong as a folder: the model, what goes in and should come out, and how to show it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { encodeModel, type OnnxNumericType } from '../../../proto/onnx.ts';
import { NascentError } from '../../errors.ts';
import type { ModelIdentity } from '../../evaluate/model-file.ts';
import { writeFileWhole } from '../../files/files.ts';
import { runtimeNames } from '../../runtime/registry.ts';
import { isWritable, tensorOf } from '../../tensors/numbers.ts';
import { writeTensorFile } from '../../tensors/tensor-file.ts';
import type { GivenGate } from '../gates.ts';
import type { Pair } from '../pairs.ts';
import type { Culprit } from './bisect.ts';
import { makeFoldersSync } from '../../files/make-folders.ts';

/** What a report says of it. */
export interface BisectReport {
  /** The runtime that it is about. */
  readonly name: string;
  /** Of the input that was cut out of the model. */
  readonly input: string;
  /** Null where no part fails by itself. */
  readonly found: BisectFound | null;
  /** Why nobody knows. */
  readonly error?: string | undefined;
}

/** The part: its nodes, what is wrong with it, and where it was written. */
export interface BisectFound {
  /** The nodes of the part, in order. */
  readonly nodes: readonly { readonly name: string; readonly op: string }[];
  /** How many nodes the model has. */
  readonly of: number;
  /** Whether none of them can be left out; otherwise time was up. */
  readonly minimal: boolean;
  /** How many parts were tried. */
  readonly tried: number;
  /** In a sentence, how it fails. */
  readonly fails: string;
  readonly folder: string;
  readonly files: readonly string[];
  /** The command that shows it, from the folder. */
  readonly command: string;
}

/** @throws NascentError 'input/invalid' where the folder is there and holds something, or is a file */
export function requireFreeFolder(folder: string): void {
  if (!existsSync(folder) || (statSync(folder).isDirectory() && readdirSync(folder).length === 0)) return;
  throw new NascentError('input/invalid', `${folder} is there already, and is no empty folder`, {
    help: 'Give another folder: --bisect FOLDER.',
  });
}

/** Writes it. */
export async function writeRepro(
  folder: string,
  culprit: Culprit,
  { pair, gate, model }: { readonly pair: Pair; readonly gate: GivenGate; readonly model: ModelIdentity },
): Promise<BisectFound> {
  requireFreeFolder(folder);
  const { part, expected, of, minimal, tried } = culprit;
  const set = join(folder, dataset);
  makeFoldersSync(set);
  const files = [join(folder, 'model.onnx')];
  await writeFileWhole(join(folder, 'model.onnx'), encodeModel(part.model));
  const tensors = [
    ...part.model.graph.inputs.map(({ name }, i) => [`input_${i}.pb`, name, part.feeds.get(name)] as const),
    ...part.model.graph.outputs.map(({ name }, i) => [`output_${i}.pb`, name, expected.get(name)] as const),
  ];
  const types = new Map(
    part.model.graph.outputs.map(({ name, type }) => [name, type.kind === 'tensor' ? type.dtype : undefined]),
  );
  for (const [file, name, tensor] of tensors) {
    if (tensor === undefined) continue;
    const said = (types.get(name) ?? tensor.dtype) as OnnxNumericType;
    const dtype = isWritable(said) ? said : tensor.dtype;
    await writeTensorFile(join(set, file), tensorOf(name, dtype, tensor.shape, tensor.data), 'pb');
    files.push(join(set, file));
  }
  const found: BisectFound = {
    nodes: part.nodes.map(({ name, opType, outputs }) => ({ name: name || (outputs[0] ?? ''), op: opType })),
    of,
    minimal,
    tried,
    fails: failsText(culprit),
    folder,
    files: [...files, join(folder, 'README.md')],
    command: commandOf(culprit, folder, pair, gate),
  };
  await writeFileWhole(join(folder, 'README.md'), new TextEncoder().encode(readme(found, pair, model)));
  return found;
}

const dataset = 'test_data_set_0';

function failsText({ verdict }: Culprit): string {
  if (verdict.kind === 'refused') return verdict.error;
  const { output, largest, allowed, notFinite } = verdict;
  if (notFinite > 0) return `${notFinite} values of "${output}" are NaN or infinite on one side only`;
  return `"${output}" is off by ${largest.toExponential(1)}, and ${allowed.toExponential(1)} is allowed`;
}

/** `nascent run` where it can show it; else the comparison. */
function commandOf(
  { verdict, part }: Culprit,
  folder: string,
  pair: Pair,
  { atol, rtol, minSnr }: GivenGate,
): string {
  const inputs = part.model.graph.inputs.map((_, i) => `${dataset}/input_${i}.pb`);
  const isRuntime = (runtimeNames as readonly string[]).includes(pair.name);
  if (isRuntime && minSnr === undefined) {
    const run = `nascent run model.onnx --dataset ${dataset} --runtime ${pair.name}`;
    if (verdict.kind === 'refused') return run;
    if (atol !== undefined || rtol !== undefined) return `${run} --atol ${atol ?? 0} --rtol ${rtol ?? 0}`;
    return `${run} --atol ${limit(verdict)} --rtol 0`;
  }
  const given = inputs.length === 0 ? '' : ` --inputs ${inputs.join(' ')}`;
  const runtime =
    pair.way.what === 'plugin'
      ? `--runtimes onnxruntime-cpu --runtime ${moduleFrom(folder, pair.runtime)}`
      : `--runtimes ${pair.runtime}`;
  const gates = [
    ...(atol === undefined ? [] : [`--atol ${atol}`]),
    ...(rtol === undefined ? [] : [`--rtol ${rtol}`]),
    ...(minSnr === undefined ? [] : [`--min-snr ${minSnr}`]),
  ];
  return ['nascent parity model.onnx', runtime, ...gates].join(' ') + given;
}

/** The path of a module, from a folder. */
function moduleFrom(folder: string, module: string): string {
  const path = relative(folder, resolve(module)).replaceAll(sep, '/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** What is allowed, in three digits where these tell it from what is too much. */
function limit({ allowed, largest }: { readonly allowed: number; readonly largest: number }): string {
  const short = Number(allowed.toPrecision(3));
  return String(short < largest ? short : allowed);
}

function readme(
  { nodes, of, minimal, fails, command }: BisectFound,
  pair: Pair,
  model: ModelIdentity,
): string {
  const named = nodes.map(({ op, name }) => `- \`${op}\` "${name}"`);
  const size = nodes.length === 1 ? 'a node' : `${nodes.length} nodes`;
  return `# A model of ${size} that ${pair.name} gets wrong

Show it, in this folder; it exits with code 3, or says why it cannot run:

    ${command}

What is wrong: ${fails}.

It was cut out of \`${basename(model.path)}\` (${of} nodes, sha256 ${model.sha256}):

${named.join('\n')}

${minimal ? 'None of them can be left out.' : 'There was no time to look whether some of them can be left out.'}
\`${dataset}\` holds what these nodes are fed in the whole model, and what comes out in double precision.
`;
}
