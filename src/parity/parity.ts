/**
 * Whether every runtime does the same with a model file: `nascent parity`.
 *
 * onnxruntime runs the file, every other runtime the graph that was read from it. Seeded inputs reach what images do
 * not (odd batches, values far from any image); real images say what a difference means.
 */
import { importOnnx, type ImportedModel } from '../../exporters/onnx/import.ts';
import { isTextName } from '../data/registry.ts';
import { messageOf, NascentError } from '../errors.ts';
import type { Reporter } from '../run/reporter.ts';
import { probeRuntimes, type RuntimeReport } from '../runtime/probe/probe.ts';
import type { RuntimeName } from '../runtime/registry.ts';
import { answersOf, type Answers, type PairInputs } from './answers.ts';
import { columns, comparePair } from './compare-pair.ts';
import { allPairs, openBaseline, type ModelUnderTest, type Pair } from './pairs.ts';
import { gateOf, gateText } from './gates.ts';
import { isCoarse } from './coarse.ts';
import { parityOrder, type CheckedParityOrder, type ParityOrder } from './order.ts';
import { passedOver } from '../evaluate/image-source.ts';
import { modelAndData } from '../evaluate/language-model.ts';
import { decodeModelFile, identityOf, type ModelFile } from '../evaluate/model-file.ts';
import { fedInputs } from './fed-inputs.ts';
import { missingOps } from './missing-ops.ts';
import {
  outcomeOf,
  unreadText,
  type PairReport,
  type ParityReport,
  type RealInputs,
  type Unread,
} from './parity-report.ts';
import { realImages } from './real-inputs.ts';
import { realWords } from './real-words.ts';
import { batchesFor, seededCases } from './seeded-inputs.ts';
import { seededTexts } from './text-cases.ts';

/**
 * Runs the model in every runtime that is ready and compares each with onnxruntime-cpu. A runtime that cannot run it is
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
  const probed = await probeRuntimes({ signal });
  signal.throwIfAborted();
  return compareRuntimes({ file, ...reading, probed }, order, reporter, signal);
}

/** A model with what was read from it, and what runtimes there are. */
export interface Subject {
  readonly file: ModelFile;
  readonly imported?: ImportedModel | undefined;
  /** Why nothing was read from it. */
  readonly refusal?: NascentError | undefined;
  readonly probed: readonly RuntimeReport[];
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
export async function compareRuntimes(
  subject: Subject,
  order: ParityOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<ParityReport> {
  const resolved = parityOrder.parse(order);
  const ready = readyRuntimes(subject.probed, resolved.runtimes);
  const inputs = await inputsFor(subject, resolved, reporter, signal);
  try {
    return await compareAll(subject, ready, inputs, resolved, reporter, signal);
  } finally {
    await inputs.pair.real?.source.close();
  }
}

/** What the runtimes are given, and what a report says of it. */
interface Inputs {
  readonly pair: PairInputs;
  readonly seeded: ParityReport['seeded'];
  readonly real: RealInputs;
}

/** To be closed, where there are real images. */
async function inputsFor(
  { file }: Subject,
  resolved: CheckedParityOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Inputs> {
  const { seeds, data, from, likely } = resolved;
  const about = modelAndData(file, data ?? undefined);
  if (about.kind === 'text') {
    const { cases, batches, lengths } = seededTexts(about.model, resolved);
    const text = about.data === undefined ? undefined : { data: about.data, from };
    const own =
      likely !== undefined && isTextName(likely.data) ? { ...likely, data: likely.data } : undefined;
    const words =
      data === null ? 'none were asked for' : await realWords(about.model, { text, likely: own }, signal);
    if (typeof words === 'string') reporter.note(`only seeded words are compared: ${words}`);
    return {
      // Real words first: a slow runtime may not come to the end.
      pair: { seeded: [...(typeof words === 'string' ? [] : words.cases), ...cases], real: undefined },
      seeded: { seeds, batches, lengths },
      real:
        typeof words === 'string'
          ? { dataset: null, words: 0, reason: words }
          : { dataset: words.dataset, words: words.words, slices: words.cases.length },
    };
  }
  const fed = fedInputs(file.model);
  const batches = batchesFor(fed, resolved.batches);
  const wanted = {
    data: data === null ? null : about.data,
    from: from ?? likely?.from,
    images: resolved.images,
  };
  const images = await realImages(file, wanted, (image) => reporter.note(passedOver(image)));
  if (typeof images === 'string') reporter.note(`no real images: ${images}`);
  return {
    pair: {
      seeded: seededCases(fed, { ...resolved, batches }),
      real: typeof images === 'string' ? undefined : images,
    },
    seeded: { seeds, batches },
    real:
      typeof images === 'string'
        ? { dataset: null, images: 0, reason: images }
        : { dataset: images.source.name, images: images.source.count },
  };
}

async function compareAll(
  { file, imported, refusal, probed }: Subject,
  ready: ReadonlyMap<RuntimeName, RuntimeReport>,
  { pair: inputs, seeded, real }: Inputs,
  resolved: CheckedParityOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<ParityReport> {
  const started = performance.now();
  const named = resolved.runtimes;
  const model = { path: file.path, imported };
  const baseline = ready.get('onnxruntime-cpu');
  if (baseline === undefined) throw unready('onnxruntime-cpu', probed);
  const isAsked = ({ runtime }: Pair) =>
    ready.has(runtime) && (named === undefined || named.includes(runtime));
  const unread = refusal === undefined ? null : unreadOf(file, refusal);
  if (unread !== null) reporter.note(unreadText(unread));
  const asked = allPairs.filter((pair) => isAsked(pair) && (unread === null || pair.runs === 'the file'));
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
  const expected = await baselineAnswers(model, refusal, inputs, reporter, signal);
  const gate = gateOf(resolved, isCoarse(file.model));
  const pairs: PairReport[] = [];
  for (const pair of asked) {
    const about = ready.get(pair.runtime);
    if (about === undefined) continue;
    const { version, device } = about;
    const task = { pair, version, device, gate, slowSeconds: resolved.slowSeconds };
    pairs.push(await comparePair(task, model, inputs, expected, reporter, signal));
  }
  return {
    model: identityOf(file),
    baseline: { name: 'onnxruntime-cpu', version: baseline.version, device: baseline.device },
    seeded,
    gate: gateText(gate),
    unread,
    // Of the images, those that could be read.
    real:
      inputs.real === undefined
        ? real
        : { dataset: inputs.real.source.name, images: expected.real?.shape[0] ?? 0 },
    pairs,
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
): ReadonlyMap<RuntimeName, RuntimeReport> {
  const ready = new Map(
    probed.filter(({ status }) => status === 'ready').map((report) => [report.name, report]),
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

async function baselineAnswers(
  model: ModelUnderTest,
  refusal: NascentError | undefined,
  inputs: PairInputs,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Answers> {
  reporter.stage('parity', 'onnxruntime-cpu, the baseline');
  const opened = await openBaseline(model).catch((error: unknown) => {
    if (refusal === undefined || !(error instanceof NascentError)) throw error;
    throw new NascentError(refusal.code, `${refusal.message}\n${messageOf(error)}`, {
      help: refusal.help,
      cause: error,
    });
  });
  try {
    return await answersOf(opened, inputs, reporter, signal);
  } finally {
    opened.dispose();
  }
}

function unreadOf({ model }: ModelFile, refusal: NascentError): Unread {
  return { reason: refusal.message, missing: missingOps(model) };
}
