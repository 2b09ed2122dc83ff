/** `nascent train`: trains the network of a genotype, and prints the run that holds it. */

import { resolve } from 'node:path';

import { Argument, Option } from 'commander';
import type { Command } from 'commander';

import { sourceNames } from '../../data/datasets.ts';
import type { SourceName } from '../../data/datasets.ts';
import { textNames } from '../../data/text/corpus.ts';
import { NascentError } from '../../errors.ts';
import { openRun } from '../../run/directory.ts';
import type { Run } from '../../run/directory.ts';
import { genotypeFromJson } from '../../space/images/genotype-json.ts';
import { loadGenotype } from '../../space/images/genotype-load.ts';
import type { CnnGenotype } from '../../space/images/genotype.ts';
import { isRnnGenotype } from '../../space/text/genotype-load.ts';
import { trainPresets, trainSchema } from '../../tasks/images/train-settings.ts';
import type { TrainPreset } from '../../tasks/images/train-settings.ts';
import { searchedGenotype } from '../../run/searched.ts';
import { formatDuration } from '../../tui/format.ts';
import { checkTraining } from '../input/check-settings.ts';
import { formatMillions, formatShare } from '../render/format.ts';
import { howToResume } from '../render/how-to-resume.ts';
import { commandLine, word } from '../render/next.ts';
import { engineOption, isVerbose, jsonOption, knownName, nameOption, setOption } from '../input/options.ts';
import { print, say } from '../shell/output.ts';
import { isAboutText, requireItsKind } from '../rnn/text-data.ts';
import { rnnTrainPresetNames, trainText } from '../rnn/train.ts';
import { dataOf, refuseStrayFrom } from '../input/runs.ts';
import { applySettings } from '../input/settings.ts';
import { trainingOrder } from '../input/training-order.ts';
import type { TrainingFlags } from '../input/training-order.ts';
import { work } from '../shell/work.ts';

interface TrainFlags extends TrainingFlags {
  readonly data?: SourceName;
  readonly preset?: TrainPreset;
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
  if (given !== undefined && flags.data !== undefined) requireItsKind(given, flags.data);
  if (isAboutText(given ?? flags.resume, flags.data)) {
    await trainText(given, flags, command);
    return;
  }
  if (flags.preset !== undefined) knownName('preset', flags.preset, Object.keys(trainPresets));
  const { order, path, named } = trainingOrder(given, flags, () => configOf(given, flags));
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
  say(`Next: ${commandLine(`export ${word(named)}`)}`);
}

function configOf(given: string | undefined, flags: TrainFlags) {
  const { genotype } = flags;
  if (genotype !== undefined && flags.data === undefined && isRnnGenotype(genotype)) {
    throw new NascentError(
      'input/invalid',
      `${genotype} is a recurrent cell, and no text was named to train it on`,
      {
        help: `Name it with --data (${textNames.join(', ')}), and --from where it is not in the cache.`,
      },
    );
  }
  const cells =
    genotype === undefined ? searchedGenotype(given ?? '', genotypeFromJson) : loadGenotype(genotype);
  const meant = flags.data ?? (given === undefined ? undefined : dataOf(openRun(given)));
  refuseStrayFrom(flags.from, meant);
  const data = meant ?? 'cifar10';
  return trainConfig(cells, genotype ?? given ?? '', data, flags);
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
  checkTraining(settings, { genotype, files: data === 'imagenet' });
  // A resumed training may be started elsewhere.
  const from = flags.from === undefined ? {} : { from: resolve(flags.from) };
  return { data, ...from, preset, source, genotype, settings };
}

/** How the network did on the test images it was last measured on. */
export function lastTest(run: Run): { readonly accuracy: number; readonly images: number } | undefined {
  const last = run.readMetrics().findLast((record) => record['kind'] === 'epoch');
  const [accuracy, images] = [last?.['test_accuracy'], last?.['test_images']];
  return typeof accuracy === 'number' && typeof images === 'number' && images > 0
    ? { accuracy, images }
    : undefined;
}
