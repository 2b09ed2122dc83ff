/** `nascent train`: trains the network of a genotype, and prints the run that holds it. */

import { Argument, Option } from 'commander';
import type { Command } from 'commander';

import { dataNames } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import { openRun, type Run } from '../../run/directory.ts';
import { searchedGenotype, trainedRun } from '../../run/searched.ts';
import { finished } from '../../run/status.ts';
import type { Genotype, Space } from '../../space/space.ts';
import { isRnnGenotype } from '../../space/text/genotype-load.ts';
import type { RecordedTraining } from '../../tasks/recorded.ts';
import { taskOf, tasks } from '../../tasks/tasks.ts';
import type { TrainOutcome } from '../../train/job.ts';
import type { Figure } from '../../train/train.ts';
import { formatDuration } from '../../run/duration.ts';
import { cellsGiven } from '../input/cells.ts';
import { dataAsSearched, trainingConfig } from '../input/configure.ts';
import { dataOf, givenData, metricOfRun, requireSameTask } from '../input/data.ts';
import {
  engineOption,
  epochOption,
  estimateOption,
  isVerbose,
  jsonOption,
  nameOption,
  setOption,
  uiOption,
} from '../input/options.ts';
import { fitOption, withBatchOfOne } from '../input/memory.ts';
import { startAndWatch } from '../interface/start-and-watch.ts';
import { trainingOrder } from '../input/training-order.ts';
import type { TrainingFlags } from '../input/training-order.ts';
import { formatInteger, formatMillions } from '../render/format.ts';
import { asTyped } from '../render/as-typed.ts';
import { howToResume } from '../render/how-to-resume.ts';
import { commandLine, word } from '../render/next.ts';
import { inPieces } from '../render/pieces.ts';
import { checkFit, withFittingBatch } from '../shell/fit-batch.ts';
import { printEstimate } from '../shell/estimate.ts';
import { print, say } from '../shell/output.ts';
import { work } from '../shell/work.ts';

export function registerTrain(program: Command): void {
  program
    .command('train')
    .description('train the network of a search, or of any genotype')
    .addArgument(
      new Argument(
        '[run]',
        'the run of a search; its network is trained in its folder train/ unless --out is given',
      ),
    )
    .addOption(
      epochOption('train the cells that the search had after this epoch').conflicts(['genotype', 'resume']),
    )
    .option('--genotype <genotype>', 'instead of a run: a published name, a file, or the notation itself')
    .addOption(
      nameOption(
        '--data <name>',
        'the dataset to train on (default: that of the search, or cifar10)',
        'dataset',
        dataNames,
      ),
    )
    .option(
      '--from <folder>',
      'the folder that holds the dataset, if it is not in the cache (imagenet: default NASCENT_IMAGENET)',
    )
    .addOption(
      nameOption(
        '--preset <name>',
        'the settings to start from (default: quick, imagenet for that dataset, quick-rnn for text)',
        'preset',
        Object.values(tasks).flatMap(({ train }) => Object.keys(train.presets)),
      ),
    )
    .addOption(setOption())
    .option('--out <folder>', 'the run folder to make (default with --genotype: the next free runs/train-N)')
    .addOption(
      new Option('--resume <run>', 'resume a training that was stopped').conflicts([
        'genotype',
        'data',
        'from',
        'preset',
        'set',
        'out',
      ]),
    )
    .addOption(engineOption())
    .addOption(estimateOption().conflicts('resume'))
    .addOption(fitOption())
    .addOption(uiOption())
    .addOption(jsonOption())
    .action(trainCommand);
}

