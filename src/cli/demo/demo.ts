/**
 * The main job, end to end: runtime, data, search, training, export, validation, parity, in one run folder, whatever the
 * task.
 *
 * Each part finds what an earlier attempt finished and resumes from there, so a demo that was stopped is resumed by
 * running it again on the same folder.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { datasetNamed, type DataName } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import type { AnyValidateOrder } from '../../evaluate/order.ts';
import type { AnyValidation } from '../../evaluate/validate.ts';
import { lastEpoch, numberIn } from '../../learn/record.ts';
import type { ExportOutcome } from '../../model/export.ts';
import type { ParityReport } from '../../parity/parity-report.ts';
import type { ParityOrder } from '../../parity/order.ts';
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
import { amountOf, demoAmounts, secondsToSearch, secondsToTrain, sizedAmounts } from './amounts.ts';
import type { Amount, TrainingAmount } from './amounts.ts';
import { minutesInWords, type Minutes } from './minutes.ts';
import { demoRows } from './rows.ts';

export interface DemoOptions {
  /** The run folder. */
  readonly run: string;
  readonly data: GivenData;
  readonly engine: EngineName | undefined;
  /** About how long it may take, set-up aside. */
  readonly minutes: Minutes;
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
  /** How much was searched and trained; null for what is no amount of the table. */
  readonly amounts: { readonly search: Amount | null; readonly train: TrainingAmount | null };
  /** All of it, and of that what was spent on getting the runtime and the data. */
  readonly seconds: { readonly total: number; readonly preparation: number };
}

export interface CellsFound {
  readonly genotype: Genotype;
  readonly seconds: number;
  /** Which runtime, and why. */
  readonly why: string;
  /** Null where an earlier attempt had finished the search. */
  readonly steps: number | null;
}

/** @throws what the parts throw */
export async function demo(options: DemoOptions, work: Work): Promise<DemoResult> {
  const { run, data, minutes } = options;
  if (!existsSync(join(run, 'run.json'))) work.reporter.note(minutesInWords(minutes));
  const task = taskOf(data.data);
  const row = demoRows[task.name];
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  await prepareEngine(options.engine, work);
  if (data.from === undefined) await getData(data.data, work);
  const preparation = seconds();
  const spent = () => seconds() - preparation;
  const search = await searchCells(options, task, work, spent);
  const svg = cellDrawings[task.name].svg(search.genotype, { title: row.title, subtitle: run });
  await openRun(run).writeFile('cells.svg', svg);
  // Of an earlier attempt's search its own time is known.
  const train = await trainNetwork(options, task, search, work, () => Math.max(spent(), search.seconds));
  const model = await work.job('export', { run }, { beside: openRun(run) });
  const folder = openRun(run);
  const file = join(run, 'model.onnx');
  const settings = trainingSettings(run);
  const validateOrder = { model: file, ...data, ...row.validate(settings) } as AnyValidateOrder;
  const validation = await work.job('validate', validateOrder, { beside: folder });
  await writeArtefact(folder, validationFile, validation);
  const { parityImages } = options;
  const parityOrder = {
    model: file,
    ...data,
    ...(parityImages !== undefined && task.name === 'images' && { images: parityImages }),
  } as ParityOrder;
  const parity = await work.job('parity', parityOrder, { beside: folder });
  await writeArtefact(folder, parityFile, parity);
  const { search: searched, train: trained } = demoAmounts[task.name];
  const amounts = {
    search: amountOf(searched, folder.record().config['settings']) ?? null,
    train: amountOf(trained, settings) ?? null,
  };
  const total = seconds();
  return { run, data, search, train, model, validation, parity, amounts, seconds: { total, preparation } };
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

async function searchCells(
  options: DemoOptions,
  task: Task,
  work: Work,
  spent: () => number,
): Promise<CellsFound> {
  const { run, minutes, search: config, data } = options;
  const engine = engineOf(options);
  if (!existsSync(join(run, 'run.json'))) {
    if (minutes === 'full') return work.job('search', { kind: 'new', out: run, config, ...engine });
    return work.job('fittedSearch', {
      order: { kind: 'new', out: run, config: { ...config, minutes }, ...engine },
      fit: {
        what: 'search',
        amounts: sizedAmounts(demoAmounts[task.name].search, data.data),
        seconds: secondsToSearch(minutes, spent()),
      },
    });
  }
  const genotype = finishedGenotype(run, (found) => task.space.validate(found));
  if (genotype === undefined) return work.job('search', { kind: 'resume', run, ...engine });
  const folder = openRun(run);
  const why = `${folder.record().engine}, as recorded`;
  return { genotype, seconds: numberIn(lastEpoch(folder), 'seconds'), why, steps: null };
}

async function trainNetwork(
  options: DemoOptions,
  task: Task,
  { genotype }: CellsFound,
  work: Work,
  spent: () => number,
): Promise<TrainOutcome> {
  const { run, minutes, data } = options;
  const out = trainingFolder(run);
  const engine = engineOf(options);
  // Whoever watches the search is told that it goes on, also before there is a training to watch.
  const beside = { beside: openRun(run), as: 'training' };
  if (existsSync(join(out, 'run.json')))
    return work.job('train', { kind: 'resume', run: out, ...engine }, beside);
  const order = { kind: 'new', out, config: options.training(genotype, run), ...engine } as const;
  if (minutes === 'full') return work.job('train', order, beside);
  const fit = {
    what: 'training, measuring included',
    amounts: sizedAmounts(demoAmounts[task.name].train, data.data),
    seconds: secondsToTrain(minutes, spent()),
  };
  return work.job('fittedTrain', { order, fit }, beside);
}

function engineOf({ engine }: DemoOptions): { readonly engine?: EngineName } {
  return engine === undefined ? {} : { engine };
}
