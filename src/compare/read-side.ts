/** What is compared, as it is read from the disk: a run's folder, whole or damaged, or a genotype. Nothing is written. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isDataName } from '../data/registry.ts';
import { NascentError } from '../errors.ts';
import { alphas as alphasLog } from '../run/artefacts/alphas.ts';
import { metrics as metricsLog } from '../run/artefacts/metrics.ts';
import type { ReadMetrics } from '../run/artefacts/metrics.ts';
import { validation } from '../run/artefacts/results.ts';
import { openRun } from '../run/directory.ts';
import type { Json, RunStatus } from '../run/record.ts';
import { hasTraining, trainingFolder } from '../run/searched.ts';
import { statusOf } from '../run/status.ts';
import { deriveFrom, loggedAfter } from '../search/derive.ts';
import type { Genotype } from '../space/space.ts';
import type { Task, TaskName } from '../tasks/task.ts';
import { taskOf, tasks } from '../tasks/tasks.ts';
import { lenientJson, lenientLog, lenientRecord, lenientValue } from './lenient.ts';
import type { Notes } from './lenient.ts';

/** A search, or a training, as its folder has it. */
export interface ReadStage {
  readonly stage: 'search' | 'train';
  readonly path: string;
  readonly task: TaskName | undefined;
  readonly dataset: string | undefined;
  readonly from: string | undefined;
  readonly preset: string | undefined;
  readonly status: RunStatus | undefined;
  readonly reason: string | undefined;
  readonly seed: number | undefined;
  readonly runtime: string | undefined;
  /** With what an earlier version did not know, as it did it. */
  readonly settings: Readonly<Record<string, Json>>;
  readonly metrics: readonly ReadMetrics[];
  readonly images: z.output<typeof imagesSchema> | undefined;
  readonly corpus: z.output<typeof corpusSchema> | undefined;
  readonly validation: z.output<typeof validation.schema> | undefined;
}

export interface ReadSide {
  readonly given: string;
  readonly kind: 'search' | 'training' | 'genotype' | undefined;
  readonly task: TaskName | undefined;
  readonly stages: readonly ReadStage[];
  readonly genotype: { readonly value: Genotype; readonly from: string } | undefined;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly notes: readonly string[];
}

/** What decides whether two runs saw the same: `src/tasks` has the whole of these files. */
const imagesSchema = z.looseObject({
  height: z.int().positive(),
  width: z.int().positive(),
  classes: z.array(z.string()),
  count: z.int().optional(),
  sha256: z.string().optional(),
});
const corpusSchema = z.looseObject({
  level: z.string().optional(),
  words: z.int().positive(),
  vocabulary_sha256: z.string(),
  used: z.record(z.string(), z.object({ tokens: z.int(), sha256: z.string() })).optional(),
});

/** Whether it reads text by characters: by what it read, or else by its settings. */
export function byCharacters({ corpus, settings }: ReadStage): boolean {
  return (corpus?.level ?? settings['level']) === 'character';
}

/** Any of these says that a folder is, or was, a run. */
const tracesOfRuns = ['run.json', 'metrics.jsonl', 'alphas.jsonl', 'events.jsonl', 'checkpoints'];

/** Whether there is a run at a path, or what is left of one. */
export function isRunFolder(path: string): boolean {
  try {
    const names = new Set(readdirSync(path));
    return tracesOfRuns.some((name) => names.has(name));
  } catch {
    return false;
  }
}

/** A genotype that was given as one. */
export function genotypeSide(given: string, task: TaskName, value: Genotype): ReadSide {
  const published = tasks[task].space.publishedName(given);
  const from = published === undefined ? 'as given' : `published as ${published}`;
  return { given, kind: 'genotype', task, stages: [], genotype: { value, from }, files: [], notes: [] };
}

/** A run in whatever state it is: what cannot be read is a note. */
export function runSide(path: string): ReadSide {
  const notes: string[] = [];
  const own = readStage(path, (text) => notes.push(text));
  const inTraining: Notes = (text) => notes.push(`train/${text}`);
  const trained =
    own.stage === 'search' && hasTraining(path) ? readStage(trainingFolder(path), inTraining) : undefined;
  // The model in the folder of a search is that of its training.
  const training =
    trained === undefined ? [] : [{ ...trained, validation: own.validation ?? trained.validation }];
  const task = own.task ?? training[0]?.task;
  return {
    given: path,
    kind: isBare(own) ? undefined : own.stage === 'search' ? 'search' : 'training',
    task,
    stages: [own, ...training],
    genotype: task === undefined ? undefined : cellsOf(path, own, tasks[task], (text) => notes.push(text)),
    files: modelsIn(path),
    notes,
  };
}

