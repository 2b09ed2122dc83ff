/**
 * The paper's protocol (DARTS, section 3.1): several searches from several seeds, each cell trained from scratch for a
 * short while, and the best taken by data that were held back: images of the training split, or the validation text. The
 * test split chooses nothing.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { internal, NascentError } from '../errors.ts';
import { writeFileWhole } from '../files/files.ts';
import { epochsOf, lastEpoch, numberIn } from '../learn/record.ts';
import { artefactText } from '../run/artefacts/artefact.ts';
import { genotype as genotypeFile } from '../run/artefacts/genotype.ts';
import { openRun } from '../run/directory.ts';
import { flatSettings } from '../run/flat-settings.ts';
import { searchedGenotype, trainingFolder } from '../run/searched.ts';
import type { EngineName } from '../runtime/engine.ts';
import type { Genotype } from '../space/space.ts';
import type { RecordedSearch, RecordedTraining } from '../tasks/recorded.ts';
import { usualStrategy, type Metric, type TaskName } from '../tasks/task.ts';
import { taskOf } from '../tasks/tasks.ts';
import { requireFree } from './input/runs.ts';
import type { Work } from './shell/work.ts';

/** Images that choose, a tenth of CIFAR-10's training split. */
export const heldBack = 5000;

/** What the searches of a folder have in common. */
export const commonFile = 'common.json';

export interface SeedOrder {
  readonly path: string;
  readonly seeds: readonly number[];
  readonly config: RecordedSearch;
  /** How each cell is trained. */
  readonly training: (genotype: Genotype | undefined, source: string) => RecordedTraining;
  readonly engine: EngineName | undefined;
}

export interface SeedResult {
  readonly seed: number;
  readonly run: string;
  /** On the held-back data, after the short training: of images after its last epoch, of text at its best. */
  readonly value: number;
  readonly notation: string;
}

export interface SeedsResult {
  readonly task: TaskName;
  readonly metric: Metric['name'];
  readonly seeds: readonly SeedResult[];
  readonly mean: number;
  /** Sample standard deviation; 0 for a single seed. */
  readonly deviation: number;
  readonly best: SeedResult;
}

/**
 * Runs what is not finished yet, and writes `seeds.json` and the best `genotype.json` into the folder.
 *
 * @throws NascentError `run/exists` for a folder that holds something else, `input/invalid` for one with the searches of
 *   other settings, or settings by which no search could be chosen
 */
