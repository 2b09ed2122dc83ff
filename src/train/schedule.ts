/**
 * Learning rates, per epoch as in the papers.
 */

/** From `from` at epoch 0 along half a cosine to `to` at epoch `epochs` (SGDR without restarts). */
export function cosineRate(from: number, to: number, epoch: number, epochs: number): number {
  return to + ((from - to) * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
}
