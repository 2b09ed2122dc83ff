/** `nascent describe`: what the network of a genotype costs and is made of, without training anything. */

import type { Command } from 'commander';

import { countMacs, countParameters } from '../../graph/count.ts';
import { reductionCells } from '../../space/images/cnn.ts';
import { skipCount } from '../../space/images/derive.ts';
import { genotypeToNotation } from '../../space/images/genotype-notation.ts';
import { loadGenotype } from '../../space/images/genotype-load.ts';
import { inferenceGraph } from '../../space/images/network-graphs.ts';
import { table } from '../../tui/table.ts';
import { countOps, opLines } from '../render/count-ops.ts';
import { formatMillions } from '../render/format.ts';
import {
  allNetworkNames,
  isRnnNetwork,
  networkFor,
  networkOf,
  refuseOtherSizes,
  requireBuildable,
  sizeRanges,
} from '../input/networks.ts';
import type { NetworkName, RnnNetworkName } from '../input/networks.ts';
import { jsonOption, nameOption, numberOption } from '../input/options.ts';
import { print } from '../shell/output.ts';
import { describeText } from '../rnn/describe.ts';

interface DescribeFlags {
  readonly genotype: string;
  readonly network?: NetworkName | RnnNetworkName;
  readonly channels?: number;
  readonly layers?: number;
  readonly units?: number;
  readonly words?: number;
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
        'the network that the cells are put in, cifar10 or ptb by the kind of cell if left out',
        'network',
        allNetworkNames,
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
    .addOption(jsonOption())
    .action(describe);
}

function describe(flags: DescribeFlags): void {
  const network = networkFor(flags.genotype, flags.network);
  refuseOtherSizes(network, flags);
  if (isRnnNetwork(network)) {
    describeText(network, flags);
    return;
  }
  const genotype = loadGenotype(flags.genotype);
  const shape = networkOf(network, flags);
  requireBuildable(shape, genotype);
  const graph = inferenceGraph(shape, genotype);
  const counted = countOps(graph);
  const description = {
    network,
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
      ['network', `${network}, ${shape.layers} cells of ${shape.channels} channels and more`],
      ['parameters', formatMillions(parameters)],
      ['MACs', `${formatMillions(macs)} for one image`],
      ['skips', `${skips.normal} in the normal cell, ${skips.reduce} in the reduction cell`],
      ['nodes', opLines(description.nodes, counted)],
      ['genotype', description.notation],
    ]),
  );
}
