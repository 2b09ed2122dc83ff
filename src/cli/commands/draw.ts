/** `nascent draw`: both cells of a genotype as a drawing. */

import { extname } from 'node:path';

import type { Command } from 'commander';

import { writeFileWhole } from '../../files/files.ts';
import { NascentError } from '../../errors.ts';
import { genotypeDot, rnnGenotypeDot } from '../../report/dot.ts';
import { rnnGenotypeSvg } from '../../report/rnn-svg.ts';
import { genotypeSvg } from '../../report/svg.ts';
import { loadGenotype } from '../../space/images/genotype-load.ts';
import { isNotation } from '../../space/notation.ts';
import { publishedName } from '../../space/images/published.ts';
import { loadRnnGenotype } from '../../space/text/genotype-load.ts';
import { publishedRnnName } from '../../space/text/published.ts';
import { allNetworkNames, isRnnNetwork, networkFor } from '../input/networks.ts';
import type { NetworkName, RnnNetworkName } from '../input/networks.ts';
import { nameOption } from '../input/options.ts';
import { print } from '../shell/output.ts';

interface DrawFlags {
  readonly genotype: string;
  readonly network?: NetworkName | RnnNetworkName;
  readonly out: string;
}

const formats = {
  '.svg': { images: genotypeSvg, text: rnnGenotypeSvg },
  '.dot': { images: genotypeDot, text: rnnGenotypeDot },
} as const;

export function registerDraw(program: Command): void {
  program
    .command('draw')
    .description('draw the cells of a genotype, and print the path of the drawing')
    .requiredOption(
      '--genotype <genotype>',
      'a published name, a file, a run directory, or the notation itself',
    )
    .addOption(
      nameOption(
        '--network <name>',
        'what the cells are for, where a name means cells of both kinds',
        'network',
        allNetworkNames,
      ),
    )
    .option('--out <file>', 'the file to write: .svg, or .dot for Graphviz', 'cells.svg')
    .action(draw);
}

async function draw({ genotype: given, network, out }: DrawFlags): Promise<void> {
  const ending = extname(out);
  const render = Object.entries(formats).find(([each]) => each === ending)?.[1];
  if (render === undefined) {
    throw new NascentError('input/invalid', `--out ${out}: a drawing cannot be written as "${ending}"`, {
      help: `Give a name that ends in ${Object.keys(formats).join(' or ')}.`,
    });
  }
  const recurrent = isRnnNetwork(networkFor(given, network));
  const title = titleOf(given, recurrent);
  const options = title === undefined ? {} : { title };
  await writeFileWhole(
    out,
    recurrent ? render.text(loadRnnGenotype(given), options) : render.images(loadGenotype(given), options),
  );
  print(out);
}

function titleOf(given: string, recurrent: boolean): string | undefined {
  if (isNotation(given) || given.trimStart().startsWith('{')) return undefined;
  return (recurrent ? publishedRnnName(given) : publishedName(given)) ?? given;
}
