/**
 * From a trained run, or from a genotype, to an ONNX file. The same run gives the same bytes.
 */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { requireValid } from '../../exporters/onnx/check/check.ts';
import { askedOptions, askedPasses, throughPasses } from '../../exporters/passes/passes.ts';
import type { OnnxModel } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { sha256, writeFileWhole } from '../files/files.ts';
import { requireSignal } from '../files/progress.ts';
import { countParameters } from '../graph/count.ts';
import type { StoredCheckpoint } from '../run/checkpoints.ts';
import { parseRecorded } from '../run/config.ts';
import { openRun, type Run } from '../run/directory.ts';
import { requireReporter, type Reporter } from '../run/reporter.ts';
import { trainedRun } from '../run/searched.ts';
import { nascentVersion } from '../run/versions.ts';
import { recordedTraining } from '../tasks/recorded.ts';
import type { TaskName } from '../tasks/task.ts';
import { taskOf } from '../tasks/tasks.ts';
import type { Cost } from './cost.ts';
import type { Formatted, FormatRow } from './formats/format.ts';
import { formats, requireEnding, requireFormat, type FormatName } from './formats/formats.ts';
import type { Gain } from './gain.ts';
import type { LayerNoise } from './layer-noise.ts';
import type { Likeness } from './likeness.ts';
import type { Model, WhichCheckpoint } from './model.ts';
import type { Exported, ExportOrder, GenotypeExport, RunExport } from './order.ts';
import type { Proof } from './proof.ts';
import { requireTogether } from './together.ts';

// Read when they are asked for, as is what fewer bits need: most exports are of one task, and plain, and take a second.
const makers = {
  images: async () => (await import('./images.ts')).imageModels,
  text: async () => (await import('./text.ts')).textModels,
} as const;

/** What was written, and what it holds. */
export interface ExportOutcome {
  readonly task: TaskName;
  readonly format: FormatName;
  /** The file, or of a format that is a folder the folder. */
  readonly file: string;
  /** Of all that was written for the model, the vocabulary apart. */
  readonly bytes: number;
  /** Of the model itself. */
  readonly sha256: string;
  readonly parameters: number;
  /** Multiply-accumulates for one image, or one token. */
  readonly macs: number;
  /** Nodes of the graph in the file. */
  readonly nodes: number;
  /** How far the answers are from those without the other options; null where there are none but int8. */
  readonly proof: Proof | null;
  /** How alike the logits in 8 bits are to those in float32; null without int8. */
  readonly likeness: Likeness | null;
  /** What int8 or fp16 gains in size and time; null without them. */
  readonly gain: Gain | null;
  /** What int8 or fp16 costs; null without them, and where there is nothing to measure it on. */
  readonly cost: Cost | null;
  /** What each layer loses by int8, the noisiest first; null without it, and of text. */
  readonly layers: readonly LayerNoise[] | null;
  /** What the model is read by, where there is such a file: a vocabulary. */
  readonly beside: {
    readonly title: string;
    readonly file: string;
    readonly entries: number;
    readonly unit: string;
  } | null;
}

/** @throws what `exportRun` and `exportGenotype` throw */
export function exportJob(
  order: ExportOrder,
  reporter: Reporter,
  signal?: AbortSignal,
): Promise<ExportOutcome> {
  return 'run' in order ? exportRun(order, reporter, signal) : exportGenotype(order, reporter, signal);
}

/**
 * Writes the model of a trained run into its folder, or to `out`.
 *
 * @throws NascentError 'data/missing' where there is nothing trained yet, 'run/damaged' naming what does not fit,
 *   'input/invalid' where `out` is to lie beside another vocabulary or a pass does not fit the model, 'gate/failed' where
 *   a pass changed its answers or fewer bits cost too much, 'disk/full', 'disk/failed'
 */
