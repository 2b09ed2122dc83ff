/** `nascent draw`: both cells of a genotype as a drawing. */

import { extname } from 'node:path';

import type { Command } from 'commander';

import { writeFileWhole } from '../../files/files.ts';
import { NascentError } from '../../errors.ts';
import { cellDrawings } from '../../report/cells.ts';
import { isNotation } from '../../space/notation.ts';
import { tasks } from '../../tasks/tasks.ts';
import { cellsGiven } from '../input/cells.ts';
import { epochOption, nameOption } from '../input/options.ts';
import { networkFor, networkNames } from '../networks/network.ts';
import { print } from '../shell/output.ts';

interface DrawFlags {
  readonly genotype: string;
  readonly network?: string;
  readonly epoch?: number;
  readonly out: string;
}

const formats = { '.svg': 'svg', '.dot': 'dot' } as const;

export function registerDraw(program: Command): void {
  program
    .command('draw')
    .description('draw the cells of a genotype, and print the path of the drawing')
    .requiredOption('--genotype <genotype>', 'a published name, a file, a run folder, or the notation itself')
    .addOption(
      nameOption(
        '--network <name>',
        'what the cells are for, where a name means cells of both kinds',
        'network',
        networkNames,
      ),
    )
    .addOption(epochOption('of a search: its cells after this epoch'))
    .option('--out <file>', 'the file to write: .svg, or .dot for Graphviz', 'cells.svg')
    .action(draw);
}

async function draw({ genotype: given, network, epoch, out }: DrawFlags): Promise<void> {
  const ending = extname(out);
  const format = Object.entries(formats).find(([each]) => each === ending)?.[1];
  if (format === undefined) {
    throw new NascentError('input/invalid', `--out ${out}: a drawing cannot be written as "${ending}"`, {
      help: `Give a name that ends in ${Object.keys(formats).join(' or ')}.`,
    });
  }
  const { task } = networkFor(given, network, {});
  const title = titleOf(given, task);
  const genotype = cellsGiven(tasks[task].space, given, epoch);
  await writeFileWhole(out, cellDrawings[task][format](genotype, title === undefined ? {} : { title }));
  print(out);
}

function titleOf(given: string, task: keyof typeof tasks): string | undefined {
  if (isNotation(given) || given.trimStart().startsWith('{')) return undefined;
  return tasks[task].space.publishedName(given) ?? given;
}
