/** SGD without momentum, and so without state: that of the recurrent networks. */
import { internal } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { clipCoefficient, globalNorm, type SgdOptions, type Updates } from './optimizers.ts';

export type PlainSgdOptions = Pick<SgdOptions, 'weightDecay' | 'clip'>;

/**
 * w ← w − rate·(clip·g + λ·w). `rate` is a scalar. Adds the next weights to `updates`.
 *
 * Returns the norm of the gradients before clipping.
 */
export function plainSgd(
  b: GraphBuilder,
  weights: readonly Value[],
  gradients: readonly Value[],
  rate: Value,
  { weightDecay, clip }: PlainSgdOptions,
  updates: Updates,
): Value {
  const norm = globalNorm(b, gradients);
  const alongGradient = b.op('Mul', [rate, clipCoefficient(b, norm, clip)]);
  const kept = b.op('Sub', [b.constant(1), b.op('Mul', [rate, b.constant(weightDecay)])]);
  weights.forEach((weight, i) => {
    const gradient = gradients[i];
    if (gradient === undefined) throw internal(`"${weight.name}" has no gradient`);
    const decayed = weightDecay === 0 ? weight : b.op('Mul', [weight, kept]);
    updates.set(weight.name, b.op('Sub', [decayed, b.op('Mul', [gradient, alongGradient])]));
  });
  return norm;
}
