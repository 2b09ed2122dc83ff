/** A model file run once, in one runtime: `nascent run`. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnnxTensor } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { readIdentity, type ModelIdentity } from '../evaluate/model-file.ts';
import { checkedOrder } from '../run/checked-order.ts';
import { requireReporter, silentReporter, type Reporter } from '../run/reporter.ts';
import type { RuntimeName } from '../runtime/registry.ts';
import { compareOutput, type OutputComparison, type Tolerance } from './compare.ts';
import { requireFitting } from './fitting.ts';
import { datasetFolder, drawInputs, readDataset } from './inputs.ts';
import { knownOf, unknown } from './known-inputs.ts';
import { assign } from '../tensors/assign.ts';
import { numbersOf } from '../tensors/numbers.ts';
import { openModel, type Port } from './open.ts';
import { runModelOrder, type RunModelOrder } from './order.ts';
import { readTensorFile, writeTensorFile } from '../tensors/tensor-file.ts';

/** What a tensor is, in figures. */
export interface TensorSummary {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of the elements that are numbers; absent where there is none. */
  readonly min?: number;
  readonly max?: number;
  readonly mean?: number;
  /** How many elements are NaN or infinite. */
  readonly notFinite?: number;
  /** The first elements. */
  readonly first: readonly (number | string)[];
}

/** What came of a run: the model, what went in, what came out, and how that compares with what was expected. */
export interface ModelRun {
  readonly model: ModelIdentity;
  readonly runtime: RuntimeName;
  readonly inputs: readonly (TensorSummary & {
    /** Null where it was drawn. */
    readonly file: string | null;
  })[];
  readonly outputs: readonly TensorSummary[];
  /** Against what the dataset expects; null without one. */
  readonly comparison: {
    readonly dataset: string;
    readonly tolerance: Tolerance;
    readonly passed: boolean;
    readonly outputs: readonly OutputComparison[];
  } | null;
  /** The files that were written. */
  readonly files: readonly string[];
  readonly seconds: { readonly open: number; readonly run: number };
}

/**
 * Runs a model once on stored or drawn tensors, and compares its outputs with those of a dataset, where one is given.
 *
 * @throws NascentError 'data/missing', 'onnx/invalid', 'onnx/unsupported', 'runtime/unavailable', 'runtime/failed',
 *   'input/invalid' and 'input/unknown' where inputs do not fit the model
 */
export async function runModel(order: RunModelOrder, reporter: Reporter = silentReporter): Promise<ModelRun> {
  const resolved = checkedOrder(runModelOrder, order, 'runModel');
  const { model: path, runtime, dataset, seed, extents, rtol, atol } = resolved;
  requireReporter(reporter, 'runModel');
  reporter.stage('open', `Opening it in ${runtime}`);
  const identity = await readIdentity(path);
  const [model, open] = await timed(async () => openModel(path, runtime));
  requireTensors('input', model.inputs);
  requireTensors('output', model.outputs);
  const folder = dataset === undefined ? undefined : datasetFolder(dataset, path);
  const stored = folder === undefined ? [] : await readDataset(folder, 'input');
  const files = [...stored.map(({ file }) => ({ file })), ...resolved.inputs];
  const assigned = assign('input', model.inputs, files);
  const given = new Map<string, OnnxTensor>();
  for (const [name, file] of assigned) given.set(name, { ...(await readTensorFile(file)), name });
  requireFitting(model.inputs, given);
  // A conformance folder is whole: what it leaves out is not drawn.
  if (folder !== undefined && files.length < model.inputs.length) {
    throw new NascentError(
      'data/missing',
      `${folder} has ${files.length} inputs, and the model takes ${model.inputs.length}`,
      { help: 'Give the others by --inputs NAME=FILE.' },
    );
  }
  const missing = model.inputs.some(({ name }) => !given.has(name));
  const { whole, shapesAt } = missing ? await knownOf(path, given, extents) : unknown;
  for (const tensor of drawInputs(model.inputs, given, { seed, extents, whole, shapes: shapesAt({}, 1) })) {
    given.set(tensor.name, tensor);
  }
  const feeds = new Map(
    model.inputs.flatMap(({ name }) => {
      const tensor = given.get(name);
      return tensor === undefined ? [] : [[name, tensor] as const];
    }),
  );
  reporter.stage('run', `Running it in ${runtime}`);
  const [results, run] = await timed(async () => model.run(feeds));
  await model.close();
  const outputs = model.outputs.flatMap(({ name }) => {
    const tensor = results.get(name);
    return tensor === undefined ? [] : [tensor];
  });
  const expected = folder === undefined ? undefined : await readDataset(folder, 'output');
  const unsaid = model.outputs.slice(expected?.length).map(({ name }) => {
    const reason = 'the dataset holds nothing that is expected of it';
    return { name, passed: false, reason, elements: 0, mismatched: 0 };
  });
  const compared = expected?.map(({ tensor }, i) => {
    const name = model.outputs[i]?.name ?? tensor.name;
    const output = outputs[i];
    if (output !== undefined) return compareOutput(name, output, tensor, { rtol, atol });
    return { name, passed: false, reason: 'the model has no such output', elements: 0, mismatched: 0 };
  });
  return {
    model: identity,
    runtime,
    inputs: [...feeds].map(([name, tensor]) => ({ ...summarise(tensor), file: assigned.get(name) ?? null })),
    outputs: outputs.map(summarise),
    comparison:
      compared === undefined || folder === undefined
        ? null
        : {
            dataset: folder,
            tolerance: { rtol, atol },
            passed: compared.length > 0 && [...compared, ...unsaid].every(({ passed }) => passed),
            outputs: compared.length === 0 ? [] : [...compared, ...unsaid],
          },
    files:
      resolved.outputs === undefined
        ? []
        : await write(resolved.outputs, resolved.format, [...feeds.values()], outputs),
    seconds: { open, run },
  };
}

