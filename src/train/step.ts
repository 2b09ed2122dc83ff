/** One step of training an evaluation network: forward, backward, clip, SGD with momentum. */
import { grad } from '../autodiff/grad.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { imageInput, type CnnShape } from '../space/cnn.ts';
import type { CnnGenotype } from '../space/genotype.ts';
import { networkContext } from '../space/layers.ts';
import { network } from '../space/network.ts';
import { classification } from './loss.ts';
import { sgd, type SgdOptions, type Updates } from './optimizers.ts';
import { finishStep, weightsOf, type StepGraph } from './step-graph.ts';

/**
 * Inputs: `image` [N, C, H, W], `labels` [N], scalar `rate`. Outputs: `loss`, `correct`, `gradient_norm` (before
 * clipping).
 */
export function trainingStep(
  shape: CnnShape,
  genotype: CnnGenotype,
  batch: number,
  options: SgdOptions,
): StepGraph {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: true });
  const image = imageInput(b, shape, batch);
  const labels = b.input('labels', [batch], { dtype: 'int64' });
  const { loss, correct } = classification(b, network(context, shape, genotype, image), labels);
  const weights = weightsOf(b);
  const gradients = grad(b, loss, weights);
  const updates: Updates = new Map(context.statistics);
  const norm = sgd(b, weights, gradients, b.input('rate', []), options, updates);
  return finishStep(b, 'training_step', { loss, correct, gradient_norm: norm }, updates);
}
