/** `nascent describe`: what the network of a genotype costs and is made of, without training anything. */

import type { Command } from 'commander';

import { countMacs, countParameters } from '../../graph/count.ts';
import { reductionCells } from '../../space/cnn.ts';
import { skipCount } from '../../space/derive.ts';
import { genotypeToNotation } from '../../space/genotype-notation.ts';
import { loadGenotype } from '../../space/genotype-load.ts';
import { inferenceGraph } from '../../space/network-graphs.ts';
import { table } from '../../tui/table.ts';
import { formatInteger, formatMillions } from '../format.ts';
import { networkNames, networkOf } from '../networks.ts';
import type { NetworkName } from '../networks.ts';
import { jsonOption, nameOption, numberOption } from '../options.ts';
import { print } from '../output.ts';

interface DescribeFlags {
  readonly genotype: string;
  readonly network: NetworkName;
  readonly channels?: number;
  readonly layers?: number;
  readonly json?: boolean;
}

export function registerDescribe(program: Command): void {
  program
    .command('describe')
    .description('parameters, multiply-accumulates and ops of the network of a genotype')
    .requiredOption(
      '--genotype <genotype>',
      'a published name, a file, a run directory, or the notation itself',
    )
    .addOption(
      nameOption(
        '--network <name>',
        'the network that the cells are put in',
        'network',
        networkNames,
      ).default('cifar10'),
    )
    .addOption(numberOption('--channels <number>', 'channels of the first cells', 2))
    .addOption(numberOption('--layers <number>', 'number of cells', 1))
    .addOption(jsonOption())
    .action(describe);
}

function describe(flags: DescribeFlags): void {
  const genotype = loadGenotype(flags.genotype);
  const shape = networkOf(flags.network, flags);
  const graph = inferenceGraph(shape, genotype);
  const ops = new Map<string, number>();
  for (const { op } of graph.nodes) ops.set(op, (ops.get(op) ?? 0) + 1);
  const counted = [...ops].sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1));
  const description = {
    network: flags.network,
    channels: shape.channels,
    layers: shape.layers,
    reductions: reductionCells(shape.layers),
    parameters: countParameters(graph),
    macs: countMacs(graph),
    nodes: graph.nodes.length,
    ops: Object.fromEntries(counted),
    skips: { normal: skipCount(genotype.normal), reduce: skipCount(genotype.reduce) },
    notation: genotypeToNotation(genotype),
    genotype,
  };
  if (flags.json === true) {
    print(JSON.stringify(description, undefined, 2));
    return;
  }
  const { parameters, macs, skips } = description;
  print(
    table([
      ['network', `${flags.network}, ${shape.layers} cells of ${shape.channels} channels and more`],
      ['parameters', formatMillions(parameters)],
      ['MACs', `${formatMillions(macs)} for one image`],
      ['skips', `${skips.normal} in the normal cell, ${skips.reduce} in the reduction cell`],
      [
        'nodes',
        [
          formatInteger(description.nodes),
          ...counted.map(([op, count]) => `${formatInteger(count).padStart(5)} ${op}`),
        ].join('\n'),
      ],
      ['genotype', description.notation],
    ]),
  );
}
