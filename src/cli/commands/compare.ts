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
    .addOption(jsonOption())
    .option('--schema', 'the JSON Schema of what --json prints')
    .action(compareGiven);
}

/** Readable on any terminal, and no wider than a page. */
const [narrowest, widest] = [40, 80];

function compareGiven(given: readonly string[], { network, json, schema }: CompareFlags): void {
  if (schema === true) {
    print(JSON.stringify(z.toJSONSchema(comparisonSchema, { io: 'output' }), undefined, 2));
    return;
  }
  const comparison = compare(comparedSides(given, network), networksFor(network));
  if (json === true) {
    print(JSON.stringify(comparison, undefined, 2));
    return;
  }
  const width = Math.min(widest, Math.max(narrowest, dataColumns()));
  print(renderComparison(comparison, { width, ascii: outputFrame().look.ascii }));
}
