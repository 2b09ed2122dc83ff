/** `nascent compare`: runs and genotypes side by side. */

import type { Command } from 'commander';
import { z } from 'zod';

import { compare } from '../../compare/compare.ts';
import { comparisonSchema } from '../../compare/model.ts';
import { dataColumns, outputFrame } from '../../tui/terminal.ts';
import { comparedSides, networksFor } from '../input/compared.ts';
import { jsonOption, nameOption } from '../input/options.ts';
import { networkNames } from '../networks/network.ts';
import { renderComparison } from '../render/comparison.ts';
import { print } from '../shell/output.ts';

interface CompareFlags {
  readonly network?: string;
  readonly ui?: boolean;
  readonly json?: boolean;
  readonly schema?: boolean;
}

export function registerCompare(program: Command): void {
  program
    .command('compare')
    .description('compare runs and genotypes: settings, figures, curves, cells, parameters and MACs')
    .argument(
      '[what...]',
      'two or more: run folders, published names, genotype files, or the notation itself',
    )
    .addOption(
      nameOption(
        '--network <name>',
        'put all cells in this network (default: as trained, or that of the dataset)',
        'network',
        networkNames,
      ),
    )
    .option('--ui', 'side by side in panes, on the whole terminal')
    .addOption(jsonOption())
    .option('--schema', 'the JSON Schema of what --json prints')
    .action(compareGiven);
}

/** Readable on any terminal, and no wider than a page. */
const [narrowest, widest] = [40, 80];

async function compareGiven(
  given: readonly string[],
  { network, ui, json, schema }: CompareFlags,
): Promise<void> {
  if (schema === true) {
    print(JSON.stringify(z.toJSONSchema(comparisonSchema, { io: 'output' }), undefined, 2));
    return;
  }
  // What cannot be compared is refused before anything is drawn.
  const comparison = compare(comparedSides(given, network), networksFor(network));
  if (ui === true) {
    const [{ comparing }, { showInterface }] = await Promise.all([
      import('../interface/comparing.ts'),
      import('../interface/watch-on.ts'),
    ]);
    await showInterface(comparing(given, network));
    return;
  }
  if (json === true) {
    print(JSON.stringify(comparison, undefined, 2));
    return;
  }
  const width = Math.min(widest, Math.max(narrowest, dataColumns()));
  print(renderComparison(comparison, { width, ascii: outputFrame().look.ascii }));
}
