/**
 * The programs of a recurrent search over one store: both steps, of either order, and the evaluation.
 *
 * What is its own beside the convolutional search's (section 3.1.2 of DARTS, and its official code): weights have no
 * momentum; the penalties are in the weights' loss and not in the alphas'; each pass has dropout masks of its own, so
 * the second order's finite difference is over masks too; the virtual step and the direction are clipped; both texts
 * carry a hidden state, which only the weight step and the pass on validation text move on.
 */
import { grad } from '../../autodiff/grad.ts';
import type { TextSlice } from '../../data/text/batches.ts';
import { internal } from '../../errors.ts';
import { initialise } from '../../graph/initialise.ts';
import { scalar, type Tensor, type Tensors } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import type { Random } from '../../random.ts';
import type { Runtime, Store } from '../../runtime/runtime.ts';
import { noPenalties, type Penalties } from '../../space/text/loss.ts';
import { drawMasks } from '../../space/text/masks.ts';
import { biasCorrections, type AdamOptions, type Updates } from '../../learn/optimizers.ts';
import { programsByLength, type ProgramFor } from '../../tasks/text/by-length.ts';
import { dropoutRates } from '../../tasks/text/dropout-settings.ts';
import { plainSgd, type PlainSgdOptions } from '../../learn/plain-sgd.ts';
import { noHidden, textFeeds } from '../../tasks/text/feeds.ts';
import { finishStep, type StepGraph } from '../../learn/step-graph.ts';
import {
  alphaUpdate,
  architectureGradient,
  scratchPrefix,
  shiftedGradient,
  unrolledGradient,
  virtualStep,
} from '../one-shot/second-order.ts';
import { alphaStep, openLoss, type LossGraph } from '../one-shot/step.ts';
import { carried, hiddenNames } from '../../tasks/text/carried.ts';
import type { RnnSearchConfig } from '../../tasks/text/search-settings.ts';
import { rnnSearchEvaluation, rnnSearchLoss, type RnnSupernetShape } from '../../tasks/text/search-loss.ts';

export interface RnnBilevel {
  /**
   * An alpha step on validation text.
   *
   * @param step its number, from 1; `rate` is the weights' learning rate for the slice `training`, which the next weight
   *   step is on: the second order looks ahead along it
   */
  alpha(
    slices: { readonly training: TextSlice; readonly valid: TextSlice },
    step: number,
    rate: number,
    masks: Random,
  ): Promise<void>;
  /** Outputs `loss`, `likelihood` and `gradient_norm`. */
  weight(training: TextSlice, rate: number, masks: Random): Promise<ReadonlyMap<string, Tensor>>;
  /** Both hidden states to zero: an epoch begins. */
  forget(): void;
  /** `tokens`, `targets`, `hidden_in` → `likelihood`, `hidden_out`; running statistics, nothing dropped. */
  readonly evaluate: ProgramFor;
  /** The graphs whose state a checkpoint holds. */
  readonly stateful: readonly Graph[];
}

