/** Drop path on the host: how likely a path is dropped in an epoch, and the masks of a step. */
import type { Tensor } from '../../graph/tensor.ts';
import type { Random } from '../../random.ts';

/** Grows in a straight line from 0 in the first epoch; `largest` would be reached after the last. */
export function dropPathProbability(largest: number, epoch: number, epochs: number): number {
  return (largest * epoch) / epochs;
}

/**
 * Masks [masks, 1, 1, 1]: 0 with the probability that a path is dropped, else 1 over that of keeping it, so that a
 * mask is 1 on average. Where nothing is dropped nothing is drawn.
 */
export function dropPathMasks(masks: number, probability: number, random: Random): Tensor {
  const keep = 1 - probability;
  const data = new Float32Array(masks).fill(1 / keep);
  if (probability > 0) {
    for (let i = 0; i < masks; i++) if (!random.bernoulli(keep)) data[i] = 0;
  }
  return { dtype: 'float32', shape: [masks, 1, 1, 1], data };
}
