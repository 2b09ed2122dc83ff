/** `nascent draw`: both cells of a genotype as a drawing. */

import { extname } from 'node:path';

import type { Command } from 'commander';

import { writeFileWhole } from '../../data/files.ts';
import { NascentError } from '../../errors.ts';
import { genotypeDot } from '../../report/dot.ts';
import { genotypeSvg } from '../../report/svg.ts';
import { loadGenotype } from '../../space/genotype-load.ts';
import { isNotation } from '../../space/notation.ts';
import { publishedName } from '../../space/published.ts';
import { print } from '../output.ts';

interface DrawFlags {
  readonly genotype: string;
  readonly out: string;
}

const formats = { '.svg': genotypeSvg, '.dot': genotypeDot } as const;

export function registerDraw(program: Command): void {
  program
    .command('draw')
    .description('draw the cells of a genotype, and print the path of the drawing')
    .requiredOption(
      '--genotype <genotype>',
      'a published name, a file, a run directory, or the notation itself',
    )
    .option('--out <file>', 'the file to write: .svg, or .dot for Graphviz', 'cells.svg')
    .action(draw);
}

async function draw({ genotype: given, out }: DrawFlags): Promise<void> {
  const ending = extname(out);
  const render = Object.entries(formats).find(([each]) => each === ending)?.[1];
  if (render === undefined) {
    throw new NascentError('input/invalid', `--out ${out}: a drawing cannot be written as "${ending}"`, {
      help: `Give a name that ends in ${Object.keys(formats).join(' or ')}.`,
    });
  }
  const title = titleOf(given);
  await writeFileWhole(out, render(loadGenotype(given), title === undefined ? {} : { title }));
  print(out);
}

function titleOf(given: string): string | undefined {
  if (isNotation(given) || given.trimStart().startsWith('{')) return undefined;
  return publishedName(given) ?? given;
}
