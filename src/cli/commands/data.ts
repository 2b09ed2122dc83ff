/** `nascent data list`, `get` and `info`: which datasets there are, getting one into the cache, and what is in one. */

import { Argument } from 'commander';
import type { Command } from 'commander';

import { dataNames, datasetNamed, datasets, howToGet, isDataName } from '../../data/registry.ts';
import type { DatasetRow, DatasetStatus } from '../../data/row.ts';
import { NascentError } from '../../errors.ts';
import { columns } from '../../tui/columns.ts';
import { runWithProgress } from '../../tui/run-with-progress.ts';
import { registerDataInfo } from './data-info.ts';
import { jsonOption } from '../input/options.ts';
import { unknownName } from '../../tasks/settings/unknown-name.ts';
import { withWords } from '../input/words.ts';
import { dataProgress } from '../shell/data-progress.ts';
import { interruptible } from '../shell/interrupt.ts';
import { print, say } from '../shell/output.ts';

export function registerData(program: Command): void {
  const published = datasets.filter(({ origin }) => origin.kind === 'published');
  const names = published.map(({ name }) => name);
  const data = program.command('data').description('list datasets, get them, and look through them');
  data
    .command('list')
    .description('list the datasets, where each one is and how to get it')
    .addOption(jsonOption())
    .action(listDatasets);
  data
    .command('get')
    .description('get a dataset into the cache, check every byte, and print its folder')
    .addArgument(withWords(new Argument('<name>', `the dataset: ${names.join(', ')}`), names))
    .option('--from <path>', 'take it from a folder or archive that you have, without the network')
    .action(getDataset);
  registerDataInfo(data);
}

async function getDataset(name: string, { from }: { readonly from?: string }): Promise<void> {
  if (!isDataName(name)) throw unknownName('dataset', name, dataNames);
  const row = datasetNamed(name);
  const { title, origin } = row;
  if (origin.kind !== 'published') throw notGot(row);
  const result = await interruptible(({ stop }) =>
    runWithProgress(`Getting ${title}`, (report) =>
      origin.get({ from, signal: stop, onProgress: dataProgress(title, report) }),
    ),
  );
  say(result.alreadyThere ? 'It was there already, and whole.' : `It came from ${result.source}.`);
  print(result.directory);
}

/** There is nothing to get of what is made on the spot, or of what is the user's. */
function notGot({ name, origin, from }: DatasetRow): NascentError {
  return origin.kind === 'made'
    ? new NascentError('input/invalid', `${name} is made on the spot: there is nothing to get`, {
        help: `Use it as it is: --data ${name}.`,
      })
    : new NascentError('input/invalid', `${name} cannot be downloaded: you bring it`, {
        help: `Name it where it is used: --data ${name} --from PATH, ${from ?? ''}.`,
      });
}

/** One dataset, as `data list --json` prints it. */
interface Listed extends DatasetStatus {
  readonly name: string;
  readonly task: 'images' | 'text';
  readonly title: string;
  readonly description: string;
  /** What to do to have it. */
  readonly get: string;
  /** What `--from` takes where the dataset is used; null where it is not taken. */
  readonly from: string | null;
}

async function listDatasets({ json = false }: { readonly json?: boolean }): Promise<void> {
  const listed = await interruptible(({ stop }) =>
    Promise.all(
      datasets.map(async (row): Promise<Listed> => {
        const { name, task, title, description, from } = row;
        return {
          name,
          task,
          title,
          description,
          ...(await row.status({ signal: stop })),
          get: howToGet(row),
          from,
        };
      }),
    ),
  );
  print(json ? JSON.stringify(listed, undefined, 2) : rendered(listed));
}

/** For people: where it is if it is there, else how to get it. */
function rendered(listed: readonly Listed[]): string {
  const rows = listed.map(({ name, task, title, status, where, get }) => [
    name,
    task,
    title,
    status === 'given' ? 'yours' : status,
    status === 'ready' ? (where ?? get) : get,
  ]);
  return columns([['Name', 'Task', 'Title', 'Status', 'Where, or how to get it'], ...rows]);
}
