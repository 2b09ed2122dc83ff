/** The step of the weights: SGD along ∇w L(w), with momentum or without. */
import { grad } from '../autodiff/grad.ts';
import { openLoss, type LossGraph } from './loss-graph.ts';
import { sgd, type SgdOptions, type Updates } from './optimizers.ts';
import { plainSgd, type PlainSgdOptions } from './plain-sgd.ts';
import { finishStep, type StepGraph } from './step-graph.ts';

/**
 * Inputs: those of the loss, and scalar `rate`. Outputs: `loss`, the loss graph's reports, and `gradient_norm`, before
 * clipping.
 *
 * @param options without `momentum`, SGD that keeps no state
 */
export function weightStep(training: LossGraph, options: SgdOptions | PlainSgdOptions): StepGraph {
  const { b, loss, reports, weights, statistics } = openLoss(training);
  const updates: Updates = new Map(statistics);
  const gradients = grad(b, loss, weights);
  const rate = b.input('rate', []);
  const norm =
    'momentum' in options
      ? sgd(b, weights, gradients, rate, options, updates)
      : plainSgd(b, weights, gradients, rate, options, updates);
  return finishStep(b, 'weight_step', { loss, ...reports, gradient_norm: norm }, updates);
}
