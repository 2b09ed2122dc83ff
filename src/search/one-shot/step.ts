/**
 * The bilevel step of DARTS as two graphs over one state (algorithm 1 of the paper): an alpha step on a validation
 * batch, then a weight step on a training batch. Both are made from a loss graph, whatever network it is the loss of.
 *
 * Here, first order: the alpha step follows ∇α L_val(w, α) at the weights as they are (ξ = 0). `second-order.ts` has
 * the other.
 */
import { grad } from '../../autodiff/grad.ts';
import { internal } from '../../errors.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { inline, sameInput } from '../../graph/inline.ts';
import type { Graph, GraphInput, Value } from '../../graph/types.ts';
import { imageInput } from '../../space/images/cnn.ts';
import { networkContext } from '../../space/images/layers.ts';
import { alphaInputs, supernet, type SupernetShape } from '../../space/images/supernet.ts';
import { classification } from '../../tasks/images/loss.ts';
import { adam, sgd, type AdamOptions, type SgdOptions, type Updates } from '../../learn/optimizers.ts';
import { finishStep, type StepGraph } from '../../learn/step-graph.ts';

/** The training loss of a supernet on a batch, as a function of data, weights and alphas. */
export interface LossGraph {
  /** Inputs by role; outputs `loss`, whatever else is reported, and `next.<state>` for running statistics. */
  readonly graph: Graph;
  /** Output name → state name, of the running statistics. */
  readonly updates: ReadonlyMap<string, string>;
  /** Outputs to report beside the loss. */
  readonly reports: readonly string[];
}

/** Inputs: `image` [N, C, H, W], `labels` [N], weights, alphas, running statistics. Outputs: `loss`, `correct`. */
export function supernetLoss(shape: SupernetShape, batch: number): LossGraph {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: false });
  const image = imageInput(b, shape, batch);
  const labels = b.input('labels', [batch], { dtype: 'int64' });
  const alphas = alphaInputs(b, shape);
  const logits = supernet(context, shape, image, alphas);
  const { loss, correct } = classification(b, logits, labels);
  // A supernet may be too shallow to have a cell of each kind; its alpha is a parameter all the same.
  const kept = [alphas.normal, alphas.reduce];
  const step = finishStep(b, 'supernet_loss', { loss, correct }, context.statistics, kept);
  return { ...step, reports: ['correct'] };
}

/** A loss graph opened in a builder of its own, its inputs the builder's. */
export interface OpenLoss {
  readonly b: GraphBuilder;
  readonly loss: Value;
  readonly reports: Readonly<Record<string, Value>>;
  readonly weights: readonly Value[];
  readonly alphas: readonly Value[];
  /** Next running statistics, by the state they replace. */
  readonly statistics: Updates;
}

/** @param weight what stands for a weight: by default the weight itself */
export function openLoss(
  { graph, updates, reports }: LossGraph,
  weight: (b: GraphBuilder, input: GraphInput) => Value = sameInput,
): OpenLoss {
  const b = new GraphBuilder();
  const bound = new Map<string, Value>();
  const outputs = inline(b, graph, (input) => {
    const value = input.role === 'weight' ? weight(b, input) : sameInput(b, input);
    bound.set(input.value.name, value);
    return value;
  });
  const output = (name: string): Value => {
    const value = outputs.get(name);
    if (value === undefined) throw internal(`the loss graph has no output "${name}"`);
    return value;
  };
  const withRole = (role: GraphInput['role']) =>
    graph.inputs.flatMap((input) => {
      const value = bound.get(input.value.name);
      return input.role === role && value !== undefined ? [value] : [];
    });
  return {
    b,
    loss: output('loss'),
    reports: Object.fromEntries(reports.map((name) => [name, output(name)])),
    weights: withRole('weight'),
    alphas: withRole('alpha'),
    statistics: new Map([...updates].map(([name, state]) => [state, output(name)])),
  };
}

/** The scalars that Adam is told at every step: `alpha_rate`, `first` and `second`, its bias corrections. */
export function adamScalars(b: GraphBuilder): { rate: Value; first: Value; second: Value } {
  return { rate: b.input('alpha_rate', []), first: b.input('first', []), second: b.input('second', []) };
}

/**
 * The first-order alpha step: Adam along ∇α L_val(w, α).
 *
 * Inputs: those of the loss, and `adamScalars`. Outputs: `loss` and the loss graph's reports.
 */
export function alphaStep(valid: LossGraph, options: AdamOptions): StepGraph {
  const { b, loss, reports, alphas, statistics } = openLoss(valid);
  const updates: Updates = new Map(statistics);
  adam(b, alphas, grad(b, loss, alphas), adamScalars(b), options, updates);
  return finishStep(b, 'alpha_step', { loss, ...reports }, updates);
}

/**
 * The weight step: SGD along ∇w L_train(w, α).
 *
 * Inputs: those of the loss, and scalar `rate`. Outputs: `loss`, the loss graph's reports, and `gradient_norm`, before
 * clipping.
 */
export function weightStep(training: LossGraph, options: SgdOptions): StepGraph {
  const { b, loss, reports, weights, statistics } = openLoss(training);
  const updates: Updates = new Map(statistics);
  const norm = sgd(b, weights, grad(b, loss, weights), b.input('rate', []), options, updates);
  return finishStep(b, 'weight_step', { loss, ...reports, gradient_norm: norm }, updates);
}

/** Logits of the supernet with running statistics, for any batch: input `image`, output `logits`. */
export function searchEvaluation(shape: SupernetShape): Graph {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'infer', affine: false });
  const image = imageInput(b, shape, 'batch');
  const logits = supernet(context, shape, image, alphaInputs(b, shape));
  return b.finish('supernet', { logits });
}
