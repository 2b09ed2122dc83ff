/** The networks that a genotype can be described as: shapes without anything trained. */

import { NascentError } from '../../errors.ts';
import type { CnnShape } from '../../space/images/cnn.ts';
import type { CnnGenotype } from '../../space/images/genotype.ts';
import { isRnnGenotype } from '../../space/text/genotype-load.ts';
import type { RnnShape } from '../../space/text/model.ts';
import type { StemKind } from '../../space/images/stem.ts';
import { imageSizes } from '../../tasks/images/shared-settings.ts';
import { textSizes } from '../../tasks/text/shared-settings.ts';

/** The sizes that can be asked for: as in the settings; and more words than any text has that can be trained on. */
export const sizeRanges = { ...imageSizes, ...textSizes, words: [2, 10_000_000] } as const;

/** Those of the DARTS paper: for CIFAR-10, and for ImageNet in the mobile setting. */
export const networks = {
  cifar10: { stem: 'cifar10', channels: 36, layers: 20, classes: 10, image: [3, 32, 32] },
  imagenet: { stem: 'imagenet', channels: 48, layers: 14, classes: 1000, image: [3, 224, 224] },
} as const satisfies { readonly [N in StemKind]: CnnShape };

export type NetworkName = keyof typeof networks;

/** A network of other channels or depth, where they are given. */
export function networkOf(
  name: NetworkName,
  size: { readonly channels?: number; readonly layers?: number },
): CnnShape {
  const { channels = networks[name].channels, layers = networks[name].layers } = size;
  return { ...networks[name], channels, layers };
}

/** The most operations on edges that a network is built of: some ten seconds' worth. */
const mostOperations = 50_000;

/** @throws NascentError `input/invalid` for a network that would take minutes to build, or more memory than there is */
export function requireBuildable({ layers }: CnnShape, { normal, reduce }: CnnGenotype): void {
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

export const networkNames = Object.keys(networks) as readonly NetworkName[];

/** Those of recurrent cells in the DARTS paper: for the Penn Treebank, which `rnn` is as well, and for WikiText-2. */
export const rnnNetworks = {
  ptb: { units: 850, words: 10_000 },
  wikitext2: { units: 700, words: 33_278 },
  rnn: { units: 850, words: 10_000 },
} as const satisfies { readonly [name: string]: RnnShape };

export type RnnNetworkName = keyof typeof rnnNetworks;

export function isRnnNetwork(name: NetworkName | RnnNetworkName): name is RnnNetworkName {
  return Object.hasOwn(rnnNetworks, name);
}

/** A network of other units or vocabulary, where they are given. */
export function rnnNetworkOf(
  name: RnnNetworkName,
  size: { readonly units?: number; readonly words?: number },
): RnnShape {
  const { units = rnnNetworks[name].units, words = rnnNetworks[name].words } = size;
  return { units, words };
}

export const allNetworkNames: readonly (NetworkName | RnnNetworkName)[] = [
  ...networkNames,
  ...(Object.keys(rnnNetworks) as readonly RnnNetworkName[]),
];

/**
 * The network that was asked for; else what the genotype is of, and of the names that both kinds of cells have, the
 * convolutional one.
 */
export function networkFor(
  genotype: string,
  asked: NetworkName | RnnNetworkName | undefined,
): NetworkName | RnnNetworkName {
  return asked ?? (isRnnGenotype(genotype) ? 'ptb' : 'cifar10');
}

const onlyFor = { image: ['channels', 'layers'], text: ['units', 'words', 'unroll'] } as const;

/** @throws NascentError `input/invalid` where a size was given that networks of the other kind have */
export function refuseOtherSizes(
  network: NetworkName | RnnNetworkName,
  flags: { readonly [size in (typeof onlyFor)[keyof typeof onlyFor][number]]?: number | undefined },
): void {
  const other = isRnnNetwork(network) ? 'image' : 'text';
  const stray = onlyFor[other].find((name) => flags[name] !== undefined);
  if (stray === undefined) return;
  const kind = other === 'image' ? 'for images' : 'of recurrent cells';
  throw new NascentError('input/invalid', `--${stray} is for networks ${kind}, and ${network} is none`, {
    help: `Leave --${stray} out, or name another network with --network: ${allNetworkNames.join(', ')}.`,
  });
}
