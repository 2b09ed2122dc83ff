/**
 * A batch of augmented images out of files, in which none is missing: where an image cannot be read, another takes its
 * place.
 */

import { NascentError } from '../../../errors.ts';
import type { Random } from '../../../random.ts';
import type { Batch } from '../batches.ts';
import { joined } from './decoder.ts';
import type { Decoded, Decoder } from './decoder.ts';
import type { ImageNetAugmentation } from './transform.ts';

/** So many unreadable images one after the other are not a few bad files but a disk that went away. */
const patience = 100;

/** An image, and the random numbers that it is augmented by. */
export interface Candidate {
  readonly index: number;
  readonly random: Random;
}

/**
 * Decodes a batch of `length`.
 *
 * @param candidate the image for a place of the batch, or where `further` is not 0, the one to try after `further` that
 *   cannot be read
 * @throws NascentError 'data/damaged' where nothing can be read any more; what `DecodePool.decode` throws
 */
export async function augmentedBatch(
  decoder: Decoder,
  length: number,
  augmentation: ImageNetAugmentation,
  candidate: (place: number, further: number) => Candidate,
): Promise<Batch> {
  const { size } = decoder;
  const tries = Math.min(decoder.count, patience);
  const imageAt = async (place: number): Promise<Decoded> => {
    for (let further = 0; further < tries; further++) {
      const { index, random } = candidate(place, further);
      const transform = { kind: 'augment', size, augmentation, random: random.state } as const;
      const decoded = await decoder.image(index, transform);
      if (decoded !== undefined) return decoded;
    }
    throw new NascentError(
      'data/damaged',
      `${tries} images one after the other cannot be read in ${decoder.folder.directory}`,
      { help: 'Check that the disk is still there and the files are whole, then resume the run.' },
    );
  };
  return joined(await Promise.all(Array.from({ length }, (_, place) => imageAt(place))), decoder);
}
