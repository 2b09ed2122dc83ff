/** What `nascent train` is told to do, whether its data are images or text. */

import { NascentError } from '../../errors.ts';
import { openRun } from '../../run/directory.ts';
import type { EngineName } from '../../runtime/engine.ts';
import type { RunOrder } from '../../learn/order.ts';
import { hasTraining, trainedRun, trainingFolder } from '../../run/searched.ts';
import { commandLine, word } from '../render/next.ts';
import { freeRun, requireFree } from './runs.ts';

export interface TrainingFlags {
  readonly genotype?: string;
  readonly epoch?: number;
  readonly data?: string;
  readonly from?: string;
  readonly preset?: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: string;
  readonly engine?: EngineName;
  readonly estimate?: boolean;
  readonly fit?: number;
  readonly ui?: boolean;
  readonly json?: boolean;
}

export interface TrainingOrder<C> {
  readonly order: RunOrder<C>;
  /** The folder it is done in. */
  readonly path: string;
  /** What the training is exported by: within a search's run, the name of that run. */
  readonly named: string;
}

/**
 * @param given the run of a search, or a training that was stopped
 * @param configure makes the configuration of a new training
 * @throws NascentError `input/invalid` where not exactly one thing to train was given, `run/exists` where it is trained
 */
export function trainingOrder<C>(
  given: string | undefined,
  flags: TrainingFlags,
  configure: () => C,
): TrainingOrder<C> {
  const { genotype, resume } = flags;
  const engine = flags.engine === undefined ? {} : { engine: flags.engine };
  const things = [given, genotype, resume].filter((each) => each !== undefined);
  if (things.length !== 1) {
    throw new NascentError(
      'input/invalid',
      things.length === 0
        ? 'nothing to train was given'
        : `${things.length} things to train were given: ${things.join(' and ')}`,
      {
        help: 'Give one of: the run of a search (nascent train runs/a), --genotype DARTS_V2, or --resume runs/a.',
      },
    );
  }
  const existing = resume ?? given;
  const unfinished = existing === undefined ? undefined : toResume(existing, flags);
  const path = unfinished ?? flags.out ?? (given === undefined ? freeRun('train') : trainingFolder(given));
  const named = given !== undefined && flags.out === undefined ? given : path;
  if (unfinished !== undefined) return { order: { kind: 'resume', run: path, ...engine }, path, named };
  requireFree(path, 'train');
  return { order: { kind: 'new', out: path, config: configure(), ...engine }, path, named };
}

/**
 * The training that `path` means and that is still to be finished; undefined where a new one is to be made.
 *
 * @throws NascentError `run/exists` where it is finished, `input/invalid` where it would not do what was asked
 */
function toResume(path: string, flags: TrainingFlags): string | undefined {
  const isTraining = openRun(path).record().kind === 'train';
  const isNew = flags.out !== undefined || (!isTraining && !hasTraining(path));
  if (flags.resume === undefined && isNew) return undefined;
  const run = trainedRun(path);
  // As the user wrote it, not as it was resolved.
  const folder = isTraining ? path : trainingFolder(path);
  if (run.record().status === 'done') {
    throw new NascentError('run/exists', `the training in ${folder} is finished`, {
      help:
        `Export it: ${commandLine(`export ${word(path)}`)}. To train anew, remove ${folder}, or give another ` +
        'folder with --out.',
    });
  }
  const { preset, set, data, from, epoch, fit } = flags;
  if ([preset, set, data, from, epoch, fit].some((each) => each !== undefined)) {
    throw new NascentError(
      'input/invalid',
      `the training in ${folder} is not finished, and keeps the settings it began with`,
      {
        help: `Leave --preset, --set, --data, --from, --epoch and --fit out, remove ${folder}, or give another folder with --out.`,
      },
    );
  }
  return folder;
}
