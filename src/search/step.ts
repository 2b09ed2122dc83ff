/**
 * The bilevel step of DARTS as two graphs over one state (algorithm 1 of the paper): an alpha step on a validation
 * batch, then a weight step on a training batch.
 *
 * First order: the alpha step follows ∇α L_val(w, α) at the weights as they are (ξ = 0).
 */
import { grad } from '../autodiff/grad.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/types.ts';
import { imageInput } from '../space/cnn.ts';
import { networkContext, type NetworkContext } from '../space/layers.ts';
import { alphaInputs, supernet, type Alphas, type SupernetShape } from '../space/supernet.ts';
import { classification, type Classification } from '../train/loss.ts';
import { adam, sgd, type AdamOptions, type SgdOptions, type Updates } from '../train/optimizers.ts';
import { finishStep, weightsOf, type StepGraph } from '../train/step-graph.ts';

interface Forward extends Classification {
  readonly b: GraphBuilder;
  readonly context: NetworkContext;
  readonly alphas: Alphas;
}

function forward(shape: SupernetShape, batch: number): Forward {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: false });
  const image = imageInput(b, shape, batch);
  const labels = b.input('labels', [batch], { dtype: 'int64' });
  const alphas = alphaInputs(b, shape);
  const logits = supernet(context, shape, image, alphas);
  return { b, context, alphas, ...classification(b, logits, labels) };
}

/**
 * Inputs: `image` [N, C, H, W], `labels` [N], scalars `alpha_rate`, `first`, `second` (Adam's bias corrections).
 * Outputs: `loss`, `correct`.
 */
export function alphaStep(shape: SupernetShape, batch: number, options: AdamOptions): StepGraph {
  const { b, context, alphas, loss, correct } = forward(shape, batch);
  const parameters = [alphas.normal, alphas.reduce];
  const gradients = grad(b, loss, parameters);
  const updates: Updates = new Map(context.statistics);
  const scalars = {
    rate: b.input('alpha_rate', []),
    first: b.input('first', []),
    second: b.input('second', []),
  };
  adam(b, parameters, gradients, scalars, options, updates);
  return finishStep(b, 'alpha_step', { loss, correct }, updates);
}

/**
 * Inputs: `image`, `labels`, scalar `rate`. Outputs: `loss`, `correct`, `gradient_norm` (before clipping).
 */
export function weightStep(shape: SupernetShape, batch: number, options: SgdOptions): StepGraph {
  const { b, context, loss, correct } = forward(shape, batch);
  const weights = weightsOf(b);
  const gradients = grad(b, loss, weights);
  const updates: Updates = new Map(context.statistics);
  const norm = sgd(b, weights, gradients, b.input('rate', []), options, updates);
  return finishStep(b, 'weight_step', { loss, correct, gradient_norm: norm }, updates);
}

/** Logits of the supernet with running statistics, for any batch: input `image`, output `logits`. */
export function searchEvaluation(shape: SupernetShape): Graph {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'infer', affine: false });
  const image = imageInput(b, shape, 'batch');
  const logits = supernet(context, shape, image, alphaInputs(b, shape));
  return b.finish('supernet', { logits });
}
