/** The programs of a search, compiled over one store: both steps, of either order, and the evaluation. */
import type { Batch } from '../../data/images/batches.ts';
import { initialise } from '../../graph/initialise.ts';
import { scalar, type Tensor } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import type { Random } from '../../random.ts';
import type { Program, Runtime, Store } from '../../runtime/runtime.ts';
import type { SupernetShape } from '../../space/images/supernet.ts';
import { biasCorrections, type AdamOptions } from '../../learn/optimizers.ts';
import { batchFeeds, stepRunner, type StepRunner } from '../../learn/programs.ts';
import type { SearchConfig } from '../../tasks/images/search-settings.ts';
import { alphaUpdate, createArchitect, type Architect } from './second-order.ts';
import { alphaStep, searchEvaluation, supernetLoss, weightStep, type LossGraph } from './step.ts';

export interface AlphaBatches {
  /** The batch that the next weight step takes; the second order looks ahead along it. */
  readonly training: Batch;
  readonly valid: Batch;
}

export interface Bilevel {
  /** @param step the number of this alpha step, from 1; `rate` is the weights' learning rate */
  alpha(batches: AlphaBatches, step: number, rate: number): Promise<ReadonlyMap<string, Tensor>>;
  weight(batch: Batch, rate: number): Promise<ReadonlyMap<string, Tensor>>;
  /** `image` → `logits`, with running statistics. */
  readonly evaluate: Program;
  readonly weightGraph: Graph;
  /** Graphs that between them have all the state that outlives a step. */
  readonly stateful: readonly Graph[];
}

/** Writes the starting state into `store` and compiles everything for the configured batch size. */
export async function createBilevel(
  runtime: Runtime,
  store: Store,
  shape: SupernetShape,
  config: SearchConfig,
  random: Random,
): Promise<Bilevel> {
  const adam: AdamOptions = {
    beta1: config.alpha_beta1,
    beta2: config.alpha_beta2,
    epsilon: 1e-8,
    weightDecay: config.alpha_weight_decay,
  };
  const sgd = { momentum: config.momentum, weightDecay: config.weight_decay, clip: config.clip };
  const losses = new Map<number, LossGraph>();
  const lossFor = (size: number): LossGraph => {
    const loss = losses.get(size) ?? supernetLoss(shape, size);
    losses.set(size, loss);
    return loss;
  };
  const loss = lossFor(config.batch_size);
  const weightGraph = weightStep(loss, sgd).graph;
  const stateful = [weightGraph, alphaStep(loss, adam).graph];
  for (const graph of stateful) store.write(initialise(graph, random));

  const weight = stepRunner(runtime, store, (size) => weightStep(lossFor(size), sgd));
  await weight.prepare(config.batch_size);
  const corrected = (step: number) => {
    const { first, second } = biasCorrections(adam, step);
    return { alpha_rate: config.alpha_rate, first, second };
  };
  const alpha =
    config.order === 1
      ? await firstOrder(
          stepRunner(runtime, store, (size) => alphaStep(lossFor(size), adam)),
          config,
          corrected,
        )
      : await secondOrder(runtime, store, lossFor, adam, config, corrected);
  const evaluate = await runtime.compile(searchEvaluation(shape), { store });
  return { alpha, weight: (batch, rate) => weight.run(batch, { rate }), evaluate, weightGraph, stateful };
}

type Corrected = (step: number) => Readonly<Record<string, number>>;

async function firstOrder(
  runner: StepRunner,
  config: SearchConfig,
  corrected: Corrected,
): Promise<Bilevel['alpha']> {
  await runner.prepare(config.batch_size);
  return ({ valid }, step) => runner.run(valid, corrected(step));
}

async function secondOrder(
  runtime: Runtime,
  store: Store,
  lossFor: (size: number) => LossGraph,
  adam: AdamOptions,
  config: SearchConfig,
  corrected: Corrected,
): Promise<Bilevel['alpha']> {
  const architects = new Map<string, Promise<Architect>>();
  const architectFor = (training: number, valid: number): Promise<Architect> => {
    const key = `${training} ${valid}`;
    const options = { momentum: config.momentum, weightDecay: config.weight_decay };
    const known = architects.get(key);
    if (known !== undefined) return known;
    const made = createArchitect(
      runtime,
      store,
      { training: lossFor(training), valid: lossFor(valid) },
      options,
    );
    architects.set(key, made);
    return made;
  };
  await architectFor(config.batch_size, config.batch_size);
  const { graph, updates } = alphaUpdate(lossFor(config.batch_size), adam);
  const update = await runtime.compile(graph, { store, updates });
  return async ({ training, valid }, step, rate) => {
    const architect = await architectFor(training.size, valid.size);
    const { gradients, outputs } = await architect.gradient(batchFeeds(training), batchFeeds(valid), rate);
    const scalars = Object.entries(corrected(step)).map(([name, value]) => [name, scalar(value)] as const);
    await update.run(new Map([...gradients, ...scalars]));
    return outputs;
  };
}
