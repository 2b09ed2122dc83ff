/** `nascent search`: searches a cell, and prints its genotype. */

import { join } from 'node:path';

import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

import { dataNames } from '../../data/registry.ts';
import { openRun, type Run } from '../../run/directory.ts';
import { finishedGenotype } from '../../run/searched.ts';
import { finished } from '../../run/status.ts';
import type { EngineName } from '../../runtime/engine.ts';
import type { SearchOutcome } from '../../search/job.ts';
import { skipsInWords, type Genotype } from '../../space/space.ts';
import { normalAccuracy } from '../../tasks/images/search-settings.ts';
import { seedsHelp, seedsIn } from '../../tasks/settings/seeds.ts';
import { strategyNames, usualStrategy } from '../../tasks/task.ts';
import { taskOf, tasks } from '../../tasks/tasks.ts';
import { formatDuration } from '../../run/duration.ts';
import { searchConfig } from '../input/configure.ts';
import { dataOf, givenData, metricOfRun, refuseGiven } from '../input/data.ts';
import {
  engineOption,
  estimateOption,
  isVerbose,
  jsonOption,
  nameOption,
  setOption,
  uiOption,
} from '../input/options.ts';
import { fitOption, withBatchOfOne } from '../input/memory.ts';
import { freeRun, requireFree } from '../input/runs.ts';
import { seedOrder } from '../input/seed-order.ts';
import { startAndWatch } from '../interface/start-and-watch.ts';
import { formatShare } from '../render/format.ts';
import { asTyped } from '../render/as-typed.ts';
import { howToResume } from '../render/how-to-resume.ts';
import { commandLine, word } from '../render/next.ts';
import { inPieces } from '../render/pieces.ts';
import { renderSeeds, seedProtocol } from '../seeds.ts';
import { checkFit, withFittingBatch } from '../shell/fit-batch.ts';
import { printEstimate } from '../shell/estimate.ts';
import { print, say } from '../shell/output.ts';
import { work } from '../shell/work.ts';

interface SearchFlags {
  readonly data?: string;
  readonly from?: string;
  readonly preset?: string;
  readonly strategy?: string;
  readonly order?: number;
  readonly stopOnSkips?: boolean;
  readonly deterministic?: boolean;
  readonly seeds?: readonly number[];
  readonly retrain?: string;
  readonly retrainSet?: readonly string[];
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: string;
  readonly engine?: EngineName;
  readonly estimate?: boolean;
  readonly fit?: number;
  readonly ui?: boolean;
  readonly json?: boolean;
}

const presetsOf = (kind: 'search' | 'train') =>
  Object.values(tasks).flatMap((task) => Object.keys(task[kind].presets));

export function registerSearch(program: Command): void {
  program
    .command('search')
    .description('search a cell by DARTS into a run folder, and print its genotype')
    .addOption(
      nameOption('--data <name>', 'the dataset to search on (default: cifar10)', 'dataset', dataNames),
    )
    .option('--from <folder>', 'the folder that holds the dataset, if it is not in the cache')
    .addOption(
      nameOption(
        '--preset <name>',
        'the settings to start from (default: quick, or quick-rnn for text)',
        'preset',
        presetsOf('search'),
      ),
    )
    .addOption(
      nameOption(
        '--strategy <name>',
        `the method of search (default: ${usualStrategy})`,
        'strategy',
        strategyNames,
      ),
    )
    .addOption(
      new Option('--order <n>', 'order of the architecture gradient: 1, or 2 with the term one step ahead')
        .choices(['1', '2'])
        .argParser(Number),
    )
    .option('--stop-on-skips', 'stop once the cell has two skip connections (DARTS+)')
    .option('--deterministic', 'ask for deterministic kernels, and say what is and is not deterministic')
    .addOption(
      new Option(
        '--seeds <list>',
        "the paper's protocol: one search for each seed, such as 0,1,2,3 or 0-3, each cell trained briefly, the best by held-back data",
      ).argParser(seedList),
    )
    .addOption(
      nameOption(
        '--retrain <name>',
        'with --seeds: the preset that each cell is trained with (default: quick, or quick-rnn for text)',
        'preset',
        presetsOf('train'),
      ),
    )
    .addOption(
      new Option('--retrain-set <key=value>', "with --seeds: change one of that preset's settings").argParser(
        (pair: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), pair],
      ),
    )
    .addOption(setOption())
    .option('--out <folder>', 'the run folder to make (default: the next free runs/search-N)')
    .addOption(
      new Option('--resume <run>', 'resume a search that was stopped').conflicts([
        'data',
        'from',
        'preset',
        'strategy',
        'set',
        'order',
        'stopOnSkips',
        'seeds',
        'out',
      ]),
    )
    .addOption(engineOption())
    .addOption(estimateOption().conflicts(['resume', 'seeds']))
    .addOption(fitOption())
    .addOption(uiOption())
    .addOption(jsonOption())
    .action(searchCommand);
}