export async function seedProtocol(order: SeedOrder, work: Work): Promise<SeedsResult> {
  const task = taskOf(order.config.data);
  const { space, name } = task;
  const metric = task.metricOf(order.config.settings);
  await claimFolder(order);
  const seeds: SeedResult[] = [];
  for (const seed of order.seeds) seeds.push(await oneSeed(order, seed, work));
  const mean = seeds.reduce((sum, { value }) => sum + value, 0) / seeds.length;
  const squares = seeds.reduce((sum, { value }) => sum + (value - mean) ** 2, 0);
  const best = seeds.toSorted((a, b) => badness(metric, a.value) - badness(metric, b.value))[0];
  if (best === undefined) throw internal('no seeds');
  const deviation = Math.sqrt(squares / Math.max(1, seeds.length - 1));
  const result = { task: name, metric: metric.name, seeds, mean, deviation, best };
  await writeFileWhole(join(order.path, 'seeds.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  const genotype = searchedGenotype(best.run, (found) => space.validate(found));
  await writeFileWhole(join(order.path, genotypeFile.name), artefactText(genotypeFile, genotype));
  return result;
}

/**
 * Makes the folder that of these searches: what they have in common is written down before the first begins, since
 * searches that are compared must be alike. Seeds may be added.
 */
async function claimFolder({ path, config, training }: SeedOrder): Promise<void> {
  const { preset, settings } = training(undefined, '');
  if ('held_back' in settings && settings.held_back === 0) {
    throw new NascentError('input/invalid', 'held_back=0 leaves no images to choose among the searches by', {
      help: `Leave it out of --retrain-set, for ${heldBack}, or hold some back.`,
    });
  }
  const file = join(path, commonFile);
  // The seed is each search's own.
  const common = Object.fromEntries(
    flatSettings({ search: config, training: { preset, settings } }).filter(
      ([name]) => !name.endsWith('.seed'),
    ),
  );
  if (!existsSync(file)) {
    requireFree(path, 'search');
    await writeFileWhole(file, `${JSON.stringify(common, undefined, 2)}\n`);
    return;
  }
  const began: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const before = new Map([...Object.entries(asItWas(config)), ...Object.entries(began ?? {})]);
  const differing = Object.entries(common).filter(([name, value]) => before.get(name) !== value);
  if (differing.length === 0) return;
  const listed = differing.map(([name, value]) => `${name} is ${value} and was ${String(before.get(name))}`);
  throw new NascentError('input/invalid', `${path} holds searches of other settings: ${listed.join('; ')}`, {
    help: 'Give the settings that they began with, or another folder with --out.',
  });
}

/** What a folder from before a choice or a setting came says nothing of, and its searches were made with. */
function asItWas({ data }: RecordedSearch): Readonly<Record<string, string>> {
  const shape = Object.entries(taskOf(data).search.schema.shape);
  const settings = shape.flatMap(([name, schema]) => {
    const { success, data: value } = z.safeParse(schema, undefined);
    return success ? [[name, value] as const] : [];
  });
  const search = { strategy: usualStrategy, settings: Object.fromEntries(settings) };
  return Object.fromEntries(flatSettings({ search }));
}

async function oneSeed(order: SeedOrder, seed: number, { job, reporter }: Work): Promise<SeedResult> {
  const engine = order.engine === undefined ? {} : { engine: order.engine };
  const { space, metric } = taskOf(order.config.data);
  const run = join(order.path, `seed-${seed}`);
  reporter.note(`seed ${seed}: ${run}`);
  if (!isDone(run)) {
    const config = { ...order.config, settings: { ...order.config.settings, seed } };
    await job(
      'search',
      exists(run) ? { kind: 'resume', run, ...engine } : { kind: 'new', out: run, config, ...engine },
    );
  }
  const genotype = searchedGenotype(run, (found) => space.validate(found));
  const out = trainingFolder(run);
  if (!isDone(out)) {
    const training = order.training(genotype, run);
    const config = { ...training, settings: { ...training.settings, seed } };
    await job(
      'train',
      exists(out) ? { kind: 'resume', run: out, ...engine } : { kind: 'new', out, config, ...engine },
    );
  }
  return { seed, run, value: heldBackValue(out, metric), notation: space.toNotation(genotype) };
}

/** Lower for what is better; what came to no number is as bad as can be. */
function badness({ better }: Metric, value: number): number {
  if (!Number.isFinite(value)) return Number.MAX_VALUE;
  return better === 'higher' ? -value : value;
}

/** Of images after the last epoch, as the paper has it; of text the best, since the best weights are what is kept. */
function heldBackValue(path: string, metric: Metric): number {
  const run = openRun(path);
  const key = `valid_${metric.name}` as const;
  if (metric.better === 'higher') return numberIn(lastEpoch(run), key);
  const values = epochsOf(run)
    .map((record) => numberIn(record, key))
    .filter(Number.isFinite);
  return values.length === 0 ? Number.NaN : Math.min(...values);
}

const exists = (run: string): boolean => existsSync(join(run, 'run.json'));
const isDone = (run: string): boolean => exists(run) && openRun(run).record().status === 'done';

const chosenBy = { images: 'of the held-back images', text: 'on the validation text' } as const;
const spared = { images: 'the test images chose nothing', text: 'the test text chose nothing' } as const;

/** @param metric how the searches were judged, in the words that their data have for it */
export function renderSeeds({ task, seeds, mean, deviation, best }: SeedsResult, metric: Metric): string {
  const lines = seeds.map(
    ({ seed, run, value }) =>
      `seed ${seed}  ${metric.format(value)} ${chosenBy[task]}  ${run}${seed === best.seed ? '  best' : ''}`,
  );
  return [
    ...lines,
    `${metric.formatSpread(mean, deviation)} over ${seeds.length} searches; ${spared[task]}`,
    best.notation,
  ].join('\n');
}
