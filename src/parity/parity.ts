/**
 * Whether every runtime does the same with a model file: `nascent parity`.
 *
 * onnxruntime runs the file, every other runtime the graph that was read from it. Seeded inputs reach what images do
 * not (odd batches, values far from any image); real images say what a difference means.
 */
import { importOnnx, type ImportedModel } from '../../exporters/onnx/import.ts';
import { messageOf, NascentError } from '../errors.ts';
import type { Reporter } from '../run/reporter.ts';
import { nascentVersion } from '../run/versions.ts';
import { probeRuntimes, type RuntimeReport } from '../runtime/probe/probe.ts';
import { hostMemory } from '../runtime/probe/memory.ts';
import { runtimeNames, runtimes, type RuntimeName } from '../runtime/registry.ts';
import { answersOf, type Answers } from './answers.ts';
import { compareLayers, withLayers, type LayerReport } from './layers.ts';
import { columns, comparePair } from './compare-pair.ts';
import { allPairs, pluginPair, standInName, standInWay, type Pair } from './pairs.ts';
import { openProcess } from './processes/spawn.ts';
import type { ModelUnderTest, OpenModel, Way } from './ways.ts';
import { inputsFor, type Inputs } from './inputs.ts';
import { gateOf, gateText, type Measurement } from './gates.ts';
import { isCoarse } from './coarse.ts';
import { parityOrder, type CheckedParityOrder, type ParityOrder } from './order.ts';
import { decodeModelFile, identityOf, type ModelFile } from '../evaluate/model-file.ts';
import { missingOps } from './missing-ops.ts';
import { outcomeOf, unreadText, type PairReport, type ParityReport, type Unread } from './parity-report.ts';

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
  reporter.stage('read', 'Reading the model');
  const file = await decodeModelFile(order.model);
  const reading = readGraph(file);
  reporter.stage('probe', 'Trying every runtime');
  const probed = await probeRuntimes({ signal, only: worthTrying(order, reading.imported !== undefined) });
  signal.throwIfAborted();
  return compareSubject({ file, ...reading, probed }, order, reporter, signal);
}

/** Opens a model in a runtime, which messages call `name`. */
export type Open = (name: string, way: Way, model: ModelUnderTest, signal: AbortSignal) => Promise<OpenModel>;

/** A model with what was read from it, and what runtimes there are. */
export interface Subject {
  readonly file: ModelFile;
  readonly imported?: ImportedModel | undefined;
  /** Why nothing was read from it. */
  readonly refusal?: NascentError | undefined;
  /** The file that runtimes read the graph from, where it is another one. */
  readonly graphPath?: string;
  /** How a model is opened (default: in a process of its own, within the limits of the order). */
  readonly open?: Open;
  readonly probed: readonly RuntimeReport[];
}

/** Nobody waits for runtimes that were not named, or that run only graphs where none was read. */
function worthTrying({ runtimes: named }: ParityOrder, isRead: boolean): readonly RuntimeName[] {
  return runtimeNames.filter((name) => {
    if (name === 'onnxruntime-cpu') return true;
    return (isRead || runtimes[name].runs.what === 'file') && (named?.includes(name) ?? true);
  });
}

