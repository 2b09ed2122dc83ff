/** What `nascent search --seeds` is told to do: the searches, and how each cell is trained. */

import { NascentError } from '../../errors.ts';
import type { EngineName } from '../../runtime/engine.ts';
import type { Genotype } from '../../space/space.ts';
import type { RecordedSearch } from '../../tasks/recorded.ts';
import { taskOf } from '../../tasks/tasks.ts';
import { heldBack } from '../seeds.ts';
import type { SeedOrder } from '../seeds.ts';
import { dataAsSearched, trainingConfig } from './configure.ts';

export interface SeedFlags {
  readonly set?: readonly string[] | undefined;
  readonly retrain?: string | undefined;
  readonly retrainSet?: readonly string[] | undefined;
  readonly engine?: EngineName | undefined;
}

/**
 * @param config of each search, but for its seed
 * @throws NascentError `input/invalid` where a setting gives a seed, too; for settings to train with that make no sense
 */
export function seedOrder(
  path: string,
  seeds: readonly number[],
  config: RecordedSearch,
  flags: SeedFlags,
): SeedOrder {
  for (const [option, pairs = []] of [
    ['set', flags.set],
    ['retrain-set', flags.retrainSet],
  ] as const) {
    if (!pairs.some((pair) => /^\s*seed\s*=/.test(pair))) continue;
    throw new NascentError('input/invalid', `--${option} seed=… sets one seed, and --seeds gives others`, {
      help: `List it among --seeds, and leave --${option} seed=… out.`,
    });
  }
  const task = taskOf(config.data);
  // Images are held back from the training split; of a text, the validation text chooses.
  const held = task.name === 'images' ? [`held_back=${heldBack}`] : [];
  const training = (genotype: Genotype | undefined, source: string) =>
    trainingConfig({ data: config.data, from: config.from }, genotype, source, {
      preset: flags.retrain ?? task.train.preset(config.data),
      set: [...held, ...dataAsSearched(config, config), ...(flags.retrainSet ?? [])],
    });
  // What no cell could be trained with is refused before the first is searched.
  training(undefined, '');
  return { path, seeds, config, training, engine: flags.engine };
}
