/** `nascent demo`: the main job with all its set-up, and a table of what came of it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Option } from 'commander';
import type { Command } from 'commander';

import type { DatasetName } from '../../data/datasets.ts';
import { isTextName, textNames } from '../../data/text/corpus.ts';
import { NascentError } from '../../errors.ts';
import { openRun } from '../../run/directory.ts';
import { engineNamed } from '../../runtime/engine.ts';
import type { EngineName } from '../../runtime/engine.ts';
import { searchPresets } from '../../tasks/images/search-settings.ts';
import { rnnSearchPresets } from '../../tasks/text/search-settings.ts';
import { trainPresets } from '../../tasks/images/train-settings.ts';
import { rnnTrainPresets } from '../../tasks/text/train-settings.ts';
import { demo } from '../demo/demo.ts';
import { demoNext, demoTable, requireGood } from '../demo/summary.ts';
import { commandLine, word } from '../render/next.ts';
import { dataOption, engineOption, isVerbose, jsonOption } from '../input/options.ts';
import { print, say } from '../shell/output.ts';
import { demoRnn, demoText, requireGoodText, rnnDemoNext, rnnDemoTable } from '../rnn/demo.ts';
import { isAboutText, refuseFrom, textOf } from '../rnn/text-data.ts';
import { dataOf, freeRun, requireFree } from '../input/runs.ts';
import { work, type WorkOptions } from '../shell/work.ts';

interface DemoFlags {
  readonly data: DatasetName;
  readonly rnn?: boolean;
  readonly from?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly engine?: EngineName;
  readonly json?: boolean;
}

/** Share of the test images that the exported model must get right. */
const leastAccuracy = 0.5;
const parityImages = 1000;

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('the main job, with all its set-up: search, train, export, validate and compare, in minutes')
    .addOption(dataOption('the data set', textNames).default('cifar10'))
    .option(
      '--rnn',
      'a recurrent cell, on WikiText-2 where it is in the cache, else on text made on the spot',
    )
    .option('--from <folder>', 'with --rnn: where the text is')
    .option('--out <folder>', 'the run directory to make (default: the next free runs/demo-N)')
    .addOption(
      new Option('--resume <run>', 'go on with a demo that was stopped').conflicts([
        'data',
        'rnn',
        'from',
        'out',
      ]),
    )
    .addOption(engineOption())
    .addOption(jsonOption())
    .action(demoCommand);
}

async function demoCommand(flags: DemoFlags, command: Command): Promise<void> {
  const run = flags.resume ?? flags.out ?? freeRun('demo');
  if (flags.resume === undefined) requireFree(run, 'demo');
  if (isAboutText(flags.resume, flags.resume === undefined ? flags.data : undefined) || flags.rnn === true) {
    await demoTextCommand(run, flags, command);
    return;
  }
  refuseFrom(flags.from, flags.data);
  const begun = flags.resume === undefined ? undefined : openRun(flags.resume);
  const options = {
    run,
    data: begun === undefined ? flags.data : dataOf(begun),
    // A demo goes on with the engine it was begun with.
    engine: flags.engine ?? engineNamed(begun?.record().engine),
    preset: 'quick',
    search: searchPresets.quick,
    train: trainPresets.quick,
    parityImages,
  };
  const result = await work(`Nascent demo in ${run}`, workOptions(run, command), (work) =>
    demo(options, work),
  );
  print(flags.json === true ? JSON.stringify(result, undefined, 2) : demoTable(result));
  say(['Next:', ...demoNext(result).map((line) => `  ${line}`)].join('\n'));
  requireGood(result, leastAccuracy);
}

async function demoTextCommand(run: string, flags: DemoFlags, command: Command): Promise<void> {
  const begun = flags.resume === undefined ? undefined : openRun(flags.resume);
  const asked = command.getOptionValueSource('data') === 'default' ? undefined : flags.data;
  if (asked !== undefined && !isTextName(asked)) {
    throw new NascentError('input/invalid', `--rnn is for text, and ${asked} is images`, {
      help: `Leave --rnn or --data out, or name a text with --data: ${textNames.join(', ')}.`,
    });
  }
  const options = {
    run,
    text: (begun === undefined ? undefined : textOf(begun)) ?? (await demoText(asked, flags.from)),
    // A demo goes on with the engine it was begun with.
    engine: flags.engine ?? engineNamed(begun?.record().engine),
    preset: 'quick-rnn',
    search: rnnSearchPresets['quick-rnn'],
    train: rnnTrainPresets['quick-rnn'],
  };
  const result = await work(`Nascent demo in ${run}`, workOptions(run, command), (work) =>
    demoRnn(options, work),
  );
  print(flags.json === true ? JSON.stringify(result, undefined, 2) : rnnDemoTable(result));
  say(['Next:', ...rnnDemoNext(result).map((line) => `  ${line}`)].join('\n'));
  requireGoodText(result);
}

function workOptions(run: string, command: Command): WorkOptions {
  return {
    verbose: isVerbose(command),
    onInterrupt: () =>
      existsSync(join(run, 'run.json'))
        ? `Go on with it: ${commandLine(`demo --resume ${word(run)}`)}`
        : 'Nothing is left half-written. Run the same command again to go on.',
  };
}
