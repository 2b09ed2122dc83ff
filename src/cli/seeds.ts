/**
 * The paper's protocol (DARTS, section 3.1): several searches from several seeds, each cell trained from scratch for a
 * short while, and the best taken by images that were held back from the training split. The test split chooses nothing.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DatasetName } from '../data/datasets.ts';
import { writeFileWhole } from '../files/files.ts';
import { internal, NascentError } from '../errors.ts';
import { openRun } from '../run/directory.ts';
import { flatSettings } from '../run/flat-settings.ts';
import type { EngineName } from '../runtime/engine.ts';
import type { SearchConfig } from '../tasks/images/search-settings.ts';
import { genotypeFromJson, genotypeToJson } from '../space/images/genotype-json.ts';
import { genotypeToNotation } from '../space/images/genotype-notation.ts';
import type { TrainConfig } from '../tasks/images/train-settings.ts';
import { searchedGenotype, trainingFolder } from '../run/searched.ts';
import { formatShare } from './render/format.ts';
import { requireFree } from './input/runs.ts';
import type { Work } from './shell/work.ts';

/** Images that choose, a tenth of CIFAR-10's training split. */
export const heldBack = 5000;

export interface SeedOrder {
  readonly path: string;
  readonly seeds: readonly number[];
  readonly config: { readonly data: DatasetName; readonly preset: string; readonly settings: SearchConfig };
  readonly training: TrainConfig;
  /** Of the training. */
  readonly preset: string;
  readonly engine: EngineName | undefined;
}

export interface SeedResult {
  readonly seed: number;
  readonly run: string;
  /** Of the held-back images, after the last epoch of the short training. */
  readonly accuracy: number;
  readonly notation: string;
}

export interface SeedsResult {
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
  await claimFolder(order);
  const seeds: SeedResult[] = [];
  for (const seed of order.seeds) seeds.push(await oneSeed(order, seed, work));
  const mean = seeds.reduce((sum, { accuracy }) => sum + accuracy, 0) / seeds.length;
  const squares = seeds.reduce((sum, { accuracy }) => sum + (accuracy - mean) ** 2, 0);
  const best = seeds.toSorted((a, b) => b.accuracy - a.accuracy)[0];
  if (best === undefined) throw internal('no seeds');
  const result = { seeds, mean, deviation: Math.sqrt(squares / Math.max(1, seeds.length - 1)), best };
  await writeFileWhole(join(order.path, 'seeds.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  await writeFileWhole(
    join(order.path, 'genotype.json'),
    genotypeToJson(searchedGenotype(best.run, genotypeFromJson)),
  );
  return result;
}

/**
 * Makes the folder that of these searches: what they have in common is written down before the first begins, since
 * searches that are compared must be alike. Seeds may be added.
 */
async function claimFolder({ path, config, training, preset }: SeedOrder): Promise<void> {
  if (training.held_back === 0) {
    throw new NascentError('input/invalid', 'held_back=0 leaves no images to choose among the searches by', {
      help: `Leave it out of --retrain-set, for ${heldBack}, or hold some back.`,
    });
  }
  const file = join(path, 'common.json');
  // The seed is each search's own.
  const common = Object.fromEntries(
    flatSettings({ search: config, training: { preset, settings: training } }).filter(
      ([name]) => !name.endsWith('.seed'),
    ),
  );
  if (!existsSync(file)) {
    requireFree(path, 'search');
    await writeFileWhole(file, `${JSON.stringify(common, undefined, 2)}\n`);
    return;
  }
  const began: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const before = new Map(Object.entries(began ?? {}));
  const differing = Object.entries(common).filter(([name, value]) => before.get(name) !== value);
  if (differing.length === 0) return;
  const listed = differing.map(([name, value]) => `${name} is ${value} and was ${String(before.get(name))}`);
  throw new NascentError('input/invalid', `${path} holds searches of other settings: ${listed.join('; ')}`, {
    help: 'Give the settings that they began with, or another folder with --out.',
  });
}

async function oneSeed(order: SeedOrder, seed: number, { job, reporter }: Work): Promise<SeedResult> {
  const engine = order.engine === undefined ? {} : { engine: order.engine };
  const run = join(order.path, `seed-${seed}`);
  reporter.note(`seed ${seed}: ${run}`);
  const config = { ...order.config, settings: { ...order.config.settings, seed } };
  if (!isDone(run)) {
    await job(
      'search',
      exists(run) ? { kind: 'resume', run, ...engine } : { kind: 'new', out: run, config, ...engine },
    );
  }
  const genotype = searchedGenotype(run, genotypeFromJson);
  const out = trainingFolder(run);
  if (!isDone(out)) {
    const { data } = order.config;
    const settings = { ...order.training, seed };
    const training = { data, preset: order.preset, source: run, genotype, settings };
    await job(
      'train',
      exists(out)
        ? { kind: 'resume', run: out, ...engine }
        : { kind: 'new', out, config: training, ...engine },
    );
  }
  const last = openRun(out)
    .readMetrics()
    .findLast((record) => record['kind'] === 'epoch');
  return { seed, run, accuracy: Number(last?.['valid_accuracy']), notation: genotypeToNotation(genotype) };
}

const exists = (run: string): boolean => existsSync(join(run, 'run.json'));
const isDone = (run: string): boolean => exists(run) && openRun(run).record().status === 'done';

export function renderSeeds({ seeds, mean, deviation, best }: SeedsResult): string {
  const lines = seeds.map(
    ({ seed, run, accuracy }) =>
      `seed ${seed}  ${formatShare(accuracy)} of the held-back images  ${run}${seed === best.seed ? '  best' : ''}`,
  );
  return [
    ...lines,
    `${formatShare(mean)} ± ${formatShare(deviation)} over ${seeds.length} searches; the test images chose nothing`,
    best.notation,
  ].join('\n');
}
