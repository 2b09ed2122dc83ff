/**
 * The main job, end to end: engine, data, search, training, export, validation, parity, in one run folder, whatever the
 * task.
 *
 * Each part finds what an earlier attempt finished and goes on from there, so a demo that was stopped is resumed by
 * running it again on the same folder.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { datasetNamed, type DataName } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import type { AnyValidateOrder, AnyValidation } from '../../evaluate/validate.ts';
import { lastEpoch, numberIn } from '../../learn/record.ts';
import type { ExportOutcome } from '../../model/export.ts';
import type { ParityReport } from '../../parity/parity-report.ts';
import type { ParityOrder } from '../../parity/parity.ts';
import { cellDrawings } from '../../report/cells.ts';
import { writeArtefact } from '../../run/artefacts/artefact.ts';
import { parity as parityFile, validation as validationFile } from '../../run/artefacts/results.ts';
import { openRun } from '../../run/directory.ts';
import { failureOf } from '../../run/failure.ts';
import { finishedGenotype, trainingFolder } from '../../run/searched.ts';
import type { EngineName } from '../../runtime/engine.ts';
import type { Genotype } from '../../space/space.ts';
import type { RecordedSearch, RecordedTraining } from '../../tasks/recorded.ts';
import type { AnyTrainConfig, Task } from '../../tasks/task.ts';
import { taskOf } from '../../tasks/tasks.ts';
import type { TrainOutcome } from '../../train/job.ts';
import type { GivenData } from '../input/data.ts';
import { dataProgress } from '../shell/data-progress.ts';
import { setUp, setUpOnnxruntime } from '../shell/set-up.ts';
import type { Work } from '../shell/work.ts';
import { demoRows } from './rows.ts';

export interface DemoOptions {
  /** The run folder. */
  readonly run: string;
  readonly data: GivenData;
  readonly engine: EngineName | undefined;
  /** For the parts that are not begun yet. */
  readonly search: RecordedSearch;
  readonly training: (genotype: Genotype, source: string) => RecordedTraining;
  /** Test images that the runtimes are compared on. */
  readonly parityImages?: number;
}

export interface DemoResult {
  readonly run: string;
  readonly data: GivenData;
  readonly search: CellsFound;
  readonly train: TrainOutcome;
  readonly model: ExportOutcome;
  readonly validation: AnyValidation;
  readonly parity: ParityReport;
  /** All of it, and of that what was spent on getting engine and data. */
  readonly seconds: { readonly total: number; readonly preparation: number };
}

export interface CellsFound {
  readonly genotype: Genotype;
  readonly seconds: number;
  /** Which engine, and why. */
  readonly why: string;
  /** Null where an earlier attempt had finished the search. */
  readonly steps: number | null;
}

/** @throws what the parts throw */
export async function demo(options: DemoOptions, work: Work): Promise<DemoResult> {
  const { run, data } = options;
  const task = taskOf(data.data);
  const row = demoRows[task.name];
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  await prepareEngine(options.engine, work);
  if (data.from === undefined) await getData(data.data, work);
  const preparation = seconds();
  const search = await searchCells(options, task, work);
  const svg = cellDrawings[task.name].svg(search.genotype, { title: row.title, subtitle: run });
  await openRun(run).writeFile('cells.svg', svg);
  const train = await trainNetwork(options, search, work);
  const model = await work.job('export', { run });
  const folder = openRun(run);
  const file = join(run, 'model.onnx');
  const settings = trainingSettings(run);
  const validateOrder = { model: file, ...data, ...row.validate(settings) } as AnyValidateOrder;
  const validation = await work.job('validate', validateOrder);
  await writeArtefact(folder, validationFile, validation);
  const { parityImages } = options;
  const parityOrder = {
    model: file,
    ...data,
    ...(parityImages !== undefined && task.name === 'images' && { images: parityImages }),
  } as ParityOrder;
  const parity = await work.job('parity', parityOrder);
  await writeArtefact(folder, parityFile, parity);
  return { run, data, search, train, model, validation, parity, seconds: { total: seconds(), preparation } };
}

/** The settings that the network was trained with. */
function trainingSettings(run: string): AnyTrainConfig {
  const { config } = openRun(trainingFolder(run)).record();
  return config['settings'] as unknown as AnyTrainConfig;
}

/**
 * The exported model is measured by onnxruntime, so that must be there. Without TensorFlow everything runs on it, so a
 * set-up that fails is told and no more.
 */
async function prepareEngine(engine: EngineName | undefined, { report, stop }: Work): Promise<void> {
  await setUpOnnxruntime(stop, report);
  if (engine !== undefined && engine !== 'tfjs-node-gpu') return;
  try {
    await setUp({ signal: stop }, report);
  } catch (error) {
    const known = error instanceof NascentError && error.code !== 'interrupted';
    if (engine !== undefined || !known) throw error;
    report({ kind: 'failed', error: failureOf(error) });
    report({ kind: 'note', text: `${error.message}\nonnxruntime is used instead. ${error.help}` });
  }
}

async function getData(name: DataName, { report, stop }: Work): Promise<void> {
  const { title, origin } = datasetNamed(name);
  if (origin.kind !== 'published') return;
  report({ kind: 'stage', stage: 'data', title: `Getting ${title}` });
  const { alreadyThere, source } = await origin.get({
    signal: stop,
    onProgress: dataProgress(title, report),
  });
  report({ kind: 'note', text: alreadyThere ? `${title} was there already` : `${title} from ${source}` });
}

async function searchCells(options: DemoOptions, { space }: Task, { job }: Work): Promise<CellsFound> {
  const { run, search: config } = options;
  const engine = options.engine === undefined ? {} : { engine: options.engine };
  if (!existsSync(join(run, 'run.json'))) return job('search', { kind: 'new', out: run, config, ...engine });
  const genotype = finishedGenotype(run, (json) => space.fromJson(json));
  if (genotype === undefined) return job('search', { kind: 'resume', run, ...engine });
  const folder = openRun(run);
  const why = `${folder.record().engine}, as recorded`;
  return { genotype, seconds: numberIn(lastEpoch(folder), 'seconds'), why, steps: null };
}

async function trainNetwork(
  options: DemoOptions,
  { genotype }: CellsFound,
  { job }: Work,
): Promise<TrainOutcome> {
  const { run: source, training } = options;
  const engine = options.engine === undefined ? {} : { engine: options.engine };
  const out = trainingFolder(source);
  return existsSync(join(out, 'run.json'))
    ? job('train', { kind: 'resume', run: out, ...engine })
    : job('train', { kind: 'new', out, config: training(genotype, source), ...engine });
}
