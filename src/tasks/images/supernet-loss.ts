/** The loss and the evaluation of a convolutional supernet. */
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph } from '../../graph/types.ts';
import type { LossGraph } from '../../learn/loss-graph.ts';
import { finishStep } from '../../learn/step-graph.ts';
import { imageInput } from '../../space/images/cnn.ts';
import { networkContext, type InitialWeights } from '../../space/images/layers.ts';
import { alphaInputs, supernet, type SupernetShape } from '../../space/images/supernet.ts';
import { classification } from './loss.ts';

/** Inputs: `image` [N, C, H, W], `labels` [N], weights, alphas, running statistics. Outputs: `loss`, `correct`. */
export function supernetLoss(
  shape: SupernetShape,
  batch: number,
  initial?: InitialWeights,
  classWeights?: readonly number[],
): LossGraph {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: false, ...(initial && { initial }) });
  const image = imageInput(b, shape, batch);
  const labels = b.input('labels', [batch], { dtype: 'int64' });
  const alphas = alphaInputs(b, shape);
  const logits = supernet(context, shape, image, alphas);
  const { loss, correct } = classification(b, logits, labels, 0, classWeights);
  // A supernet may be too shallow to have a cell of each kind; its alpha is a parameter all the same.
  const kept = [alphas.normal, alphas.reduce];
  const step = finishStep(b, 'supernet_loss', { loss, correct }, context.statistics, kept);
  return { ...step, reports: ['correct'] };
}

/** Logits of the supernet with running statistics, for any batch: input `image`, output `logits`. */
export function searchEvaluation(shape: SupernetShape): Graph {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'infer', affine: false });
  const image = imageInput(b, shape, 'batch');
  const logits = supernet(context, shape, image, alphaInputs(b, shape));
  return b.finish('supernet', { logits });
}
