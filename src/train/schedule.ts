/**
 * Learning rates, per epoch as in the papers.
 */

/** From `from` at epoch 0 along half a cosine to `to` at epoch `epochs` (SGDR without restarts). */
export function cosineRate(from: number, to: number, epoch: number, epochs: number): number {
  return to + ((from - to) * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
}

/** A linear climb over the first share of the steps, then half a cosine over the rest. */
export function stepRate(
  { rate, rate_min, warmup }: { readonly rate: number; readonly rate_min: number; readonly warmup: number },
  step: number,
  steps: number,
): number {
  const climb = Math.floor(warmup * steps);
  if (step < climb) return (rate * (step + 1)) / climb;
  return cosineRate(rate, rate_min, step - climb, steps - climb);
}
