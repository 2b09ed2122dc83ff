/**
 * The main job, end to end: engine, data, search, training, export, validation, parity, in one run directory.
 *
 * Each part finds what an earlier attempt finished and goes on from there, so a demo that was stopped is taken up by
 * running it again on the same directory.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { DatasetName } from '../../data/datasets.ts';
import { datasetNamed, type DataName } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import type { ExportOutcome } from '../../model/export.ts';
import { genotypeSvg } from '../../report/svg.ts';
import { writeArtefact } from '../../run/artefacts/artefact.ts';
import { parity as parityFile, validation as validationFile } from '../../run/artefacts/results.ts';
import { openRun } from '../../run/directory.ts';
import { failureOf } from '../../run/failure.ts';
import type { EngineName } from '../../runtime/engine.ts';
import type { SearchConfig } from '../../tasks/images/search-settings.ts';
import type { SearchOutcome } from '../../search/job.ts';
import { genotypeFromJson } from '../../space/images/genotype-json.ts';
import type { TrainConfig } from '../../tasks/images/train-settings.ts';
import type { TrainOutcome } from '../../train/job.ts';
import { finishedGenotype, trainingFolder } from '../../run/searched.ts';
import type { Validation } from '../../evaluate/accuracy.ts';
import type { ParityReport } from '../../parity/parity-report.ts';
import { lastTest } from '../commands/train.ts';
import { dataProgress } from '../shell/data-progress.ts';
import { setUp, setUpOnnxruntime } from '../shell/set-up.ts';
import type { Work } from '../shell/work.ts';

export interface DemoOptions {
  /** The run directory. */
  readonly run: string;
  readonly data: DatasetName;
  readonly engine: EngineName | undefined;
  /** For the parts that are not begun yet. */
  readonly preset: string;
  readonly search: SearchConfig;
  readonly train: TrainConfig;
  /** Test images that the runtimes are compared on. */
  readonly parityImages: number;
}

export interface DemoResult {
  readonly run: string;
  readonly data: DatasetName;
  readonly search: CellsFound;
  readonly train: TrainOutcome;
  /** How the trained network did in the runtime that trained it. */
  readonly tested: ReturnType<typeof lastTest>;
  readonly model: ExportOutcome;
  readonly validation: Validation;
  readonly parity: ParityReport;
  /** All of it, and of that what was spent on getting engine and data. */
  readonly seconds: { readonly total: number; readonly preparation: number };
}

export type CellsFound = Pick<SearchOutcome, 'genotype' | 'seconds' | 'why'> & {
  /** Null where an earlier attempt had finished the search. */
  readonly steps: number | null;
};

/** @throws what the parts throw */
export async function demo(options: DemoOptions, work: Work): Promise<DemoResult> {
  const { run, data } = options;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  await prepareEngine(options.engine, work);
  await getData(data, work);
  const preparation = seconds();
  const search = await searchCells(options, work);
  const svg = genotypeSvg(search.genotype, { title: 'Cells found by DARTS', subtitle: run });
  await openRun(run).writeFile('cells.svg', svg);
  const train = await trainNetwork(options, search, work);
  const model = await work.job('export', { run });
  const folder = openRun(run);
  const file = join(run, 'model.onnx');
  const validation = await work.job('validate', { model: file, data });
  await writeArtefact(folder, validationFile, validation);
  const parity = await work.job('parity', { model: file, data, images: options.parityImages });
  await writeArtefact(folder, parityFile, parity);
  const tested = lastTest(openRun(trainingFolder(run)));
  return {
    run,
    data,
    search,
    train,
    tested,
    model,
    validation,
    parity,
    seconds: { total: seconds(), preparation },
  };
}

/**
 * The exported model is measured by onnxruntime, so that must be there. Without TensorFlow everything runs on it, so a
 * set-up that fails is told and no more.
 */
export async function prepareEngine(engine: EngineName | undefined, { report, stop }: Work): Promise<void> {
  await setUpOnnxruntime(stop, report);
  if (engine !== undefined && engine !== 'tfjs-node-gpu') return;
  try {
    await setUp({ signal: stop }, report);
  } catch (error) {
    const known = error instanceof NascentError && error.code !== 'interrupted';
    if (engine !== undefined || !known) throw error;
    report({ kind: 'failed', error: failureOf(error) });
    report({ kind: 'note', text: `${error.message}\nGoing on with onnxruntime. ${error.help}` });
  }
}

export async function getData(name: DataName, { report, stop }: Work): Promise<void> {
  const { title, origin } = datasetNamed(name);
  if (origin.kind !== 'published') return;
  report({ kind: 'stage', stage: 'data', title: `Getting ${title}` });
  const { alreadyThere, source } = await origin.get({
    signal: stop,
    onProgress: dataProgress(title, report),
  });
  report({ kind: 'note', text: alreadyThere ? `${title} was there already` : `${title} from ${source}` });
}

async function searchCells(options: DemoOptions, { job }: Work): Promise<CellsFound> {
  const { run, data, preset, search: settings } = options;
  const engine = options.engine === undefined ? {} : { engine: options.engine };
  if (!existsSync(join(run, 'run.json'))) {
    return job('search', { kind: 'new', out: run, config: { data, preset, settings }, ...engine });
  }
  const genotype = finishedGenotype(run, genotypeFromJson);
  if (genotype === undefined) return job('search', { kind: 'resume', run, ...engine });
  const folder = openRun(run);
  const last = folder.readMetrics().findLast((record) => record['kind'] === 'epoch');
  const why = `${folder.record().engine}, as recorded`;
  return { genotype, seconds: Number(last?.['seconds'] ?? Number.NaN), why, steps: null };
}

async function trainNetwork(
  options: DemoOptions,
  { genotype }: CellsFound,
  { job }: Work,
): Promise<TrainOutcome> {
  const { run: source, data, preset, train: settings } = options;
  const engine = options.engine === undefined ? {} : { engine: options.engine };
  const out = trainingFolder(source);
  return existsSync(join(out, 'run.json'))
    ? job('train', { kind: 'resume', run: out, ...engine })
    : job('train', { kind: 'new', out, config: { data, preset, source, genotype, settings }, ...engine });
}
