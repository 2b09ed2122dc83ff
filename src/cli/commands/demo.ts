/** `nascent demo`: the main job with all its set-up, and a table of what came of it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Option } from 'commander';
import type { Command } from 'commander';

import { dataNames, datasetNamed } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import { openRun, type Run } from '../../run/directory.ts';
import { engineNamed } from '../../runtime/engine.ts';
import type { EngineName } from '../../runtime/engine.ts';
import type { Genotype } from '../../space/space.ts';
import { taskOf } from '../../tasks/tasks.ts';
import { demo, type DemoOptions } from '../demo/demo.ts';
import { minutesOption, usualMinutes, type Minutes } from '../demo/minutes.ts';
import { demoRows } from '../demo/rows.ts';
import { demoNext, demoTable, requireGood } from '../demo/summary.ts';
import { searchConfig, trainingConfig } from '../input/configure.ts';
import { dataOf, givenData, type GivenData } from '../input/data.ts';
import { engineOption, isVerbose, jsonOption, uiOption, nameOption } from '../input/options.ts';
import { freeRun, requireFree } from '../input/runs.ts';
import { startAndWatch } from '../interface/start-and-watch.ts';
import { commandLine, word } from '../render/next.ts';
import { print, say } from '../shell/output.ts';
import { work, type WorkOptions } from '../shell/work.ts';

export interface DemoFlags {
  readonly data?: string;
  readonly rnn?: boolean;
  readonly from?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly engine?: EngineName;
  readonly minutes?: Minutes;
  readonly ui?: boolean;
  readonly json?: boolean;
}

const parityImages = 1000;

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('search, train, export, validate and compare, with all set-up, in minutes')
    .addOption(nameOption('--data <name>', 'the dataset (default: cifar10)', 'dataset', dataNames))
    .option('--rnn', 'a recurrent cell, on WikiText-2 if it is in the cache, else on generated text')
    .option('--from <folder>', 'with --rnn: the folder that holds the text')
    .option('--out <folder>', 'the run folder to make (default: the next free runs/demo-N)')
    .addOption(
      new Option('--resume <run>', 'resume a demo that was stopped').conflicts([
        'data',
        'rnn',
        'from',
        'out',
        'minutes',
      ]),
    )
    .addOption(minutesOption())
    .addOption(engineOption())
    .addOption(uiOption())
    .addOption(jsonOption())
    .action(demoCommand);
}

async function demoCommand(flags: DemoFlags, command: Command): Promise<void> {
  const run = flags.resume ?? flags.out ?? freeRun('demo');
  if (flags.resume === undefined) requireFree(run, 'demo');
  const begun = flags.resume === undefined ? undefined : openRun(flags.resume);
  const data = (begun === undefined ? undefined : dataOf(begun)) ?? (await demoData(flags));
  // A demo is resumed on the runtime that it was begun on.
  const engine = flags.engine ?? engineNamed(begun?.record().engine);
  const { preset } = demoRows[taskOf(data.data).name];
  const options: DemoOptions = {
    run,
    data,
    engine,
    // What a demo chose is in its configuration, and it keeps to the minutes that it began with.
    minutes: begun === undefined ? (flags.minutes ?? usualMinutes) : minutesOf(begun),
    search: searchConfig(data, { preset: preset.search }),
    training: (genotype: Genotype, source: string) =>
      trainingConfig(data, genotype, source, { preset: preset.train }),
    parityImages,
  };
  if (flags.ui === true) {
    await startAndWatch(command, run, flags.resume === undefined && flags.out === undefined);
    return;
  }
  const result = await work(`Nascent demo in ${run}`, workOptions(run, command), (working) =>
    demo(options, working),
  );
  print(flags.json === true ? JSON.stringify(result, undefined, 2) : demoTable(result));
  say(['Next:', ...demoNext(result).map((line) => `  ${line}`)].join('\n'));
  requireGood(result);
}

/** The minutes that a demo began with; one that is older than them does the full amount. */
function minutesOf(run: Run): Minutes {
  const { minutes } = run.record().config;
  return typeof minutes === 'number' ? minutes : 'full';
}

/** The data of a new demo: what is asked for; with --rnn WikiText-2, where it is in the cache, or what is generated. */
export async function demoData({ data, from, rnn }: DemoFlags): Promise<GivenData> {
  if (rnn !== true) return givenData({ data, from }, undefined, 'cifar10');
  if (data !== undefined && taskOf(data).name !== 'text') {
    throw new NascentError('input/invalid', `--rnn is for text, and ${data} is images`, {
      help: 'Leave --rnn or --data out, or name a text with --data: wikitext2, ptb, grammar, text.',
    });
  }
  if (data !== undefined) return givenData({ data, from });
  if (from !== undefined) return givenData({ data: 'wikitext2', from });
  const { status } = await datasetNamed('wikitext2').status();
  return { data: status === 'ready' ? 'wikitext2' : 'grammar' };
}

function workOptions(run: string, command: Command): WorkOptions {
  return {
    verbose: isVerbose(command),
    onInterrupt: () =>
      existsSync(join(run, 'run.json'))
        ? `Resume it: ${commandLine(`demo --resume ${word(run)}`)}`
        : 'Nothing is left half-written. Run the same command again to resume.',
  };
}
