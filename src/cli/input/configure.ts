/** The configuration of a new run: data, preset and settings, checked before anything begins. */
import type { z } from 'zod';
import type { RecordedSearch, RecordedTraining } from '../../tasks/recorded.ts';
import type { SearchConfig } from '../../tasks/images/search-settings.ts';
import type { TrainConfig } from '../../tasks/images/train-settings.ts';
import type { RnnSearchConfig } from '../../tasks/text/search-settings.ts';
import type { RnnTrainConfig } from '../../tasks/text/train-settings.ts';
import type { AnySearchConfig, AnyTrainConfig, Settings, TaskName } from '../../tasks/task.ts';
import { usualStrategy } from '../../tasks/task.ts';
import { taskOf } from '../../tasks/tasks.ts';
import { strategiesOf } from '../../search/strategies/strategies.ts';
import type { Genotype } from '../../space/space.ts';
import { datasetNamed, type DataName } from '../../data/registry.ts';
import { validateGenotype } from '../../space/images/genotype.ts';
import { validateRnnGenotype } from '../../space/text/genotype.ts';
import {
  checkSearch,
  checkTextSearch,
  checkTextTraining,
  checkTraining,
  usualSide,
} from './check-settings.ts';
import type { GivenData } from './data.ts';
import { NascentError } from '../../errors.ts';
import { knownName } from './options.ts';
import { settingText } from '../../tasks/settings/read.ts';
import { applySettings } from '../../tasks/settings/apply.ts';

export interface SettingsFlags {
  readonly preset?: string | undefined;
  readonly set?: readonly string[] | undefined;
}

/** @throws NascentError for a preset that the task does not have, and for settings out of their ranges */
function settingsOf<C>(
  table: Settings<C>,
  { data }: GivenData,
  flags: SettingsFlags,
): { readonly preset: string; readonly settings: C } {
  const name = knownName('preset', flags.preset ?? table.preset(data), Object.keys(table.presets));
  const base = table.presets[name] as z.input<typeof table.schema>;
  return { preset: name, settings: applySettings(table.schema, base, flags.set ?? []) as C };
}

/**
 * What no network can be made of, or does not fit the machine; otherwise the memory of a step, in bytes. The settings are
 * those of the task: its schema says so.
 */
const checks: {
  readonly [N in TaskName]: {
    readonly search: (settings: AnySearchConfig, data: DataName) => number;
    readonly train: (settings: AnyTrainConfig, genotype: Genotype, data: DataName) => number;
  };
} = {
  images: {
    search(settings, data) {
      const config = settings as SearchConfig;
      const side = config.image_size ?? usualSide;
      return checkSearch(
        config,
        isInFiles(data, config) ? { image: [config.image_channels ?? 3, side, side] } : {},
      );
    },
    train: (settings, genotype, data) =>
      checkTraining(settings as TrainConfig, {
        genotype: validateGenotype(genotype),
        files: isInFiles(data, settings as TrainConfig),
      }),
  },
  text: {
    search: (settings) => checkTextSearch(settings as RnnSearchConfig),
    train: (settings, genotype) =>
      checkTextTraining(settings as RnnTrainConfig, validateRnnGenotype(genotype)),
  },
};

/** Whether images are brought to a side that is known here. A user's own have theirs unless the settings say one. */
function isInFiles(data: DataName, { image_size: side }: { readonly image_size: number | null }): boolean {
  const row = datasetNamed(data);
  if (row.task !== 'images' || row.held === 'memory') return false;
  return row.held === 'files' || side !== null;
}

/** @throws NascentError for settings that make no sense, or do not fit the machine */
export function searchConfig(
  given: GivenData,
  { strategy: named, ...flags }: SettingsFlags & { readonly strategy?: string | undefined },
): RecordedSearch {
  const task = taskOf(given.data);
  const made = settingsOf<AnySearchConfig>(task.search, given, flags);
  const strategy = knownName('strategy', named ?? usualStrategy, strategiesOf(task.name));
  checks[task.name].search(made.settings, given.data);
  return { ...given, strategy, ...made };
}

/**
 * @param genotype where it is not known yet, what does not fit the machine is not refused
 * @param source where the genotype came from, for people
 * @throws NascentError for settings that make no sense, or do not fit the machine
 */
export function trainingConfig(
  given: GivenData,
  genotype: Genotype | undefined,
  source: string,
  flags: SettingsFlags,
): RecordedTraining {
  const task = taskOf(given.data);
  const made = settingsOf<AnyTrainConfig>(task.train, given, flags);
  refuseAllHeldBack(made.settings);
  if (genotype !== undefined) checks[task.name].train(made.settings, genotype, given.data);
  return { ...given, source, genotype, ...made };
}

/**
 * Images and texts are trained on as they were searched with, unless settings say otherwise: as `--set` has it.
 *
 * @param searched the data and the settings of the search, of the same dataset. A number for each class means other classes
 *   in another folder, and is not taken over there.
 */
export function dataAsSearched(
  { data, from }: GivenData,
  searched: Pick<GivenData, 'from'> & { readonly settings: object },
): readonly string[] {
  const row = datasetNamed(data);
  const keys: readonly string[] =
    row.task === 'text'
      ? ['level', 'vocabulary_limit']
      : row.held === 'decoded'
        ? ['image_size', 'image_channels', 'class_weights']
        : ['class_weights'];
  const said: readonly (readonly [string, unknown])[] = Object.entries(searched.settings);
  return said.flatMap(([key, value]) => {
    const isOfOtherClasses = key === 'class_weights' && Array.isArray(value) && from !== searched.from;
    return keys.includes(key) && value !== null && !isOfOtherClasses ? [`${key}=${settingText(value)}`] : [];
  });
}

/** Before a search that comes first, rather than after it. How many images a dataset has is known when it is opened. */
function refuseAllHeldBack(settings: AnyTrainConfig): void {
  if (!('held_back' in settings) || settings.train_images === null) return;
  const { held_back: held, train_images: images } = settings;
  if (held < images) return;
  throw new NascentError('input/invalid', `held_back=${held} leaves nothing of ${images} training images`, {
    help: 'Hold fewer images back, or train on more.',
  });
}

/**
 * What a step needs of memory at least, in bytes, by the check that a new run has to pass.
 *
 * @throws NascentError where it does not
 */
export function stepMemory(config: RecordedSearch | RecordedTraining): number {
  const { data } = config;
  const task = taskOf(data);
  const check = checks[task.name];
  if (!('genotype' in config)) return check.search(config.settings, data);
  const { settings, genotype } = config;
  return check.train(settings, task.space.validate(genotype), data);
}
