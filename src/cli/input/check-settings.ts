/** Settings that no network can be built from are refused before a run is begun. */

import { NascentError } from '../../errors.ts';
import { checkCnnShape, reductionCells, type CnnShape } from '../../space/images/cnn.ts';
import type { CnnGenotype } from '../../space/images/genotype.ts';
import { evaluationSize, supernetSize } from '../../space/images/size.ts';
import type { RnnGenotype } from '../../space/text/genotype.ts';
import { derivedModelSize, searchModelSize } from '../../space/text/size.ts';
import type { SearchConfig } from '../../tasks/images/search-settings.ts';
import type { TrainConfig } from '../../tasks/images/train-settings.ts';
import type { RnnSearchConfig } from '../../tasks/text/search-settings.ts';
import type { RnnTrainConfig } from '../../tasks/text/train-settings.ts';
import { requireMemory, type Memories } from './check-memory.ts';

/** What can be wrong with a shape is not theirs; and every dataset that is held in memory has images of this size. */
const anyImages = { classes: 10, image: [3, 32, 32] } as const;

/** The side of an image file in memory, where the settings do not say it. */
export const usualSide = 224;

/** Numbers that there are for each weight: itself, its gradient, and of image networks its momentum. */
const perWeight = { images: 3, text: 2 } as const;

/** What is known of a training beside its settings. */
export interface Trained {
  readonly genotype: CnnGenotype;
  /** Whether images are read from files, and so brought to `image_size`. */
  readonly files: boolean;
}

/**
 * @returns what a step needs of memory at least, in bytes; 0 where nothing is known of the network
 * @throws NascentError `space/invalid`, `input/invalid` for a step that does not fit into the memory of this machine
 */
export function checkTraining(settings: TrainConfig, trained?: Trained, memories?: Memories): number {
  const { stem, channels, layers, batch_size: batch, image_size, image_channels } = settings;
  checkCnnShape({ channels, layers, ...anyImages });
  if (trained === undefined) return 0;
  const side = image_size ?? usualSide;
  const image = trained.files ? ([image_channels ?? 3, side, side] as const) : anyImages.image;
  checkCnnShape({ ...anyImages, stem, channels, layers, image });
  const size = evaluationSize({ ...anyImages, stem, channels, layers, image }, trained.genotype);
  const weights = perWeight.images * size.parameters;
  const example = size.convolved;
  return requireMemory({ weights, example, batch, settings: ['layers', 'channels'] }, memories);
}

/**
 * @param image channels, height and width of the images that are searched with
 * @returns as `checkTraining`
 * @throws NascentError `space/invalid`, `input/invalid` for a search that would learn nothing of some cell, or whose steps
 *   do not fit into the memory of this machine
 */
export function checkSearch(
  settings: SearchConfig,
  {
    image = anyImages.image,
    memories,
  }: { readonly image?: CnnShape['image']; readonly memories?: Memories } = {},
): number {
  const { channels, layers, nodes, primitives, batch_size: batch, max_skips } = settings;
  checkCnnShape({ ...anyImages, channels, layers, image });
  checkPrimitives(primitives);
  if (max_skips !== null && primitives.every((each) => each === 'none' || each === 'skip_connect')) {
    throw impossible(
      primitives,
      'Skip connections can be capped where there is something else to take: add --set max_skips=null.',
    );
  }
  if (reductionCells(layers).length === layers) {
    throw new NascentError(
      'input/invalid',
      `a supernet of layers=${layers} has no normal cell to learn from`,
      { help: 'Use 3 layers or more.' },
    );
  }
  checkPlan(settings);
  const size = supernetSize({ ...anyImages, image, channels, layers, nodes, primitives });
  const weights = perWeight.images * size.parameters;
  const example = size.convolved;
  return requireMemory({ weights, example, batch, settings: ['layers', 'channels', 'nodes'] }, memories);
}

/** As `checkSearch`, of a recurrent cell. The vocabulary is not known yet: the estimate is without it. */
export function checkTextSearch(settings: RnnSearchConfig, memories?: Memories): number {
  const { units, nodes, primitives, batch_size: batch, bptt } = settings;
  checkPrimitives(primitives);
  checkPlan(settings);
  const size = searchModelSize({ words: 0, units }, nodes);
  const weights = perWeight.text * size.parameters;
  const example = bptt * size.products;
  return requireMemory({ weights, example, batch, settings: ['units', 'nodes', 'bptt'] }, memories);
}

/** As `checkTraining`, of a recurrent cell. */
export function checkTextTraining(
  { units, batch_size: batch, bptt }: RnnTrainConfig,
  genotype: RnnGenotype,
  memories?: Memories,
): number {
  const size = derivedModelSize({ words: 0, units }, genotype);
  const weights = perWeight.text * size.parameters;
  return requireMemory(
    { weights, example: bptt * size.products, batch, settings: ['units', 'bptt'] },
    memories,
  );
}

function checkPrimitives(primitives: readonly string[]): void {
  if (new Set(primitives).size !== primitives.length) {
    throw impossible(primitives, 'List each primitive once.');
  }
  if (primitives.every((each) => each === 'none')) {
    throw impossible(primitives, 'List at least one primitive besides none.');
  }
}

function impossible(primitives: readonly string[], help: string): NascentError {
  return new NascentError('space/invalid', `no search is possible over primitives=${primitives.join(',')}`, {
    help,
  });
}

/** A search that never changes alpha, or can never stop as it was told to, is a mistake. */
function checkPlan({
  epochs,
  warmup_epochs,
  max_skips,
  stop_on_skips,
}: Pick<SearchConfig, 'epochs' | 'warmup_epochs' | 'max_skips' | 'stop_on_skips'>): void {
  if (warmup_epochs >= epochs) {
    throw new NascentError(
      'input/invalid',
      `warmup_epochs=${warmup_epochs} leaves alphas alone for all of epochs=${epochs}`,
      { help: 'Use fewer warmup_epochs, or more epochs.' },
    );
  }
  // Skips are counted in the cell as it is derived, which is after the cap.
  if (max_skips !== null && stop_on_skips !== null && max_skips < stop_on_skips) {
    throw new NascentError(
      'input/invalid',
      `stop_on_skips=${stop_on_skips} is never reached where max_skips=${max_skips} caps them`,
      { help: 'Leave one of them out: --set max_skips=null, or --set stop_on_skips=null.' },
    );
  }
}