export async function exportRun(
  order: RunExport,
  reporter: Reporter,
  signal: AbortSignal = new AbortController().signal,
): Promise<ExportOutcome> {
  requireReporter(reporter, 'exportRun');
  requireSignal(signal, 'exportRun');
  const { run: path, checkpoint: asked, out, unroll } = order;
  reporter.stage('export', 'Exporting to ONNX');
  const trained = trainedRun(path);
  const record = trained.record();
  const config = parseRecorded(recordedTraining, record.config, trained.path);
  const task = taskOf(config.data).name;
  const maker = await makers[task]();
  const which = asked ?? maker.checkpoint;
  const checkpoint = checkpointOf(trained, which, maker.unmeasured);
  for (const { message } of checkpoint.damaged) reporter.note(`passed over a damaged checkpoint: ${message}`);
  if (record.status !== 'done') {
    reporter.note(`the training is not finished (${record.status}); its ${which} checkpoint is exported`);
  } else if (which === 'best' && which !== maker.checkpoint) {
    reporter.note(
      `the checkpoint ${checkpoint.name}: the best on ${maker.measuredOn(config, trained)}, which say less of a model chosen by them`,
    );
  }
  const model = await maker.ofRun({ run: trained, config, checkpoint, which, seed: record.seed }, { unroll });
  const inFolder = formats[order.format ?? 'onnx'].nameOf(model.name);
  const file = out === undefined ? join(openRun(path).path, inFolder) : resolve(out);
  return write(model, task, file, order, out === undefined, reporter, signal);
}

/**
 * Writes the untrained network of a genotype.
 *
 * @throws NascentError 'space/invalid' where no network has this shape, 'space/invalid-genotype', 'input/invalid' where
 *   `unroll` is no number of steps, 'disk/full'
 */
export async function exportGenotype(
  order: GenotypeExport,
  reporter: Reporter,
  signal: AbortSignal = new AbortController().signal,
): Promise<ExportOutcome> {
  requireReporter(reporter, 'exportGenotype');
  requireSignal(signal, 'exportGenotype');
  reporter.stage('export', 'Exporting to ONNX');
  const model =
    order.task === 'images'
      ? await (await makers.images()).ofGenotype(order, order)
      : await (await makers.text()).ofGenotype(order, order);
  const outcome = await write(model, order.task, resolve(order.out), order, false, reporter, signal);
  reporter.note((await makers[order.task]()).untrainedNote);
  return outcome;
}

/** @param replace whether what lies beside the file is this run's own, to be written over */
async function write(
  model: Model,
  task: TaskName,
  file: string,
  order: Exported,
  replace: boolean,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<ExportOutcome> {
  const { opset = 17, passes = {}, format: name = 'onnx', externalData = false } = order;
  requireTogether(order, task);
  const { graph, weights, metadata, macs, beside } = model;
  const format: FormatRow = formats[name];
  requireFormat(name, { task, passes, externalData });
  requireEnding(name, file);
  await requireKind(file, format.kind);
  const path = beside === undefined ? undefined : join(dirname(file), beside.name);
  if (path !== undefined) await beside?.check(path, replace);
  const producerVersion = nascentVersion();
  const plain = toOnnxModel(graph, { weights, opset, name: 'nascent', producerVersion, metadata });
  const eight =
    passes.int8 === true
      ? await (await import('./eight-bits.ts')).inEightBits(plain, model, order, reporter)
      : undefined;
  const narrow = eight?.model ?? plain;
  const likeness =
    eight === undefined
      ? null
      : await (await import('./likeness.ts')).requireAlike(plain, narrow, eight.sample);
  if (passes.fp16 === true) {
    const { overflowing, overflowNote } = await import('./overflow.ts');
    const found = await overflowing(plain, model, order);
    if (found.length > 0) reporter.note(overflowNote(found));
  }
  const say = (note: string) => reporter.note(note);
  const passed = throughPasses(narrow, passes, { say, keepFloat: order.keepFloat });
  requireValid(passed, `the model after ${askedPasses(passes).join(', ')}`);
  const formatted = await format.format(passed, { file: basename(file), externalData }, reporter, signal);
  const options = [
    ...askedOptions({ ...passes, int8: false }),
    ...(externalData ? ['--external-data'] : []),
    ...(name === 'onnx' ? [] : [`--format ${name}`]),
  ];
  const proof =
    options.length === 0
      ? null
      : await asWritten(formatted, async (model) =>
          (await import('./proof.ts')).prove(
            narrow,
            { file: model, options, renamed: formatted.renamed },
            passes,
          ),
        );
  const { gain, cost } = await narrowed(plain, narrow, model, order, reporter, signal);
  for (const { name: inside, data } of formatted.files) {
    const to = format.kind === 'folder' ? join(file, inside) : join(dirname(file), inside);
    await writeFileWhole(inside === '' ? file : to, data);
  }
  if (path !== undefined) await beside?.write(path, replace);
  return {
    task,
    format: name,
    file,
    bytes: formatted.files.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0),
    sha256: sha256(formatted.model),
    parameters: countParameters(graph),
    macs,
    nodes: passed.graph.nodes.length,
    proof,
    likeness,
    gain,
    cost,
    layers: eight?.layers ?? null,
    beside:
      beside === undefined || path === undefined
        ? null
        : { title: beside.title, file: path, entries: beside.entries, unit: beside.unit },
  };
}

