/** `nascent search`: searches a cell, and prints its genotype. */

import { join } from 'node:path';

import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

import type { DatasetName } from '../../data/datasets.ts';
import { textNames } from '../../data/text/corpus.ts';
import { NascentError } from '../../errors.ts';
import type { EngineName } from '../../runtime/engine.ts';
import { normalAccuracy, searchPresets, searchSchema } from '../../tasks/images/search-settings.ts';
import type { SearchPreset } from '../../tasks/images/search-settings.ts';
import type { SearchOrder, SearchOutcome } from '../../search/job.ts';
import { skipCount } from '../../space/images/derive.ts';
import { genotypeFromJson } from '../../space/images/genotype-json.ts';
import { genotypeToNotation } from '../../space/images/genotype-notation.ts';
import type { CnnGenotype } from '../../space/images/genotype.ts';
import { formatDuration } from '../../tui/format.ts';
import { trainPresets, trainSchema, type TrainPreset } from '../../tasks/images/train-settings.ts';
import { finishedGenotype } from '../../run/searched.ts';
import { checkSearch, checkTraining } from '../input/check-settings.ts';
import { formatShare } from '../render/format.ts';
import { howToResume } from '../render/how-to-resume.ts';
import { commandLine, word } from '../render/next.ts';
import {
  dataOption,
  engineOption,
  isVerbose,
  jsonOption,
  knownName,
  nameOption,
  setOption,
} from '../input/options.ts';
import { print, say } from '../shell/output.ts';
import { rnnSearchPresetNames, searchText } from '../rnn/search.ts';
import { isAboutText, refuseFrom, refuseGiven } from '../rnn/text-data.ts';
import { freeRun, requireFree } from '../input/runs.ts';
import { heldBack, renderSeeds, seedProtocol } from '../seeds.ts';
import { applySettings } from '../input/settings.ts';
import { work } from '../shell/work.ts';

interface SearchFlags {
  readonly data: DatasetName;
  readonly from?: string;
  readonly preset: SearchPreset;
  readonly order?: number;
  readonly stopOnSkips?: boolean;
  readonly deterministic?: boolean;
  readonly seeds?: readonly number[];
  readonly retrain?: TrainPreset;
  readonly retrainSet?: readonly string[];
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: string;
  readonly engine?: EngineName;
  readonly json?: boolean;
}

export function registerSearch(program: Command): void {
  program
    .command('search')
    .description('search a cell by DARTS into a run directory, and print its genotype')
    .addOption(dataOption('the data set to search on', textNames).default('cifar10'))
    .option('--from <folder>', 'where a text is, if not in the cache')
    .addOption(
      nameOption(
        '--preset <name>',
        'the settings to begin from; quick-rnn for a text, if left out',
        'preset',
        [...Object.keys(searchPresets), ...rnnSearchPresetNames],
      ).default('quick'),
    )
    .addOption(
      new Option('--order <n>', 'order of the architecture gradient: 1, or 2 with the term one step ahead')
        .choices(['1', '2'])
        .argParser(Number),
    )
    .option('--stop-on-skips', 'stop once the normal cell has two skip connections (DARTS+)')
    .option('--deterministic', 'ask for deterministic kernels, and say what is and is not deterministic')
    .addOption(
      new Option(
        '--seeds <list>',
        "the paper's protocol: a search for each seed, each cell trained for a short while, the best by held-back images",
      ).argParser(seedList),
    )
    .addOption(
      nameOption(
        '--retrain <name>',
        'with --seeds: how each cell is trained, quick if left out',
        'preset',
        Object.keys(trainPresets),
      ),
    )
    .addOption(
      new Option('--retrain-set <key=value>', "with --seeds: change one of that preset's settings").argParser(
        (pair: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), pair],
      ),
    )
    .addOption(setOption())
    .option('--out <folder>', 'the run directory to make (default: the next free runs/search-N)')
    .addOption(
      new Option('--resume <run>', 'go on with a search that was stopped').conflicts([
        'data',
        'from',
        'preset',
        'set',
        'order',
        'stopOnSkips',
        'seeds',
        'out',
      ]),
    )
    .addOption(engineOption())
    .addOption(jsonOption())
    .action(searchCommand);
}

