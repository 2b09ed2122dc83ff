/** `nascent data info NAME|FOLDER`: what a dataset of images holds, and what is odd about it. */

import type { Command } from 'commander';

import { describeImages } from '../../data/images/describe.ts';
import type { ImagesInfo } from '../../data/images/describe.ts';
import { datasetNamed, imagesNames, isDataName, isTextName } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import { writeFileWhole } from '../../files/files.ts';
import { reporterTo } from '../../run/reporter.ts';
import { columns } from '../../tui/columns.ts';
import { runWithProgress } from '../../tui/run-with-progress.ts';
import { jsonOption } from '../input/options.ts';
import { formatInteger } from '../render/format.ts';
import { interruptible } from '../shell/interrupt.ts';
import { print, say } from '../shell/output.ts';

interface InfoFlags {
  readonly from?: string;
  readonly sheet?: string;
  readonly json?: boolean;
}

export function registerDataInfo(data: Command): void {
  data
    .command('info')
    .description('look through a dataset of images: its classes, how many there are of each, what is odd')
    .argument('<dataset>', `your folder of images, a CSV file of them, or one of ${imagesNames.join(', ')}`)
    .option('--from <folder>', 'the folder that holds the dataset, where it is named by its name')
    .option('--sheet <file>', 'write some images of each class as one picture, such as sheet.png')
    .addOption(jsonOption())
    .action(showInfo);
}

async function showInfo(dataset: string, { from, sheet, json = false }: InfoFlags): Promise<void> {
  const given = datasetGiven(dataset, from);
  const info = await interruptible(({ stop }) =>
    runWithProgress(`Looking through ${dataset}`, async (report) => {
      const reporter = reporterTo(report);
      let current = '';
      const described = await describeImages(datasetNamed(given.name), {
        from: given.from,
        signal: stop,
        onProgress(split, done, total) {
          if (split !== current) reporter.stage(split, `Looking through ${splitTitles[split]} images`);
          current = split;
          reporter.progress(done, total, 'img');
        },
      });
      if (sheet !== undefined) await writeFileWhole(sheet, await described.sheet());
      return described.info;
    }),
  );
  print(json ? JSON.stringify(info, undefined, 2) : rendered(info));
  if (sheet !== undefined) say(`Some images of each class, a row each: ${sheet}`);
}

const splitTitles = { train: 'training', valid: 'validation', test: 'test' } as const;

/** @throws NascentError 'input/invalid' for a text, and where a folder is given twice */
function datasetGiven(dataset: string, from: string | undefined) {
  if (!isDataName(dataset)) {
    if (from === undefined) return { name: 'images', from: dataset } as const;
    throw new NascentError('input/invalid', `both ${dataset} and --from ${from} are given`, {
      help: 'Give one folder, or the name of a dataset with --from.',
    });
  }
  if (!isTextName(dataset)) return { name: dataset, from };
  throw new NascentError('input/invalid', `${dataset} is a text, and data info is of images`, {
    help: `Datasets of images: ${imagesNames.join(', ')}, or a folder of yours.`,
  });
}

function rendered({ channels, height, width, mean, std, classes, unreadable, notes }: ImagesInfo): string {
  const total = (split: 'train' | 'valid' | 'test') => classes.reduce((sum, each) => sum + each[split], 0);
  const valid = total('valid') > 0;
  const numbers = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(', ');
  return [
    `${formatInteger(total('train'))} training${valid ? `, ${formatInteger(total('valid'))} validation` : ''} and ${formatInteger(total('test'))} test images of ${classes.length} classes, ` +
      `used as ${width}×${height} ${channels === 1 ? 'of grey' : 'in colours'}`,
    `mean ${numbers(mean)}; deviation ${numbers(std)}`,
    '',
    columns([
      ['Class', 'Train', ...(valid ? ['Validation'] : []), 'Test'],
      ...classes.map((each) => [
        each.label,
        formatInteger(each.train),
        ...(valid ? [formatInteger(each.valid)] : []),
        formatInteger(each.test),
      ]),
    ]),
    ...(notes.length + unreadable.length === 0 ? [] : ['']),
    ...notes.map((note) => `· ${note}`),
    ...unreadable.map(({ path, reason }) => `· passed over ${path}: ${reason}`),
  ].join('\n');
}