async function searchCommand(flags: SearchFlags, command: Command): Promise<void> {
  const { resume, seeds, retrain, retrainSet } = flags;
  if (seeds === undefined) refuseGiven({ retrain, retrainSet }, 'goes with --seeds, which was not given');
  const path = resume ?? flags.out ?? freeRun('search');
  if (resume !== undefined && isFinished(resume, flags)) return;
  if (resume === undefined && seeds === undefined) requireFree(path, 'search');
  const engine = flags.engine === undefined ? {} : { engine: flags.engine };
  if (flags.deterministic === true) {
    // TensorFlow reads it when the job's process loads it.
    process.env['TF_DETERMINISTIC_OPS'] = '1';
    say(determinism);
  }
  if (seeds !== undefined) {
    refuseGiven({ ui: flags.ui }, 'shows one run, and --seeds makes several');
    await searchSeeds(path, flags, seeds, command);
    return;
  }
  const { fit, set } = flags;
  if (fit !== undefined) checkFit({ limit: fit, set });
  const asked =
    resume === undefined
      ? ({ kind: 'new', out: path, config: newConfig(withBatchOfOne(flags)), ...engine } as const)
      : ({ kind: 'resume', run: path, ...engine } as const);
  const verbose = isVerbose(command);
  if (flags.estimate === true) {
    const typed = asTyped(command, ['--estimate', '--json']);
    await printEstimate(
      { job: 'search', order: asked },
      { verbose, json: flags.json === true, command: typed },
    );
    return;
  }
  if (flags.ui === true) {
    await startAndWatch(command, path, asked.kind === 'new' && flags.out === undefined);
    return;
  }
  const order =
    fit === undefined || asked.kind === 'resume'
      ? asked
      : await withFittingBatch('search', asked, { limit: fit, verbose });
  const options = { verbose, onInterrupt: () => howToResume('search', path) };
  const outcome = await work(`Search in ${path}`, options, ({ job }) => job('search', order));
  const { genotype, seconds, skips } = outcome;
  const task = tasks[outcome.task];
  const searched = openRun(outcome.run);
  const normal = resume === undefined ? normalRange(flags) : '';
  say(
    `Searched in ${formatDuration(1000 * seconds)} on ${outcome.engine}: the supernet ${valued(searched, outcome)}${normal}; ` +
      `${skipsInWords(skips)} in ${task.space.skipsIn}.`,
  );
  print(
    flags.json === true
      ? JSON.stringify({ ...outcome, notation: task.space.toNotation(genotype) }, undefined, 2)
      : task.space.toNotation(genotype),
  );
  say(`Next: ${commandLine(`train ${word(path)}`)}`);
}

/**
 * Says again what a finished search found.
 *
 * @throws NascentError where there is no run, before anything begins
 */
function isFinished(path: string, flags: SearchFlags): boolean {
  const opened = openRun(path);
  const own = dataOf(opened);
  const space = own === undefined ? undefined : taskOf(own.data).space;
  const found: Genotype | undefined =
    space === undefined ? undefined : finishedGenotype(path, (found) => space.validate(found));
  if (space === undefined || found === undefined) return false;
  say('This search is finished.');
  const notation = space.toNotation(found);
  print(
    flags.json === true
      ? JSON.stringify({ ...finished(opened)?.result, run: path, genotype: found, notation }, undefined, 2)
      : notation,
  );
  say(`Next: ${commandLine(`train ${word(path)}`)}`);
  return true;
}

function valued(run: Run, { valid }: SearchOutcome): string {
  const metric = metricOfRun(run);
  return metric.name === 'accuracy'
    ? `gets ${metric.format(valid.value)} of its validation images right`
    : `has ${metric.format(valid.value)} on the validation text${inPieces(run, 'valid')}`;
}

/** @throws NascentError for settings that make no sense, before anything begins */
function newConfig(flags: SearchFlags) {
  const short = [
    ...(flags.order === undefined ? [] : [`order=${flags.order}`]),
    ...(flags.stopOnSkips === true ? ['stop_on_skips=2'] : []),
  ];
  const given = givenData(flags, undefined, 'cifar10');
  const { preset, strategy } = flags;
  return searchConfig(given, { preset, strategy, set: [...short, ...(flags.set ?? [])] });
}

/** How well a supernet searched by the whole of a preset does, for those who know no other number. */
function normalRange({ preset, set = [], order, stopOnSkips, fit }: SearchFlags): string {
  const range = Object.entries(normalAccuracy).find(([name]) => name === preset)?.[1];
  if (
    range === undefined ||
    set.length > 0 ||
    order !== undefined ||
    stopOnSkips === true ||
    fit !== undefined
  )
    return '';
  return ` (${formatShare(range[0])} to ${formatShare(range[1])} is normal)`;
}

const determinism = [
  'Deterministic: initial weights, the order of the data and all random draws come from the seed alone, on every runtime.',
  '  reference                            bit for bit, on any machine',
  '  tfjs-node-gpu, onnxruntime on a CPU  bit for bit on one machine with the same libraries and threads',
  '  tfjs-node-gpu on a GPU               TensorFlow is asked for deterministic kernels; an op without one fails',
  'Not deterministic: two runtimes, or two kinds of processor, differ in the order of float32 sums.',
].join('\n');

function seedList(text: string): readonly number[] {
  const seeds = seedsIn(text);
  if (seeds === undefined) throw new InvalidArgumentError(`Expected ${seedsHelp}.`);
  return seeds;
}

async function searchSeeds(
  path: string,
  flags: SearchFlags,
  seeds: readonly number[],
  command: Command,
): Promise<void> {
  const order = seedOrder(path, seeds, newConfig(flags), flags);
  const onInterrupt = () => 'Run the same command again to resume: what is finished is not done again.';
  const metric = taskOf(order.config.data).metricOf(order.config.settings);
  const result = await work(`Searches in ${path}`, { verbose: isVerbose(command), onInterrupt }, (working) =>
    seedProtocol(order, working),
  );
  print(flags.json === true ? JSON.stringify(result, undefined, 2) : renderSeeds(result, metric));
  say(`Next: ${commandLine(`train ${word(result.best.run)} --out ${word(join(path, 'final'))}`)}`);
}
