/** `nascent describe` of a recurrent cell: what its language model costs and is made of, without training anything. */

import { countMacs, countParameters } from '../../graph/count.ts';
import { loadRnnGenotype } from '../../space/text/genotype-load.ts';
import { rnnGenotypeToNotation } from '../../space/text/genotype-text.ts';
import { rnnInferenceGraph } from '../../space/text/inference.ts';
import { table } from '../../tui/table.ts';
import { allNodes, countOps, opLines } from '../render/count-ops.ts';
import { formatInteger, formatMillions } from '../render/format.ts';
import { rnnNetworkOf, type RnnNetworkName } from '../input/networks.ts';
import { print } from '../shell/output.ts';

export interface TextDescribeFlags {
  readonly genotype: string;
  readonly units?: number;
  readonly words?: number;
  readonly json?: boolean;
}

export function describeText(network: RnnNetworkName, flags: TextDescribeFlags): void {
  const genotype = loadRnnGenotype(flags.genotype);
  const shape = rnnNetworkOf(network, flags);
  const graph = rnnInferenceGraph(shape, genotype);
  const counted = countOps(graph);
  const description = {
    network,
    units: shape.units,
    words: shape.words,
    parameters: countParameters(graph),
    /** For one word. */
    macs: countMacs(graph),
    nodes: allNodes(graph).length,
    ops: Object.fromEntries(counted),
    cell: { nodes: genotype.nodes.length, averaged: genotype.concat.length },
    notation: rnnGenotypeToNotation(genotype),
    genotype,
  };
  if (flags.json === true) {
    print(JSON.stringify(description, undefined, 2));
    return;
  }
  const { parameters, macs, cell, nodes, notation } = description;
  const size = `${formatInteger(shape.units)} units, ${formatInteger(shape.words)} words`;
  print(
    table([
      ['network', `${network}, ${size}`],
      ['parameters', formatMillions(parameters)],
      ['MACs', `${formatMillions(macs)} for one word`],
      ['cell', `${cell.nodes} nodes, the mean of ${cell.averaged} is the output`],
      ['nodes', opLines(nodes, counted)],
      ['genotype', notation],
    ]),
  );
}