/** Writes the starting state into `store` and compiles what every search needs. */
export async function createRnnBilevel(
  runtime: Runtime,
  store: Store,
  shape: RnnSupernetShape,
  config: RnnSearchConfig,
  random: Random,
): Promise<RnnBilevel> {
  const { batch_size: batch, bptt } = config;
  const rates = dropoutRates(config);
  const sizes = { words: shape.words, units: shape.units, batch };
  const adam: AdamOptions = {
    beta1: config.alpha_beta1,
    beta2: config.alpha_beta2,
    epsilon: 1e-8,
    weightDecay: config.alpha_weight_decay,
  };
  const sgd: PlainSgdOptions = { weightDecay: config.weight_decay, clip: config.clip };
  const lossFor = (steps: number, penalties: Penalties) =>
    rnnSearchLoss(shape, { steps, batch, rates, penalties });
  const penalties = { activation: config.activation, slowness: config.slowness };
  const weightStep = (steps: number) =>
    rnnWeightStep(carried(lossFor(steps, penalties), hiddenNames.training, true), sgd);
  const first = weightStep(bptt);
  // Whichever the order, this is the state that alphas have.
  const alphaGraph = alphaStep(validLoss(bptt, true), adam);
  for (const { graph } of [first, alphaGraph]) store.write(initialise(graph, random));

  const weight = programsByLength(runtime, store, (steps) => (steps === bptt ? first : weightStep(steps)));
  await weight(bptt);
  const fed = (slice: TextSlice, masks: Random): Map<string, Tensor> => {
    const feeds = textFeeds(slice);
    for (const [name, mask] of drawMasks(masks, rates, sizes)) feeds.set(name, mask);
    return feeds;
  };
  const step = config.order === 1 ? firstOrder() : await secondOrder();

  return {
    alpha: (slices, number, rate, masks) => step(slices, adamFeeds(number), rate, masks),
    async weight(training, rate, masks) {
      const program = await weight(training.length);
      return program.run(fed(training, masks).set('rate', scalar(rate)));
    },
    forget() {
      const none = () => noHidden(batch, shape.units);
      store.write(new Map(Object.values(hiddenNames).map((name) => [name, none()])));
    },
    evaluate: programsByLength(runtime, store, (steps) => ({
      graph: rnnSearchEvaluation(shape, { steps, batch: config.eval_batch_size }),
    })),
    stateful: [first.graph, alphaGraph.graph],
  };

  function validLoss(steps: number, advance: boolean): LossGraph {
    return carried(lossFor(steps, noPenalties), hiddenNames.valid, advance);
  }

  function adamFeeds(number: number): Tensors {
    const scalars = { alpha_rate: config.alpha_rate, ...biasCorrections(adam, number) };
    return new Map(Object.entries(scalars).map(([name, value]) => [name, scalar(value)]));
  }

  type AlphaStep = (
    slices: Parameters<RnnBilevel['alpha']>[0],
    scalars: Tensors,
    rate: number,
    masks: Random,
  ) => Promise<void>;

  function firstOrder(): AlphaStep {
    const programFor = programsByLength(runtime, store, (steps) =>
      steps === bptt ? alphaGraph : alphaStep(validLoss(steps, true), adam),
    );
    return async ({ valid }, scalars, _, masks) => {
      const program = await programFor(valid.length);
      await program.run(new Map([...fed(valid, masks), ...scalars]));
    };
  }

  async function secondOrder(): Promise<AlphaStep> {
    const options = { momentum: 0, weightDecay: config.weight_decay, clip: config.clip };
    const trainingLoss = (steps: number) => carried(lossFor(steps, noPenalties), hiddenNames.training, false);
    const build = {
      virtual: (steps: number) => virtualStep(trainingLoss(steps), options),
      unrolled: (steps: number) => unrolledGradient(validLoss(steps, false), options),
      shifted: (steps: number) => shiftedGradient(trainingLoss(steps)),
    };
    for (const graph of [build.unrolled(bptt).graph, build.shifted(bptt).graph]) {
      const isScratch = ([name]: readonly [string, Tensor]) => name.startsWith(scratchPrefix);
      store.write(new Map([...initialise(graph, random)].filter(isScratch)));
    }
    const virtual = programsByLength(runtime, store, build.virtual);
    const unrolled = programsByLength(runtime, store, build.unrolled);
    const shifted = programsByLength(runtime, store, build.shifted);
    const { graph, updates } = alphaUpdate(validLoss(bptt, false), adam);
    const update = await runtime.compile(graph, { store, updates });
    return async ({ training, valid }, scalars, rate, masks) => {
      const programs = {
        virtual: await virtual(training.length),
        unrolled: await unrolled(valid.length),
        shifted: await shifted(training.length),
      };
      const ofTraining = () => fed(training, masks);
      const { gradients, outputs } = await architectureGradient(
        programs,
        ofTraining,
        fed(valid, masks),
        rate,
      );
      const hidden = outputs.get('hidden_out');
      if (hidden === undefined) throw internal('a recurrent loss gives its hidden state');
      store.write(new Map([[hiddenNames.valid, hidden]]));
      await update.run(new Map([...gradients, ...scalars]));
    };
  }
}

/** SGD without momentum along ∇w L_train(w, α). Inputs: those of the loss, and scalar `rate`. */
function rnnWeightStep(training: LossGraph, options: PlainSgdOptions): StepGraph {
  const { b, loss, reports, weights, statistics } = openLoss(training);
  const updates: Updates = new Map(statistics);
  const norm = plainSgd(b, weights, grad(b, loss, weights), b.input('rate', []), options, updates);
  return finishStep(b, 'weight_step', { loss, ...reports, gradient_norm: norm }, updates);
}
