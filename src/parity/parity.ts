/**
 * Whether every runtime does the same with a model file: `nascent parity`.
 *
 * onnxruntime runs the file, every other runtime the graph that was read from it. Seeded inputs reach what images do
 * not (odd batches, values far from any image); real images say what a difference means.
 */
import { importOnnx } from '../../exporters/onnx/import.ts';
import { UnreadableModel, type ProblemCode } from '../../exporters/onnx/problems.ts';
import { NascentError } from '../errors.ts';
import { requireSignal } from '../files/progress.ts';
import { checkedOrder } from '../run/checked-order.ts';
import { requireReporter, type Reporter } from '../run/reporter.ts';
import { probeRuntimes } from '../runtime/probe/probe.ts';
import { runtimeNames, runtimes, type RuntimeName } from '../runtime/registry.ts';
import { requireOneBaseline } from './against.ts';
import { readFor } from './graph-for.ts';
import { matchFiles } from './matching.ts';
import { asBothHold, type OtherFile } from './other-file.ts';
import { storedOutputs } from './stored.ts';
import { inputsFor } from './inputs.ts';
import { requireBisectable } from './bisect/bisect-worst.ts';
import { parityOrder, type ParityOrder } from './order.ts';
import { decodeModelFile, type ModelFile } from '../evaluate/model-file.ts';
import type { ParityReport } from './parity-report.ts';
import { named } from './fed-inputs.ts';
import { requireExtents } from './extents/said-extents.ts';
import { readyRuntimes } from './asked.ts';
import { compareAll, type Subject } from './compare-all.ts';
import type { SeededCase } from './seeded-inputs.ts';

/**
 * Runs the model in every runtime that is ready and holds each to the graph in double precision. A runtime that cannot run it is
 * a pair that failed, not an error.
 *
 * @throws NascentError 'onnx/invalid' where the file is not a sound model, 'onnx/unsupported' where it uses what we
 *   lack, 'input/invalid' where it does not fit the data that was asked for, 'runtime/unavailable' where a named
 *   runtime is not ready; the signal's reason when stopped
 */
export async function parity(
  order: ParityOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<ParityReport> {
  checkedOrder(parityOrder, order, 'compareRuntimes');
  requireReporter(reporter, 'parity');
  requireSignal(signal, 'parity');
  reporter.stage('read', 'Reading the model');
  const file = await decodeModelFile(order.model);
  requireExtents(
    file.model.graph.inputs.map(({ name, type }) =>
      type.kind === 'tensor' ? type.shape?.map((dim, axis) => named(dim, name, axis)) : undefined,
    ),
    order.extents ?? {},
  );
  const refusal = refusalOf(file);
  requireComparable(refusal);
  const other = order.other === undefined ? undefined : await otherFile(file, order.other);
  requireComparable(other && refusalOf(other.file));
  const probe = async (isRead: boolean) => {
    reporter.stage('probe', 'Trying every runtime');
    const only = worthTrying(order, isRead);
    const probed = await probeRuntimes({ signal, only });
    signal.throwIfAborted();
    return probed;
  };
  return compareSubject({ file, refusal, probed: probe, other }, order, reporter, signal);
}

/** @throws NascentError as `decodeModelFile` does; 'input/invalid' where it does not take what the first takes */
export async function otherFile(file: ModelFile, path: string): Promise<OtherFile> {
  const other = await decodeModelFile(path);
  return { file: other, matching: matchFiles(file.model, other.model) };
}

/** Nobody waits for runtimes that were not named, or where nobody was, for those that run only graphs and have none. */
function worthTrying(
  { runtimes: named, other, against, browser = false }: ParityOrder,
  isRead: boolean,
): readonly RuntimeName[] {
  return runtimeNames.filter((name) => {
    if (name === 'onnxruntime-cpu' || name === against) return true;
    const { asked, where } = runtimes[name];
    const isByBrowser = browser && where === 'in a browser';
    if (asked === 'by name') return isByBrowser || named?.includes(name) === true;
    if (other !== undefined) return named?.includes(name) === true;
    return named?.includes(name) ?? (isRead || runtimes[name].runs.what === 'file');
  });
}

/** Why there is no graph of a file: what is not read here is still compared in runtimes that take the file. */
function refusalOf({ model, path }: ModelFile): NascentError | undefined {
  try {
    importOnnx(model, path);
    return undefined;
  } catch (error) {
    if (error instanceof NascentError) return error;
    throw error;
  }
}

/** What keeps any run from being compared, and what is to be done: nobody waits for runtimes to find out. */
const hopeless: Readonly<Partial<Record<ProblemCode, string>>> = {
  endless:
    'No runtime comes to its end, so that none was tried: give the loop a number of rounds, or a condition that becomes false.',
  wide: 'No runtime holds so many numbers, so that none was tried: give the model smaller extents.',
  drawn:
    'No two runs of it are alike, so that no runtime was tried: export it in evaluation mode (model.eval() in PyTorch), or have it take the numbers as an input.',
};

/** @throws the refusal of a file of which no run ends, or is held by any memory, or no two are alike */
function requireComparable(refusal: NascentError | undefined): void {
  const problems = refusal?.cause instanceof UnreadableModel ? refusal.cause.problems : [];
  const [help] = problems.flatMap(({ code }) => hopeless[code] ?? []);
  if (refusal === undefined || help === undefined) return;
  throw new NascentError(refusal.code, refusal.message, { help, cause: refusal });
}

/** Why nothing is read of a file, not even for what it is fed first. */
function refusalFor({ file, refusal }: Subject, first: SeededCase | undefined): NascentError | undefined {
  if (refusal?.code !== 'onnx/unsupported' || first === undefined) return refusal;
  try {
    readFor(file.model, file.path, first.feeds, 'extents');
    return undefined;
  } catch (error) {
    if (error instanceof NascentError) return error;
    throw error;
  }
}

/** The comparison alone: `parity` reads and probes for it. */
export async function compareSubject(
  subject: Subject,
  order: ParityOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<ParityReport> {
  const resolved = checkedOrder(parityOrder, order, 'compareRuntimes');
  requireOneBaseline(resolved);
  requireBisectable(resolved);
  const { runtimes: named = [], against, browser } = resolved;
  const { file, other } = subject;
  const inputs = await inputsFor(file, resolved, reporter, signal, other);
  const { pair, ...told } = inputs;
  const seeded = other === undefined ? pair.seeded : asBothHold(pair.seeded, file.model, other.matching);
  try {
    // Before runtimes are tried: a file that is none is told at once.
    const stored = await storedOutputs(file.model.graph.outputs, resolved.expected);
    const refusal = refusalFor(subject, seeded[0]);
    const { probed: known } = subject;
    const probed = typeof known === 'function' ? await known(refusal === undefined) : known;
    const needed: readonly RuntimeName[] = [
      ...named,
      ...(against === undefined ? [] : [against]),
      // Not every browser has WebGPU.
      ...(browser ? (['browser-wasm'] as const) : []),
    ];
    const ready = readyRuntimes(probed, needed);
    return await compareAll(
      { ...subject, probed, refusal },
      ready,
      { ...told, pair: { ...pair, seeded } },
      stored,
      resolved,
      reporter,
      signal,
    );
  } finally {
    await inputs.pair.real?.source.close();
  }
}
