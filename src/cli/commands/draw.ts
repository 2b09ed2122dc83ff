/** `nascent draw`: both cells of a genotype as a drawing. */

import { extname } from 'node:path';

import type { Command } from 'commander';

import { writeFileWhole } from '../../files/files.ts';
import { NascentError } from '../../errors.ts';
import { cellDrawings } from '../../report/cells.ts';
import { pngOf } from '../../report/png.ts';
import { sized, widthOf } from '../../report/svg-document.ts';
import { themes, type Theme } from '../../report/theme.ts';
import { isNotation } from '../../space/notation.ts';
import type { Genotype } from '../../space/space.ts';
import { tasks } from '../../tasks/tasks.ts';
import { cellsGiven } from '../input/cells.ts';
import { epochOption, nameOption, numberOption } from '../input/options.ts';
import { networkFor, networkNames } from '../networks/network.ts';
import { requireOut } from '../input/out.ts';
import { print } from '../shell/output.ts';

const formats = ['svg', 'dot', 'png'] as const;
type Format = (typeof formats)[number];

interface DrawFlags {
  readonly genotype?: string;
  readonly network?: string;
  readonly epoch?: number;
  readonly out?: string;
  readonly format?: Format;
  readonly width?: number;
  readonly theme?: Theme;
}

export function registerDraw(program: Command): void {
  program
    .command('draw')
    .description('draw the cells of a genotype, and print the path of the drawing')
    .argument('[genotype]', 'a published name, a file, a run folder, or the notation itself')
    .option('--genotype <genotype>', 'the same, named as other commands have it')
    .addOption(
      nameOption(
        '--network <name>',
        'what the cells are for, where a name means cells of both kinds',
        'network',
        networkNames,
      ),
    )
    .addOption(epochOption('of a search: its cells after this epoch'))
    .option('--out <file>', 'the file to write (default: cells.svg, or as --format says)')
    .addOption(
      nameOption(
        '--format <name>',
        'the form of the drawing (default: as the name of the file ends)',
        'format',
        formats,
      ),
    )
    .addOption(
      numberOption(
        '--width <pixels>',
        'of svg and png (default: as the cells need, and of png twice that)',
        [100, 10_000],
      ),
    )
    .addOption(
      nameOption(
        '--theme <name>',
        'the colours of svg and png (default: auto, which is light, and in svg dark for who prefers it)',
        'theme',
        themes,
      ),
    )
    .action(draw);
}

async function draw(named: string | undefined, flags: DrawFlags): Promise<void> {
  const { network, epoch } = flags;
  const given = givenOnce(named, flags.genotype);
  const format = formatOf(flags);
  const out = flags.out ?? `cells.${format}`;
  requireOut(flags.out);
  const { task } = networkFor(given, network, {});
  const genotype = cellsGiven(tasks[task].space, given, epoch);
  await writeFileWhole(out, await drawn(task, genotype, titleOf(given, task), format, flags));
  print(out);
}

function givenOnce(named: string | undefined, option: string | undefined): string {
  const given = named ?? option;
  if (given !== undefined && (named === undefined || option === undefined)) return given;
  const what = given === undefined ? 'nothing to draw was named' : 'what to draw was named twice';
  throw new NascentError('input/invalid', what, {
    help: 'Give a published name, a file, a run folder or the notation itself, once: nascent draw runs/s1',
  });
}

/** @throws NascentError 'input/unknown' of a file whose name ends otherwise; 'input/invalid' of a size or colours for DOT */
function formatOf({ out = 'cells.svg', format: asked, width, theme }: DrawFlags): Format {
  const ending = extname(out).slice(1);
  const format = asked ?? formats.find((each) => each === (ending === '' ? 'svg' : ending.toLowerCase()));
  if (format === undefined) {
    throw new NascentError('input/invalid', `--out ${out}: a drawing cannot be written as ".${ending}"`, {
      help: `Give a name that ends in .svg, .dot or .png, or say which it is: --format ${formats.join('|')}.`,
    });
  }
  const idle = width !== undefined ? '--width' : theme !== undefined ? '--theme' : undefined;
  if (format === 'dot' && idle !== undefined) {
    throw new NascentError('input/invalid', `${idle} says nothing of a drawing as DOT`, {
      help: `Graphviz decides that when it lays the drawing out. Leave ${idle} out, or write svg or png.`,
    });
  }
  return format;
}

function drawn(
  task: keyof typeof tasks,
  genotype: Genotype,
  title: string | undefined,
  format: Format,
  { width, theme = 'auto' }: DrawFlags,
): Promise<Uint8Array> | string {
  const named = title === undefined ? {} : { title };
  if (format === 'dot') return cellDrawings[task].dot(genotype, named);
  if (format === 'svg') {
    const svg = cellDrawings[task].svg(genotype, { ...named, theme });
    return width === undefined ? svg : sized(svg, width);
  }
  // Pixels cannot follow whoever looks at them.
  const svg = cellDrawings[task].svg(genotype, { ...named, theme: theme === 'dark' ? 'dark' : 'light' });
  return pngOf(svg, width ?? 2 * widthOf(svg));
}

function titleOf(given: string, task: keyof typeof tasks): string | undefined {
  if (isNotation(given) || given.trimStart().startsWith('{')) return undefined;
  return tasks[task].space.publishedName(given) ?? given;
}