async function trainCommand(
  given: string | undefined,
  flags: TrainingFlags,
  command: Command,
): Promise<void> {
  if (given !== undefined && flags.data !== undefined) requireSameTask(given, flags.data);
  if (given === undefined && flags.genotype === undefined && isFinished(flags)) return;
  const { fit, set } = flags;
  if (fit !== undefined) checkFit({ limit: fit, set });
  const configure = () => newTraining(given, withBatchOfOne(flags));
  const { order: asked, path, named } = trainingOrder(given, flags, configure);
  const verbose = isVerbose(command);
  if (flags.estimate === true) {
    const typed = asTyped(command, ['--estimate', '--json']);
    await printEstimate(
      { job: 'train', order: asked },
      { verbose, json: flags.json === true, command: typed },
    );
    return;
  }
  if (flags.ui === true) {
    await startAndWatch(
      command,
      path,
      given === undefined && flags.out === undefined && asked.kind === 'new',
    );
    return;
  }
  const order =
    fit === undefined || asked.kind === 'resume'
      ? asked
      : await withFittingBatch('train', asked, { limit: fit, verbose });
  if (order.kind === 'resume') say(`Resuming the training in ${path}.`);
  const options = { verbose, onInterrupt: () => howToResume('train', path) };
  const outcome = await work(`Training in ${path}`, options, ({ job }) => job('train', order));
  say(summary(outcome));
  for (const note of outcome.notes) say(`Note: ${note}`);
  print(flags.json === true ? JSON.stringify(outcome, undefined, 2) : path);
  say(`Next: ${commandLine(`export ${word(named)}`)}`);
}

/** Says again what came of a finished training, also of one whose process was killed before it could. */
function isFinished({ resume, json }: TrainingFlags): boolean {
  if (resume === undefined) return false;
  const run = trainedRun(resume);
  const done = finished(run);
  if (done === undefined) return false;
  say('This training is finished.');
  print(json === true ? JSON.stringify({ ...done.result, run: run.path }, undefined, 2) : resume);
  say(`Next: ${commandLine(`export ${word(resume)}`)}`);
  return true;
}

/**
 * The configuration of a new training.
 *
 * @throws NascentError for settings that make no sense, before anything begins
 */
export function newTraining(given: string | undefined, flags: TrainingFlags): RecordedTraining {
  const { genotype } = flags;
  if (genotype !== undefined && flags.data === undefined && isRnnGenotype(genotype)) {
    throw new NascentError(
      'input/invalid',
      `${genotype} is a recurrent cell, and no text was named to train it on`,
      {
        help: 'Name it with --data (ptb, wikitext2, grammar, text), and --from where it is not in the cache.',
      },
    );
  }
  const searched = given === undefined ? undefined : openRun(given);
  const own = searched && dataOf(searched);
  const data = givenData(flags, own, 'cifar10');
  const { space } = taskOf(data.data);
  const cells =
    genotype === undefined ? searchedCells(given ?? '', space, flags.epoch) : space.load(genotype);
  const settings = own?.data === data.data ? searched?.record().config['settings'] : undefined;
  const kept =
    typeof settings === 'object' && settings !== null
      ? dataAsSearched(data, { from: own?.from, settings })
      : [];
  const set = [...kept, ...(flags.set ?? [])];
  return trainingConfig(data, cells, genotype ?? given ?? '', { ...flags, set });
}

function searchedCells(path: string, space: Space, epoch: number | undefined): Genotype {
  if (epoch !== undefined) return cellsGiven(space, path, epoch);
  return searchedGenotype(path, (found) => space.validate(found));
}

function summary(outcome: TrainOutcome): string {
  const { task, seconds, engine, parameters, macs, trained, measured, best, tested, baselines } = outcome;
  const run = openRun(outcome.run);
  const { format } = metricOfRun(run);
  const size = `${formatMillions(parameters)} parameters, ${formatMillions(macs)} MACs`;
  const figures =
    task === 'images'
      ? [
          `${format(trained.value)} of the training images right`,
          ...(measured === null ? [] : [ofImages(measured)]),
        ]
      : [best, tested].flatMap((figure) => (figure === null ? [] : [onText(figure, run)]));
  const { unigramPerplexity: unigram } = baselines;
  const baseline = unigram === undefined ? '' : `; the unigram model has ${format(unigram)}`;
  return `Trained in ${formatDuration(1000 * seconds)} on ${engine}: ${[size, ...figures].join(', ')}${baseline}.`;
}

const splitNames = { train: 'training', valid: 'validation', test: 'test' } as const;

function ofImages({ split, value, count }: Figure): string {
  return `${tasks.images.metric.format(value)} of ${formatInteger(count ?? 0)} ${splitNames[split]} images`;
}

function onText({ split, value }: Figure, run: Run): string {
  const pieces = split === 'train' ? '' : inPieces(run, split);
  return `${metricOfRun(run).format(value)} on the ${splitNames[split]} text${pieces}`;
}