async function searchCommand(flags: SearchFlags, command: Command): Promise<void> {
  if (isAboutText(flags.resume, flags.resume === undefined ? flags.data : undefined)) {
    await searchText(flags, command);
    return;
  }
  refuseFrom(flags.from, flags.data);
  knownName('preset', flags.preset, Object.keys(searchPresets));
  if (flags.seeds === undefined) {
    const { retrain, retrainSet } = flags;
    refuseGiven({ retrain, retrainSet }, 'goes with --seeds, which was not given');
  }
  const path = flags.resume ?? flags.out ?? freeRun('search');
  const finished = flags.resume === undefined ? undefined : finishedGenotype(flags.resume, genotypeFromJson);
  if (finished !== undefined) {
    say('This search is finished.');
    print(
      flags.json === true
        ? JSON.stringify({ run: path, ...genotypeData(finished) }, undefined, 2)
        : genotypeToNotation(finished),
    );
    say(`Next: ${commandLine(`train ${word(path)}`)}`);
    return;
  }
  if (flags.resume === undefined && flags.seeds === undefined) requireFree(path, 'search');
  const engine = flags.engine === undefined ? {} : { engine: flags.engine };
  if (flags.deterministic === true) {
    // TensorFlow reads it when the job's process loads it.
    process.env['TF_DETERMINISTIC_OPS'] = '1';
    say(determinism);
  }
  if (flags.seeds !== undefined) {
    await searchSeeds(path, flags, flags.seeds, command);
    return;
  }
  const order: SearchOrder =
    flags.resume === undefined
      ? { kind: 'new', out: path, config: searchConfig(flags), ...engine }
      : { kind: 'resume', run: path, ...engine };
  const options = { verbose: isVerbose(command), onInterrupt: () => howToResume('search', path) };
  const outcome = await work(`Search in ${path}`, options, ({ job }) => job('search', order));
  const { genotype, validAccuracy, seconds, skips } = outcome;
  const normal = flags.resume === undefined ? normalRange(flags) : '';
  say(
    `Searched in ${formatDuration(1000 * seconds)} on ${outcome.engine}; the supernet gets ` +
      `${formatShare(validAccuracy)} of its validation images right${normal}; ${skips} skip connections in the normal cell.`,
  );
  print(
    flags.json === true
      ? JSON.stringify({ ...outcome, ...genotypeData(genotype) } satisfies SearchOutcome, undefined, 2)
      : genotypeToNotation(genotype),
  );
  say(`Next: ${commandLine(`train ${word(path)}`)}`);
}

/** The configuration of a new search. @throws NascentError for settings that make no sense, before anything begins */
export function searchConfig(flags: Pick<SearchFlags, 'data' | 'preset' | 'set' | 'order' | 'stopOnSkips'>) {
  const short = [
    ...(flags.order === undefined ? [] : [`order=${flags.order}`]),
    ...(flags.stopOnSkips === true ? ['stop_on_skips=2'] : []),
  ];
  const settings = applySettings(searchSchema, searchPresets[flags.preset], [...short, ...(flags.set ?? [])]);
  checkSearch(settings);
  return { data: flags.data, preset: flags.preset, settings };
}

/** How well a supernet searched by the whole of a preset does, for those who know no other number. */
function normalRange({ preset, set = [], order, stopOnSkips }: SearchFlags): string {
  const range = normalAccuracy[preset];
  if (range === undefined || set.length > 0 || order !== undefined || stopOnSkips === true) return '';
  return ` (${formatShare(range[0])} to ${formatShare(range[1])} is normal)`;
}

const determinism = [
  'Deterministic: initial weights, order and augmentation of images come from the seed alone, on every engine.',
  '  reference                            bit for bit, on any machine',
  '  tfjs-node-gpu, onnxruntime on a CPU  bit for bit on one machine with the same libraries and threads',
  '  tfjs-node-gpu on a GPU               TensorFlow is asked for deterministic kernels; an op without one fails',
  'Not deterministic: two engines, or two kinds of processor, differ in the order of float32 sums.',
].join('\n');

function seedList(text: string): number[] {
  const seeds = text.split(',').map((seed) => (/^\d+$/.test(seed.trim()) ? Number(seed) : Number.NaN));
  if (!seeds.every(Number.isSafeInteger) || new Set(seeds).size !== seeds.length) {
    throw new InvalidArgumentError('Expected whole numbers with commas between, each once, such as 0,1,2,3.');
  }
  return seeds;
}

async function searchSeeds(
  path: string,
  flags: SearchFlags,
  seeds: readonly number[],
  command: Command,
): Promise<void> {
  for (const [option, pairs = []] of [
    ['set', flags.set],
    ['retrain-set', flags.retrainSet],
  ] as const) {
    if (!pairs.some((pair) => /^\s*seed\s*=/.test(pair))) continue;
    throw new NascentError(
      'input/invalid',
      `--${option} seed=… goes for one search, and --seeds has others`,
      {
        help: `List it among --seeds, and leave --${option} seed=… out.`,
      },
    );
  }
  const { retrain = 'quick' } = flags;
  const held = `held_back=${heldBack}`;
  const training = applySettings(trainSchema, trainPresets[retrain], [held, ...(flags.retrainSet ?? [])]);
  checkTraining(training);
  const order = {
    path,
    seeds,
    config: searchConfig(flags),
    training,
    preset: retrain,
    engine: flags.engine,
  };
  const onInterrupt = () => 'Run the same command again to go on: what is finished is not done again.';
  const result = await work(`Searches in ${path}`, { verbose: isVerbose(command), onInterrupt }, (working) =>
    seedProtocol(order, working),
  );
  print(flags.json === true ? JSON.stringify(result, undefined, 2) : renderSeeds(result));
  say(`Next: ${commandLine(`train ${word(result.best.run)} --out ${word(join(path, 'final'))}`)}`);
}

function genotypeData(genotype: CnnGenotype) {
  return { genotype, notation: genotypeToNotation(genotype), skips: skipCount(genotype.normal) };
}
