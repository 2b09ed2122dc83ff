/** `nascent data get <name>`: gets a dataset into the cache, checks it, and prints its folder. */

import type { Command } from 'commander';

import { runWithProgress } from '../../tui/run-with-progress.tsx';
import { dataProgress } from '../shell/data-progress.ts';
import { datasets } from '../input/datasets.ts';
import { interruptible } from '../shell/interrupt.ts';
import { print, say } from '../shell/output.ts';
import { unknownName } from '../input/unknown-name.ts';

export function registerData(program: Command): void {
  const data = program.command('data').description('get datasets');
  data
    .command('get')
    .description('get a dataset into the cache, check every byte, and print its folder')
    .argument('<name>', `the dataset: ${[...datasets.keys()].join(', ')}`)
    .option('--from <path>', 'take it from a folder or archive that you have, without the network')
    .action(getDataset);
}

async function getDataset(name: string, { from }: { readonly from?: string }): Promise<void> {
  const dataset = datasets.get(name);
  if (dataset === undefined) throw unknownName('dataset', name, [...datasets.keys()]);
  const result = await interruptible(({ stop }) =>
    runWithProgress(`Getting ${dataset.title}`, (report) =>
      dataset.get({ from, signal: stop, onProgress: dataProgress(dataset.title, report) }),
    ),
  );
  say(result.alreadyThere ? 'It was there already, and whole.' : `It came from ${result.source}.`);
  print(result.directory);
}
