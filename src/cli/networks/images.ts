/** The networks of the DARTS paper for images: for CIFAR-10, and for ImageNet in the mobile setting. */

import { NascentError } from '../../errors.ts';
import { reductionCells, type CnnShape } from '../../space/images/cnn.ts';
import { skipCount } from '../../space/images/derive.ts';
import { validateGenotype, type CnnGenotype } from '../../space/images/genotype.ts';
import { inferenceGraph } from '../../space/images/network-graphs.ts';
import type { StemKind } from '../../space/images/stem.ts';
import type { Networks, SizeFlags } from './network.ts';

const shapes = {
  cifar10: { stem: 'cifar10', channels: 36, layers: 20, classes: 10, image: [3, 32, 32] },
  imagenet: { stem: 'imagenet', channels: 48, layers: 14, classes: 1000, image: [3, 224, 224] },
} as const satisfies { readonly [N in StemKind]: CnnShape };

/** A network of other channels or depth, where they are given. */
function shapeOf(name: string, { channels, layers }: SizeFlags): CnnShape {
  const shape = name === 'imagenet' ? shapes.imagenet : shapes.cifar10;
  return { ...shape, channels: channels ?? shape.channels, layers: layers ?? shape.layers };
}

/** The most operations on edges that a network is built of: some ten seconds' worth. */
const mostOperations = 50_000;

/** @throws NascentError `input/invalid` for a network that would take minutes to build, or more memory than there is */
function requireBuildable({ layers }: CnnShape, { normal, reduce }: CnnGenotype): void {
  const edges = Math.max(normal.nodes.flat().length, reduce.nodes.flat().length);
  if (edges * layers <= mostOperations) return;
  const layersLeft = Math.floor(mostOperations / edges);
  throw new NascentError(
    'input/invalid',
    `a network of ${layers} cells with up to ${edges} operations each is too large: the most is ${mostOperations} in all`,
    {
      help:
        layersLeft < 1
          ? 'Use a cell of fewer nodes.'
          : `Use at most ${layersLeft} cells: --layers ${layersLeft}.`,
    },
  );
}

export const imageNetworks: Networks = {
  names: Object.keys(shapes),
  usual: 'cifar10',
  graph(name, sizes, given) {
    const [shape, genotype] = [shapeOf(name, sizes), validateGenotype(given)];
    requireBuildable(shape, genotype);
    return inferenceGraph(shape, genotype);
  },
  facts(name, sizes, given) {
    const { channels, layers } = shapeOf(name, sizes);
    const { normal, reduce } = validateGenotype(given);
    const skips = { normal: skipCount(normal), reduce: skipCount(reduce) };
    return {
      size: `${layers} cells of ${channels} channels and more`,
      lines: [['skips', `${skips.normal} in the normal cell, ${skips.reduce} in the reduction cell`]],
      data: { channels, layers, reductions: reductionCells(layers), skips },
      macsOf: 'one image',
    };
  },
  untrained(name, sizes, genotype) {
    const shape = shapeOf(name, sizes);
    requireBuildable(shape, validateGenotype(genotype));
    return { task: 'images', shape };
  },
};
