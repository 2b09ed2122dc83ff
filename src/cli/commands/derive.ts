/** `nascent derive`: the cells that a search has found so far, finished or not. */

import type { Command } from 'commander';

import { writeFileWhole } from '../../files/files.ts';
import { openRun } from '../../run/directory.ts';
import { deriveFrom } from '../../search/derive.ts';
import { epochOption, jsonOption, numberOption } from '../input/options.ts';
import { commandLine, word } from '../render/next.ts';
import { requireOut } from '../input/out.ts';
import { skipsInWords } from '../../space/space.ts';
import { print, say } from '../shell/output.ts';

interface DeriveFlags {
  readonly epoch?: number;
  readonly maxSkips?: number;
  readonly out?: string;
  readonly json?: boolean;
}

export function registerDerive(program: Command): void {
  program
    .command('derive')
    .description('derive the cells of a search, finished or not, from a checkpoint or a logged epoch')
    .argument('<run>', 'the run folder of a search')
    .addOption(epochOption('derive from this epoch (default: the last checkpoint)'))
    .addOption(
      numberOption(
        '--max-skips <number>',
        'at most this many skip connections in the cell (default: as the search was told)',
        0,
      ),
    )
    .option('--out <file>', 'also write the genotype to this file, as JSON')
    .addOption(jsonOption())
    .action(derive);
}

async function derive(path: string, flags: DeriveFlags): Promise<void> {
  requireOut(flags.out);
  const { task, genotype, source, alphaEntropy } = deriveFrom(openRun(path), flags);
  const { space } = task;
  const skips = space.skips(genotype);
  if (flags.out !== undefined) await writeFileWhole(flags.out, space.toJson(genotype));
  say(
    `Derived from ${source}: ${skipsInWords(skips)} in ${space.skipsIn}; mean entropy of alpha ${alphaEntropy.toFixed(3)} nats.`,
  );
  const notation = space.toNotation(genotype);
  print(
    flags.json === true
      ? JSON.stringify(
          { run: path, task: task.name, source, alphaEntropy, skips, notation, genotype },
          undefined,
          2,
        )
      : notation,
  );
  if (flags.out !== undefined) say(`Next: ${commandLine(`train --genotype ${word(flags.out)}`)}`);
}
