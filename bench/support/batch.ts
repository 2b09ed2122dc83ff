/** Random images and labels: what is timed does not depend on what is in them. */
import type { Batch } from '../../src/data/images/batches.ts';
import { Random } from '../../src/random.ts';
import { classes } from './size.ts';

export function randomBatch(size: number, seed: number): Batch {
  const random = new Random(seed);
  return {
    size,
    shape: [size, 3, 32, 32],
    images: Float32Array.from({ length: size * 3 * 32 * 32 }, () => random.normal()),
    labels: Int32Array.from({ length: size }, () => random.integer(classes)),
  };
}
