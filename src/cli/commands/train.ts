/** `nascent train`: trains the network of a genotype, and prints the run that holds it. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Argument, Option } from 'commander';
import type { Command } from 'commander';

import { sourceNames } from '../../data/datasets.ts';
import type { SourceName } from '../../data/datasets.ts';
import { textNames } from '../../data/text/corpus.ts';
import { NascentError } from '../../errors.ts';
import { openRun } from '../../run/directory.ts';
import type { Run } from '../../run/directory.ts';
import type { EngineName } from '../../runtime/engine.ts';
import { loadGenotype } from '../../space/genotype-load.ts';
import type { CnnGenotype } from '../../space/genotype.ts';
import { trainPresets, trainSchema } from '../../train/config.ts';
import type { TrainPreset } from '../../train/config.ts';
import { searchedGenotype, trainedRun, trainingFolder } from '../../train/job.ts';
import type { TrainOrder } from '../../train/job.ts';
import { formatDuration } from '../../tui/format.ts';
import { checkTraining } from '../check-settings.ts';
import { formatMillions, formatShare } from '../format.ts';
import { howToResume } from '../how-to-resume.ts';
import { commandLine, word } from '../next.ts';
import { engineOption, isVerbose, jsonOption, knownName, nameOption, setOption } from '../options.ts';
import { print, say } from '../output.ts';
import { isAboutText } from '../rnn/text-data.ts';
import { rnnTrainPresetNames, trainText } from '../rnn/train.ts';
import { dataOf, freeRun, requireFree } from '../runs.ts';
import { applySettings } from '../settings.ts';
import { work } from '../work.ts';

interface TrainFlags {
  readonly genotype?: string;
  readonly data?: SourceName;
  readonly from?: string;
  readonly preset?: TrainPreset;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: string;
  readonly engine?: EngineName;
  readonly json?: boolean;
}

/** `quick` is for small images. */
function defaultPreset(data: SourceName): TrainPreset {
  return data === 'imagenet' ? 'imagenet' : 'quick';
}

export function registerTrain(program: Command): void {
  program
    .command('train')
    .description('train the network of a search, or of any genotype')
    .addArgument(
      new Argument(
        '[run]',
        'the run of a search, in whose folder train/ it is trained unless --out is given',
      ),
    )
    .option('--genotype <genotype>', 'instead of a run: a published name, a file, or the notation itself')
    .addOption(
      nameOption(
        '--data <name>',
        'the data set to train on; that of the search, or cifar10, if left out',
        'dataset',
        [...sourceNames, ...textNames],
      ),
    )
    .option(
      '--from <folder>',
      'where imagenet is, if NASCENT_IMAGENET does not say it, or a text that is not in the cache',
    )
    .addOption(
      nameOption(
        '--preset <name>',
        'the settings to begin from; imagenet for that data, quick-rnn for a text, else quick, if left out',
        'preset',
        [...Object.keys(trainPresets), ...rnnTrainPresetNames],
      ),
    )
    .addOption(setOption())
    .option(
      '--out <folder>',
      'the run directory to make (default for --genotype: the next free runs/train-N)',
    )
    .addOption(
      new Option('--resume <run>', 'go on with a training that was stopped').conflicts([
        'genotype',
        'data',
        'from',
        'preset',
        'set',
        'out',
      ]),
    )
    .addOption(engineOption())
    .addOption(jsonOption())
    .action(trainCommand);
}

async function trainCommand(given: string | undefined, flags: TrainFlags, command: Command): Promise<void> {
  if (isAboutText(given ?? flags.resume, flags.data)) {
    await trainText(given, flags, command);
    return;
  }
  if (flags.preset !== undefined) knownName('preset', flags.preset, Object.keys(trainPresets));
  const { order, path } = orderOf(given, flags);
  if (order.kind === 'resume') say(`Going on with the training in ${path}.`);
  const options = {
    verbose: isVerbose(command),
    onInterrupt: () => howToResume('train', path),
  };
  const outcome = await work(`Training in ${path}`, options, ({ job }) => job('train', order));
  const tested = lastTest(openRun(path));
  say(
    `Trained in ${formatDuration(1000 * outcome.seconds)} on ${outcome.engine}: ` +
      `${formatMillions(outcome.parameters)} parameters, ${formatMillions(outcome.macs)} MACs, ` +
      `${formatShare(outcome.trainAccuracy)} of the training images right` +
      (tested === undefined ? '.' : `, ${formatShare(tested.accuracy)} of ${tested.images} test images.`),
  );
  print(flags.json === true ? JSON.stringify({ ...outcome, tested: tested ?? null }, undefined, 2) : path);
  // The training within a search's run is exported by the name of that run.
  const named = given !== undefined && flags.out === undefined ? given : path;
  say(`Next: ${commandLine(`export ${word(named)}`)}`);
}