/** Gives what onnxruntime opens before anything is at its place: bytes, or a file with its weights beside it. */
async function asWritten<T>(
  { files, model }: Formatted,
  use: (model: string | Uint8Array) => Promise<T>,
): Promise<T> {
  const beside = files.filter(({ name }) => /[._]data$/.test(name));
  if (beside.length === 0) return use(model);
  const folder = await mkdtemp(join(tmpdir(), 'nascent-export-'));
  try {
    for (const { name, data } of beside) await writeFile(join(folder, basename(name)), data);
    const file = join(folder, 'model.onnx');
    await writeFile(file, model);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws NascentError 'input/invalid' where a file is to be written and a folder is there, or the other way round */
async function requireKind(path: string, kind: FormatRow['kind']): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isDirectory() === (kind === 'folder')) return;
  throw kind === 'folder'
    ? new NascentError('input/invalid', `${path} is a file, and this format is a folder`, {
        help: 'Give --out the name of a folder.',
      })
    : new NascentError('input/invalid', `${path} is a folder, and the model is a file`, {
        help: `Name the file in it: --out ${join(path, 'model.onnx')}.`,
      });
}

/** What fewer bits gain, where they were asked for; and what they cost, where there is something to measure on. */
async function narrowed(
  plain: OnnxModel,
  narrow: OnnxModel,
  { beside, measuredOn }: Model,
  { passes = {}, keepFloat, maxDrop }: Pick<Exported, 'passes' | 'keepFloat' | 'maxDrop'>,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<{ readonly gain: Gain | null; readonly cost: Cost | null }> {
  const { int8 = false, fp16 = false } = passes;
  if (!int8 && !fp16) return { gain: null, cost: null };
  reporter.stage('measure', 'Measuring what fewer bits gain and cost');
  // Only the bits: what comes out stays logits, which can be measured.
  const { foldBatchNorm } = passes;
  const after = fp16 ? throughPasses(narrow, { fp16, foldBatchNorm }, { keepFloat }) : narrow;
  const gain = await (await import('./gain.ts')).gainOf(plain, after, reporter, signal);
  if (measuredOn === undefined) {
    reporter.note('what fewer bits cost is not measured: the network is not trained');
    return { gain, cost: null };
  }
  const allowed = maxDrop ?? (int8 ? 1 : 0.1);
  const { costOf } = await import('./cost.ts');
  const cost = await costOf({ before: plain, after, beside }, measuredOn, allowed, reporter, signal);
  return { gain, cost };
}

function checkpointOf(run: Run, which: WhichCheckpoint, unmeasured: string): StoredCheckpoint {
  const found = which === 'last' ? run.latestCheckpoint() : run.bestCheckpoint();
  if (found !== undefined) return found;
  throw which === 'last' || run.latestCheckpoint() === undefined
    ? new NascentError('data/missing', `the training in ${run.path} has no checkpoint yet`, {
        help: `Resume it: nascent train --resume ${run.path}`,
      })
    : new NascentError('data/missing', `the training in ${run.path} has no best checkpoint`, {
        help: `${unmeasured}. Export the last one: --checkpoint last.`,
      });
}
