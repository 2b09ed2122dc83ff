/** One step of training an evaluation network: forward, backward, clip, SGD with momentum. */
import { grad } from '../../autodiff/grad.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { imageInput, type CnnShape } from '../../space/images/cnn.ts';
import type { CnnGenotype } from '../../space/images/genotype.ts';
import { networkContext, type InitialWeights, type NetworkContext } from '../../space/images/layers.ts';
import { trainedNetwork } from '../../space/images/network.ts';
import { classification } from './loss.ts';
import { sgd, type SgdOptions, type Updates } from '../../learn/optimizers.ts';
import { finishStep, weightsOf, type StepGraph } from '../../learn/step-graph.ts';

/** What training adds to the network and its loss. A number that is not given is 0: nothing is added. */
export interface LossOptions {
  /** Weight of the auxiliary head's loss. */
  readonly auxiliary?: number;
  /** Share of the target that is spread over all classes. */
  readonly labelSmoothing?: number;
  /** How much an image of each class counts; all the same where it is not said. */
  readonly classWeights?: readonly number[] | undefined;
  /** Largest probability that a path is dropped with; the masks are fed. */
  readonly dropPath?: number;
  /** What weights start as (default: what PyTorch does today). */
  readonly initial?: InitialWeights;
}

/**
 * Inputs: `image` [N, C, H, W], `labels` [N], scalar `rate`; with drop path also its masks (`space/drop-path.ts`).
 * Outputs: `loss` (as it is minimised: smoothed, the auxiliary head's added), `correct`, `gradient_norm` (before
 * clipping).
 */
export function trainingStep(
  shape: CnnShape,
  genotype: CnnGenotype,
  batch: number,
  options: SgdOptions,
  lossOptions: LossOptions = {},
): StepGraph {
  const { b, context, loss, correct } = trainingLoss(shape, genotype, batch, lossOptions);
  const weights = weightsOf(b);
  const gradients = grad(b, loss, weights);
  const updates: Updates = new Map(context.statistics);
  const norm = sgd(b, weights, gradients, b.input('rate', []), options, updates);
  return finishStep(b, 'training_step', { loss, correct, gradient_norm: norm }, updates);
}

/** @throws NascentError 'space/invalid' where no such network can be trained: before anything is begun */
export function requireTrainable(shape: CnnShape, genotype: CnnGenotype, options: LossOptions): void {
  trainingLoss(shape, genotype, 2, options);
}

function trainingLoss(
  shape: CnnShape,
  genotype: CnnGenotype,
  batch: number,
  { auxiliary = 0, labelSmoothing = 0, classWeights, dropPath = 0, initial }: LossOptions,
): {
  readonly b: GraphBuilder;
  readonly context: NetworkContext;
  readonly loss: Value;
  readonly correct: Value;
} {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: true, ...(initial && { initial }) });
  const image = imageInput(b, shape, batch);
  const labels = b.input('labels', [batch], { dtype: 'int64' });
  const parts = { auxiliary: auxiliary > 0, dropPath: dropPath > 0 };
  const outputs = trainedNetwork(context, shape, genotype, image, parts);
  const main = classification(b, outputs.logits, labels, labelSmoothing, classWeights);
  if (outputs.auxiliary === undefined) return { b, context, ...main };
  const second = classification(b, outputs.auxiliary, labels, labelSmoothing, classWeights);
  const loss = b.op('Add', [main.loss, b.op('Mul', [second.loss, b.constant(auxiliary)])]);
  return { b, context, loss, correct: main.correct };
}
