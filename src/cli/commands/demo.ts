/** `nascent demo`: the main job with all its set-up, and a table of what came of it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Option } from 'commander';
import type { Command } from 'commander';

import type { DatasetName } from '../../data/datasets.ts';
import { openRun } from '../../run/directory.ts';
import { engineNamed } from '../../runtime/engine.ts';
import type { EngineName } from '../../runtime/engine.ts';
import { searchPresets } from '../../search/config.ts';
import { trainPresets } from '../../train/config.ts';
import { demo } from '../demo/demo.ts';
import { demoNext, demoTable, requireGood } from '../demo/summary.ts';
import { commandLine, word } from '../next.ts';
import { dataOption, engineOption, isVerbose, jsonOption } from '../options.ts';
import { print, say } from '../output.ts';
import { dataOf, freeRun, requireFree } from '../runs.ts';
import { work } from '../work.ts';

interface DemoFlags {
  readonly data: DatasetName;
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
    .addOption(dataOption('the data set').default('cifar10'))
    .option('--out <folder>', 'the run directory to make (default: the next free runs/demo-N)')
    .addOption(new Option('--resume <run>', 'go on with a demo that was stopped').conflicts(['data', 'out']))
    .addOption(engineOption())
    .addOption(jsonOption())
    .action(demoCommand);
}

async function demoCommand(flags: DemoFlags, command: Command): Promise<void> {
  const run = flags.resume ?? flags.out ?? freeRun('demo');
  if (flags.resume === undefined) requireFree(run, 'demo');
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
  const onInterrupt = () =>
    existsSync(join(run, 'run.json'))
      ? `Go on with it: ${commandLine(`demo --resume ${word(run)}`)}`
      : 'Nothing is left half-written. Run the same command again to go on.';
  const result = await work(`Nascent demo in ${run}`, { verbose: isVerbose(command), onInterrupt }, (work) =>
    demo(options, work),
  );
  print(flags.json === true ? JSON.stringify(result, undefined, 2) : demoTable(result));
  say(['Next:', ...demoNext(result).map((line) => `  ${line}`)].join('\n'));
  requireGood(result, leastAccuracy);
}
