/** `nascent data info NAME|FOLDER`: what a dataset of images, or a text, holds, and what is odd about it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';

import { list } from '../../data/images/listing.ts';
import { onOneLine } from '../../data/images/own/words.ts';
import { describeImages } from '../../data/images/describe.ts';
import type { ImagesInfo } from '../../data/images/describe.ts';
import { dataNames, datasetNamed, isDataName, isTextName } from '../../data/registry.ts';
import type { ImagesName, TextName } from '../../data/registry.ts';
import { describeText } from '../../data/text/describe.ts';
import { ownText, splits, type Split } from '../../data/text/releases.ts';
import { NascentError } from '../../errors.ts';
import { writeFileWhole } from '../../files/files.ts';
import { reporterTo } from '../../run/reporter.ts';
import { applySettings } from '../../tasks/settings/apply.ts';
import { tellOpening } from '../../tasks/images/opening.ts';
import { textSettings } from '../../tasks/text/shared-settings.ts';
import { columns } from '../../tui/columns.ts';
import { runWithProgress } from '../../tui/run-with-progress.ts';
import { refuseOthers } from '../input/data.ts';
import { jsonOption } from '../input/options.ts';
import { formatInteger } from '../render/format.ts';
import { commandLine, word } from '../render/next.ts';
import { renderTextInfo } from '../render/text-info.ts';
import { interruptible } from '../shell/interrupt.ts';
import { print, say } from '../shell/output.ts';

interface InfoFlags {
  readonly from?: string;
  readonly sheet?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

export function registerDataInfo(data: Command): void {
  data
    .command('info')
    .description(
      'look through a dataset: classes and how many images there are of each, or words and how many; what is odd',
    )
    .argument(
      '<dataset>',
      `your folder of images or of texts, a CSV file of images, or one of ${dataNames.join(', ')}`,
    )
    .option('--from <folder>', 'the folder that holds the dataset, where it is named by its name')
    .option('--sheet <file>', 'write some images of each class as one picture, such as sheet.png')
    .addOption(
      new Option(
        '--set <key=value>',
        'of a text: level=character, or vocabulary_limit=10000, as a search has it; may be given again',
      ).argParser((pair: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), pair]),
    )
    .addOption(jsonOption())
    .action(showInfo);
}

async function showInfo(dataset: string, flags: InfoFlags): Promise<void> {
  const given = await datasetGiven(dataset, flags.from);
  const { set, sheet } = flags;
  refuseOthers(isTextName(given.name) ? 'text' : 'images', { images: { sheet }, text: { set } });
  if (isTextName(given.name)) await showText(dataset, { name: given.name, from: given.from }, flags);
  else await showImages(dataset, { name: given.name, from: given.from }, flags);
}

/** What decides what a text's words are. */
const textKind = z.strictObject({
  level: textSettings.level.type,
  vocabulary_limit: textSettings.vocabularyLimit.type,
});
const usualKind = { level: 'word', vocabulary_limit: null } as const;

async function showText(
  dataset: string,
  { name, from }: { readonly name: TextName; readonly from: string | undefined },
  { set = [], json = false }: InfoFlags,
): Promise<void> {
  const { level, vocabulary_limit: limit } = applySettings(textKind, usualKind, set);
  const info = await interruptible(({ stop }) =>
    runWithProgress(`Looking through ${dataset}`, () =>
      describeText(datasetNamed(name), { from, level, limit, signal: stop }),
    ),
  );
  print(json ? JSON.stringify(info, undefined, 2) : renderTextInfo(info));
}

async function showImages(
  dataset: string,
  { name, from }: { readonly name: ImagesName; readonly from: string | undefined },
  { sheet, json = false }: InfoFlags,
): Promise<void> {
  const info = await interruptible(({ stop }) =>
    runWithProgress(`Looking through ${dataset}`, async (report) => {
      const reporter = reporterTo(report);
      let current = '';
      const described = await describeImages(datasetNamed(name), {
        from,
        signal: stop,
        onProgress(split, done, total) {
          if (split !== current) reporter.stage(split, `Looking through ${splitTitles[split]} images`);
          current = split;
          reporter.progress(done, total, 'img');
        },
        onOpening: tellOpening(reporter),
      });
      if (sheet !== undefined) await writeFileWhole(sheet, await described.sheet());
      return described.info;
    }),
  );
  print(json ? JSON.stringify(info, undefined, 2) : rendered(info));
  if (sheet !== undefined) say(`Some images of each class, a row each: ${sheet}`);
}

const splitTitles = { train: 'training', valid: 'validation', test: 'test' } as const;

/** @throws NascentError 'input/invalid' where a folder is given twice */
async function datasetGiven(
  dataset: string,
  from: string | undefined,
): Promise<{ readonly name: ImagesName | TextName; readonly from: string | undefined }> {
  if (isDataName(dataset)) return { name: dataset, from };
  if (from === undefined) return { name: await kindOf(dataset), from: dataset };
  throw new NascentError('input/invalid', `both ${dataset} and --from ${from} are given`, {
    help: 'Give one folder, or the name of a dataset with --from.',
  });
}

/**
 * What somebody's own data are. An archive can be nothing but a text. In a folder of images, a `train.txt` lists some of
 * them; in a folder of texts, other folders may lie beside them. Where a folder could be either, it is said what it is
 * taken for.
 */
async function kindOf(path: string): Promise<'images' | 'text'> {
  if (/\.(zip|tgz|tar\.gz)$/i.test(path)) return 'text';
  const has = (split: Split) =>
    ownText.files.some(
      (file) => file.split === split && file.names.some((name) => existsSync(join(path, name))),
    );
  if (!splits.some(has)) return 'images';
  const { folders } = await list(path, 'Name a folder that can be read.');
  if (folders.length === 0) return 'text';
  const [kind, other] =
    has('valid') && has('test') ? (['text', 'images'] as const) : (['images', 'text'] as const);
  const ask = commandLine(`data info ${other} --from ${word(path)}`);
  say(`${path} has folders and texts: it is read as ${titles[kind]}. To read it as ${titles[other]}: ${ask}`);
  return kind;
}

const titles = { images: 'images', text: 'a text' } as const;

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
    ...unreadable.map(({ path, reason }) => `· passed over ${onOneLine(path)}: ${reason}`),
  ].join('\n');
}