function readStage(path: string, note: Notes): ReadStage {
  if (!existsSync(join(path, 'run.json'))) note('run.json is missing');
  const record = lenientRecord(path, note);
  const metrics = lenientLog(path, metricsLog, note);
  // A training has no alphas.
  const stage = record.kind ?? (existsSync(join(path, 'alphas.jsonl')) ? 'search' : 'train');
  const { data, from, preset, settings } = record.config ?? {};
  const dataset = stringOr(data);
  const task =
    dataset !== undefined && isDataName(dataset) ? taskOf(dataset).name : taskInFiles(path, metrics);
  return {
    stage,
    path,
    task,
    dataset,
    from: stringOr(from),
    preset: stringOr(preset),
    status: statusIn(path) ?? record.status,
    reason: record.reason,
    seed: record.seed,
    runtime: record.engine,
    settings: settingsIn(stage, task, settings),
    metrics,
    images: lenientValue(path, { name: 'images.json', schema: imagesSchema }, note),
    corpus: lenientValue(path, { name: 'corpus.json', schema: corpusSchema }, note),
    validation: lenientValue(path, validation, note),
  };
}

/** Whether nothing is left that says what it was. */
function isBare({ stage, status, metrics, dataset }: ReadStage): boolean {
  return stage === 'train' && status === undefined && dataset === undefined && metrics.length === 0;
}

const stringOr = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Of a run whose run.json does not say: what else there is of it. */
function taskInFiles(path: string, metrics: readonly ReadMetrics[]): TaskName | undefined {
  if (existsSync(join(path, 'images.json'))) return 'images';
  if (existsSync(join(path, 'corpus.json'))) return 'text';
  const quietly: Notes = () => {};
  const genotype = lenientJson(path, 'genotype.json', quietly);
  const keys = new Set(
    [...metrics, ...lenientLog(path, alphasLog, quietly).slice(-1), genotype ?? {}].flatMap((each) =>
      Object.keys(each),
    ),
  );
  const has = (...names: readonly string[]) => names.some((name) => keys.has(name));
  if (has('valid_accuracy', 'train_accuracy', 'normal')) return 'images';
  return has('valid_perplexity', 'train_perplexity', 'recurrent', 'nodes') ? 'text' : undefined;
}

/** Undefined where the run cannot be opened: who works on it does not matter then. */
function statusIn(path: string): RunStatus | undefined {
  try {
    return statusOf(openRun(path));
  } catch {
    return undefined;
  }
}

/** As the table has them; as they are written where that cannot be. */
function settingsIn(
  stage: 'search' | 'train',
  task: TaskName | undefined,
  settings: unknown,
): Readonly<Record<string, Json>> {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) return {};
  const parsed = task === undefined ? undefined : tasks[task][stage].schema.safeParse(settings);
  return (parsed?.success === true ? parsed.data : settings) as Readonly<Record<string, Json>>;
}

/** The cells of a run: those it ended with, was given, or would be derived now. */
function cellsOf(path: string, { stage, status }: ReadStage, task: Task, note: Notes): ReadSide['genotype'] {
  const { space } = task;
  const attempt = (read: () => Genotype, from: string) => {
    try {
      return { value: read(), from };
    } catch (error) {
      if (!(error instanceof NascentError)) throw error;
      note(`the cells of ${from} cannot be read: ${error.message}`);
      return undefined;
    }
  };
  const written = lenientJson(path, 'genotype.json', note);
  const found = written === undefined ? undefined : attempt(() => space.validate(written), 'genotype.json');
  if (found !== undefined) return found;
  if (stage === 'train') {
    const { genotype } = lenientRecord(path, () => {}).config ?? {};
    return genotype === undefined ? undefined : attempt(() => space.validate(genotype), 'run.json');
  }
  try {
    const { genotype, source } = deriveFrom(openRun(path));
    if (status !== 'done') note(`its cells are not final: derived from ${source}`);
    return { value: genotype, from: source };
  } catch {
    // Whatever is wrong with the checkpoints: the log has the cells of every epoch.
    const last = lenientLog(path, alphasLog, () => {}).findLast(({ genotype }) => genotype !== undefined);
    if (last === undefined) {
      note('it has no cells yet');
      return undefined;
    }
    const source = loggedAfter(last.epoch);
    note(`its cells are those of ${source}`);
    return attempt(() => space.validate(last.genotype), source);
  }
}

const modelNames = ['model.onnx', 'model-unrolled.onnx'];

function modelsIn(path: string): ReadSide['files'] {
  return modelNames.flatMap((name) => {
    const found = statSync(join(path, name), { throwIfNoEntry: false });
    return found?.isFile() === true ? [{ name, bytes: found.size }] : [];
  });
}
