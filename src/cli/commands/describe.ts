/** `nascent describe`: what the network of a genotype costs and is made of, without training anything. */

import type { Command } from 'commander';

import { table } from '../../tui/table.ts';
import { epochOption, jsonOption, nameOption, numberOption } from '../input/options.ts';
import { described, networkFor, networkNames, sizeRanges, type SizeFlags } from '../networks/network.ts';
import { opLines } from '../render/count-ops.ts';
import { formatMillions } from '../render/format.ts';
import { print } from '../shell/output.ts';

interface DescribeFlags extends SizeFlags {
  readonly genotype: string;
  readonly network?: string;
  readonly epoch?: number;
  readonly json?: boolean;
}

export function registerDescribe(program: Command): void {
  program
    .command('describe')
    .description('parameters, multiply-accumulates and ops of the network of a genotype')
    .requiredOption('--genotype <genotype>', 'a published name, a file, a run folder, or the notation itself')
    .addOption(
      nameOption(
        '--network <name>',
        'the network that the cells are put in (default: cifar10, or ptb for a recurrent cell)',
        'network',
        networkNames,
      ),
    )
    .addOption(numberOption('--channels <number>', 'channels of the first cells', sizeRanges.channels))
    .addOption(numberOption('--layers <number>', 'number of cells', sizeRanges.layers))
    .addOption(
      numberOption('--units <number>', 'of a recurrent network: units of its state', sizeRanges.units),
    )
    .addOption(
      numberOption('--words <number>', 'of a recurrent network: words of its vocabulary', sizeRanges.words),
    )
    .addOption(epochOption('of a search: its cells after this epoch'))
    .addOption(jsonOption())
    .action(describe);
}

function describe(flags: DescribeFlags): void {
  const network = networkFor(flags.genotype, flags.network, flags);
  const found = described(network, flags.genotype, flags, flags.epoch);
  const { facts, parameters, macs, nodes, ops, genotype, notation } = found;
  const { name } = network;
  if (flags.json === true) {
    const description = {
      network: name,
      ...facts.data,
      parameters,
      macs,
      nodes,
      ops: Object.fromEntries(ops),
      notation,
      genotype,
    };
    print(JSON.stringify(description, undefined, 2));
    return;
  }
  print(
    table([
      ['network', `${name}, ${facts.size}`],
      ['parameters', formatMillions(parameters)],
      ['MACs', `${formatMillions(macs)} for ${facts.macsOf}`],
      ...facts.lines,
      ['nodes', opLines(nodes, ops)],
      ['genotype', notation],
    ]),
  );
}
