/**
 * The alpha step of DARTS as a graph (algorithm 1 of the paper), first order: it follows ∇α L_val(w, α) at the weights as
 * they are (ξ = 0). `second-order.ts` has the other; `learn/weight-step.ts` the step of the weights that follows.
 */
import { grad } from '../../autodiff/grad.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { openLoss, type LossGraph } from '../../learn/loss-graph.ts';
import { adam, type AdamOptions, type Updates } from '../../learn/optimizers.ts';
import { finishStep, type StepGraph } from '../../learn/step-graph.ts';

/** The scalars that Adam is told at every step: `alpha_rate`, `first` and `second`, its bias corrections. */
export function adamScalars(b: GraphBuilder): { rate: Value; first: Value; second: Value } {
  return { rate: b.input('alpha_rate', []), first: b.input('first', []), second: b.input('second', []) };
}

/**
 * Adam along ∇α L_val(w, α).
 *
 * Inputs: those of the loss, and `adamScalars`. Outputs: `loss` and the loss graph's reports.
 */
export function alphaStep(valid: LossGraph, options: AdamOptions): StepGraph {
  const { b, loss, reports, alphas, statistics } = openLoss(valid);
  const updates: Updates = new Map(statistics);
  adam(b, alphas, grad(b, loss, alphas), adamScalars(b), options, updates);
  return finishStep(b, 'alpha_step', { loss, ...reports }, updates);
}