/** What to do, and the folder it is done in. */
function orderOf(
  given: string | undefined,
  flags: TrainFlags,
): { readonly order: TrainOrder; readonly path: string } {
  const { genotype, resume } = flags;
  const engine = flags.engine === undefined ? {} : { engine: flags.engine };
  const named = [given, genotype, resume].filter((each) => each !== undefined);
  if (named.length !== 1) {
    throw new NascentError(
      'input/invalid',
      named.length === 0
        ? 'nothing to train was given'
        : `${named.length} things to train were given: ${named.join(' and ')}`,
      {
        help: 'Give one of: the run of a search (nascent train runs/a), --genotype DARTS_V2, or --resume runs/a.',
      },
    );
  }
  const path = resume ?? given;
  if (path !== undefined) {
    const unfinished = toResume(path, flags);
    if (unfinished !== undefined) {
      return { order: { kind: 'resume', run: unfinished, ...engine }, path: unfinished };
    }
  }
  const out = flags.out ?? (given === undefined ? freeRun('train') : trainingFolder(given));
  requireFree(out, 'train');
  const cells = genotype === undefined ? searchedGenotype(given ?? '') : loadGenotype(genotype);
  const data = flags.data ?? (given === undefined ? 'cifar10' : dataOf(openRun(given)));
  const source = genotype ?? given ?? '';
  return {
    order: { kind: 'new', out, config: trainConfig(cells, source, data, flags), ...engine },
    path: out,
  };
}

/** The configuration of a new training. @throws NascentError for settings that make no sense, before anything begins */
export function trainConfig(
  genotype: CnnGenotype,
  source: string,
  data: SourceName,
  flags: Pick<TrainFlags, 'from' | 'preset' | 'set'>,
) {
  const preset = flags.preset ?? defaultPreset(data);
  const settings = applySettings(trainSchema, trainPresets[preset], flags.set ?? []);
  checkTraining(settings);
  // A resumed training may be started elsewhere.
  const from = flags.from === undefined ? {} : { from: resolve(flags.from) };
  return { data, ...from, preset, source, genotype, settings };
}

/**
 * The training that `path` means and that is still to be finished; undefined where a new one is to be made.
 *
 * @throws NascentError `run/exists` where it is finished, `input/invalid` where it would not do what was asked
 */
function toResume(path: string, flags: TrainFlags): string | undefined {
  if (flags.resume === undefined && isNewTraining(path, flags)) return undefined;
  const run = trainedRun(path);
  // As the user wrote it, not as it was resolved.
  const folder = openRun(path).record().kind === 'train' ? path : trainingFolder(path);
  if (run.record().status === 'done') {
    throw new NascentError('run/exists', `the training in ${folder} is finished`, {
      help:
        `Go on with: ${commandLine(`export ${word(path)}`)}. To train anew, remove ${folder}, or give another ` +
        'folder with --out.',
    });
  }
  if ([flags.preset, flags.set, flags.data, flags.from].some((each) => each !== undefined)) {
    throw new NascentError(
      'input/invalid',
      `the training in ${folder} is not finished, and goes on with the settings it has`,
      {
        help: `Leave --preset, --set, --data and --from out, remove ${folder}, or give another folder with --out.`,
      },
    );
  }
  return folder;
}

/** Whether the run of a search is to be trained for the first time. */
function isNewTraining(path: string, { out }: TrainFlags): boolean {
  if (out !== undefined) return true;
  const { kind } = openRun(path).record();
  return kind === 'search' && !existsSync(join(trainingFolder(path), 'run.json'));
}

/** How the network did on the test images it was last measured on. */
export function lastTest(run: Run): { readonly accuracy: number; readonly images: number } | undefined {
  const last = run.readMetrics().findLast((record) => record['kind'] === 'epoch');
  const [accuracy, images] = [last?.['test_accuracy'], last?.['test_images']];
  return typeof accuracy === 'number' && typeof images === 'number' && images > 0
    ? { accuracy, images }
    : undefined;
}