/** The graph of a file, or why there is none: what is not read here is still compared in runtimes that take the file. */
function readGraph({ model, path }: ModelFile): Pick<Subject, 'imported' | 'refusal'> {
  try {
    return { imported: importOnnx(model, path) };
  } catch (error) {
    if (error instanceof NascentError) return { refusal: error };
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
  const resolved = parityOrder.parse(order);
  const ready = readyRuntimes(subject.probed, resolved.runtimes);
  const inputs = await inputsFor(subject.file, resolved, reporter, signal);
  try {
    return await compareAll(subject, ready, inputs, resolved, reporter, signal);
  } finally {
    await inputs.pair.real?.source.close();
  }
}

async function compareAll(
  { file, refusal, probed, graphPath, open }: Subject,
  ready: ReadonlyMap<string, RuntimeReport>,
  { pair: inputs, seeded, real }: Inputs,
  resolved: CheckedParityOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<ParityReport> {
  const started = performance.now();
  const named = resolved.runtimes;
  const model = { path: file.path, graphPath };
  const { timeout: seconds, memory = hostMemory() / 2 } = resolved;
  const openIn: Open =
    open ?? ((...given) => openProcess(given[0], given[1], given[2], { seconds, memory }, given[3]));
  if (!ready.has('onnxruntime-cpu')) throw unready('onnxruntime-cpu', probed);
  const of = (name: RuntimeName) => {
    const { version = nascentVersion(), device = 'cpu' } = ready.get(name) ?? {};
    return { name, version, device };
  };
  const isAsked = ({ way, runtime, runs }: Pair) => {
    if (way.what === 'plugin') return true;
    // Whoever names the reference asks how onnxruntime is to it.
    const isNamed =
      named?.some((name) => name === runtime || (name === 'reference' && runtime === 'onnxruntime-cpu')) ??
      true;
    return isNamed && ready.has(runtime) && (unread === null || runs === 'the file');
  };
  const unread = refusal === undefined ? null : unreadOf(file, refusal);
  if (unread !== null) reporter.note(unreadText(unread));
  const asked = [...allPairs, ...resolved.plugins.map(pluginPair)].filter(isAsked);
  for (const { name: row } of asked) {
    for (const column of columns) reporter.check({ row, column, outcome: 'waiting', text: '' });
  }
  for (const report of probed) {
    if (report.status === 'ready') continue;
    reporter.check({
      row: report.name,
      column: columns[0],
      outcome: 'skipped',
      text: `not ready: ${report.reason}`,
    });
  }
  const truth = () => openIn('reference', { what: 'truth' }, model, signal);
  const standIn = () => openIn(standInName, standInWay, model, signal);
  const expected = await answersOf(
    unread === null ? truth : undefined,
    standIn,
    inputs,
    resolved.slowSeconds,
    reporter,
    signal,
  ).catch((error: unknown) => {
    throw refusedByAll(error, refusal);
  });
  const gate = gateOf(resolved, isCoarse(file.model), measurements(expected));
  const pairs: PairReport[] = [];
  for (const pair of asked) {
    // It is what the others are compared with.
    if (pair.name === standInName && expected.truths === 0) continue;
    const { version = '', device = '' } = ready.get(pair.runtime) ?? {};
    const task = {
      pair,
      version,
      device,
      gate,
      slowSeconds: resolved.slowSeconds,
      open: () => openIn(pair.name, pair.way, model, signal),
    };
    pairs.push(await comparePair(task, inputs, expected, reporter, signal));
  }
  const [first] = inputs.seeded;
  const layersOf = async (): Promise<readonly LayerReport[]> =>
    withLayers(model, file.model, async (exposed) => {
      if (first === undefined) return [];
      const known = await answersOf(
        unread === null ? () => openIn('reference', { what: 'truth' }, exposed, signal) : undefined,
        () => openIn(standInName, standInWay, exposed, signal),
        { seeded: [first], real: undefined },
        resolved.slowSeconds,
        reporter,
        signal,
      );
      const [answer] = known.seeded;
      const found: LayerReport[] = [];
      for (const pair of asked) {
        if (answer === undefined || (pair.name === standInName && known.truths === 0)) continue;
        reporter.stage('parity', `${pair.name}, every value in between`);
        const openPair = () => openIn(pair.name, pair.way, exposed, signal);
        const layerGate = gateOf(resolved, isCoarse(file.model), measurements(known));
        found.push(await compareLayers(pair, openPair, file.model, first, answer, layerGate));
      }
      return found;
    });
  const layers = resolved.layers ? await layersOf() : undefined;
  return {
    model: identityOf(file),
    baseline: expected.truths > 0 ? of('reference') : { ...of('onnxruntime-cpu'), name: standInName },
    truth: { inputs: expected.truths, why: expected.untold },
    seeded,
    gate: gateText(gate),
    unread,
    // Of the images, those that could be read.
    real:
      inputs.real === undefined
        ? real
        : { dataset: inputs.real.source.name, images: expected.real?.shape[0] ?? 0 },
    pairs,
    ...(layers !== undefined && { layers }),
    unavailable: probed.flatMap((report) =>
      report.status === 'unavailable'
        ? [{ runtime: report.name, reason: report.reason, fix: report.fix }]
        : [],
    ),
    seconds: (performance.now() - started) / 1000,
    outcome: outcomeOf(pairs),
  };
}

/** Throws where one that was named is not ready: leaving it out would look like agreement. */
function readyRuntimes(
  probed: readonly RuntimeReport[],
  named: CheckedParityOrder['runtimes'],
): ReadonlyMap<string, RuntimeReport> {
  const ready = new Map(
    probed.filter(({ status }) => status === 'ready').map((report) => [report.name as string, report]),
  );
  const missing = named?.find((name) => !ready.has(name));
  if (missing !== undefined) throw unready(missing, probed);
  return ready;
}

function unready(name: RuntimeName, probed: readonly RuntimeReport[]): NascentError {
  const report = probed.find((one) => one.name === name);
  const [reason, fix] =
    report?.status === 'unavailable'
      ? [report.reason, report.fix]
      : ['it was not tried', 'Run `nascent doctor`.'];
  return new NascentError('runtime/unavailable', `${name} cannot be compared: ${reason}`, { help: fix });
}

function measurements({ seeded }: Answers): readonly Measurement[] {
  return seeded.flatMap((answer): Measurement[] =>
    [...(answer?.spreads ?? [])].flatMap(([output, spread]) => {
      const truth = answer?.outputs.get(output);
      return truth === undefined ? [] : [{ output, truth, spread }];
    }),
  );
}

/** Where a file is not read here and onnxruntime does not run it either, both say why. */
function refusedByAll(error: unknown, refusal: NascentError | undefined): unknown {
  if (refusal === undefined || !(error instanceof NascentError)) return error;
  const message = `${refusal.message}\n${messageOf(error)}`;
  return new NascentError(refusal.code, message, { help: refusal.help, cause: error });
}

function unreadOf({ model }: ModelFile, refusal: NascentError): Unread {
  return { reason: refusal.message, missing: missingOps(model) };
}