/** @throws NascentError 'onnx/unsupported' where an input or an output is no tensor */
function requireTensors(kind: 'input' | 'output', ports: readonly Port[]): void {
  const other = ports.find(({ isTensor }) => !isTensor);
  if (other === undefined) return;
  throw new NascentError(
    'onnx/unsupported',
    `the ${kind} "${other.name}" is no tensor, but a sequence, a map or an optional value, which cannot be run here`,
    { help: 'Export the model with tensors going in and coming out: each item as one, say.' },
  );
}

/** @throws NascentError 'gate/failed' where the outputs are not those of the dataset */
export function requireExpected({ comparison }: Pick<ModelRun, 'comparison'>): void {
  if (comparison === null || comparison.passed) return;
  const failed = comparison.outputs.filter(({ passed }) => !passed).length;
  const what =
    comparison.outputs.length === 0
      ? `${comparison.dataset} holds no output to compare with`
      : `${failed} of ${comparison.outputs.length} outputs are not what ${comparison.dataset} expects`;
  const help = comparison.outputs.every(({ passed, reason }) => passed || reason !== undefined)
    ? 'A dataset that tells whether a model is right holds output_0.pb and so on, one for each output.'
    : 'A small difference may be rounding: --rtol and --atol say how much is allowed.';
  throw new NascentError('gate/failed', what, { help });
}

async function timed<T>(action: () => Promise<T>): Promise<readonly [value: T, seconds: number]> {
  const started = performance.now();
  const value = await action();
  return [value, (performance.now() - started) / 1000];
}

async function write(
  folder: string,
  format: 'pb' | 'npy',
  inputs: readonly OnnxTensor[],
  outputs: readonly OnnxTensor[],
): Promise<readonly string[]> {
  const named = [
    ...inputs.map((tensor, i) => [`input_${i}`, tensor] as const),
    ...outputs.map((tensor, i) => [`output_${i}`, tensor] as const),
  ];
  const files: string[] = [];
  for (const [name, tensor] of named) {
    const file = join(folder, `${name}.${format}`);
    await writeTensorFile(file, tensor, format);
    files.push(file);
  }
  await removeOthers(folder, new Set(files));
  return files;
}

/** What another model left in the folder would be taken for this one's. */
async function removeOthers(folder: string, written: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (/^(input|output)_\d+\.(pb|npy)$/.test(name) && !written.has(file)) await rm(file, { force: true });
  }
}

/** Beyond 2^53 a number of ours is rounded. */
function exactly(value: unknown): string | undefined {
  return typeof value === 'bigint' && !Number.isSafeInteger(Number(value)) ? String(value) : undefined;
}

const shown = 8;

function summarise(tensor: OnnxTensor): TensorSummary {
  const { name, dtype, dims: shape } = tensor;
  if (tensor.dtype === 'string') return { name, dtype, shape, first: tensor.data.slice(0, shown) };
  const numbers = numbersOf(tensor);
  if (numbers === undefined) return { name, dtype, shape, first: [] };
  let [min, max, sum, finite] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] ?? 0;
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    finite++;
  }
  return {
    name,
    dtype,
    shape,
    ...(finite > 0 && { min, max, mean: sum / finite }),
    notFinite: numbers.length - finite,
    first: Array.from(
      { length: Math.min(shown, numbers.length) },
      (_, i) => exactly(tensor.data[i]) ?? numbers[i] ?? 0,
    ),
  };
}
