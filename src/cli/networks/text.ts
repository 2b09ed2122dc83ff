/** The language models of the DARTS paper: for the Penn Treebank, which `rnn` is as well, and for WikiText-2. */

import { validateRnnGenotype } from '../../space/text/genotype.ts';
import { rnnInferenceGraph } from '../../space/text/inference.ts';
import type { RnnShape } from '../../space/text/model.ts';
import { formatInteger } from '../render/format.ts';
import type { Networks, SizeFlags } from './network.ts';

const shapes: ReadonlyMap<string, RnnShape> = new Map([
  ['ptb', { units: 850, words: 10_000 }],
  ['wikitext2', { units: 700, words: 33_278 }],
  ['rnn', { units: 850, words: 10_000 }],
]);

/** A network of other units or vocabulary, where they are given. */
function shapeOf(name: string, { units, words }: SizeFlags): RnnShape {
  const shape = shapes.get(name) ?? { units: 850, words: 10_000 };
  return { units: units ?? shape.units, words: words ?? shape.words };
}

export const textNetworks: Networks = {
  names: [...shapes.keys()],
  usual: 'ptb',
  graph: (name, sizes, genotype) => rnnInferenceGraph(shapeOf(name, sizes), validateRnnGenotype(genotype)),
  facts(name, sizes, given) {
    const { units, words } = shapeOf(name, sizes);
    const { nodes, concat } = validateRnnGenotype(given);
    return {
      size: `${formatInteger(units)} units, ${formatInteger(words)} words`,
      lines: [['cell', `${nodes.length} nodes, the mean of ${concat.length} is the output`]],
      data: { units, words, cell: { nodes: nodes.length, averaged: concat.length } },
      macsOf: 'one word',
    };
  },
  untrained: (name, sizes) => ({ task: 'text', shape: shapeOf(name, sizes) }),
};
