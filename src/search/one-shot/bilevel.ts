/** The programs of a one-shot search, compiled over one store: both steps, of either order, for whatever task. */
import { initialise } from '../../graph/initialise.ts';
import { scalar, type Tensor, type Tensors } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import { biasCorrections, type AdamOptions } from '../../learn/optimizers.ts';
import { programsBySize } from '../../learn/programs.ts';
import { weightStep } from '../../learn/weight-step.ts';
import type { Random } from '../../random.ts';
import type { Runtime, Store } from '../../runtime/runtime.ts';
import type { Supernet } from '../../tasks/task.ts';
import { alphaUpdate, createArchitect } from './second-order.ts';
import { alphaStep } from './step.ts';

/** What a search is told of its alphas, in either task. */
export interface AlphaSettings {
  /** 1: ∇α L_val(w, α). 2: at weights one step ahead, with the finite-difference term. */
  readonly order: 1 | 2;
  readonly alpha_rate: number;
  readonly alpha_beta1: number;
  readonly alpha_beta2: number;
  readonly alpha_weight_decay: number;
}

export interface Bilevel<B> {
  /**
   * An alpha step on `valid`.
   *
   * @param training the batch that the next weight step takes; the second order looks ahead along it
   * @param step the number of this alpha step, from 1; `rate` is the weights' learning rate
   * @returns what the loss reports
   */
  alpha(
    batches: { readonly training: B; readonly valid: B },
    step: number,
    rate: number,
  ): Promise<ReadonlyMap<string, Tensor>>;
  /** A weight step. Returns what it was fed, and its outputs: `loss`, `gradient_norm`, what the loss reports. */
  weight(
    batch: B,
    rate: number,
  ): Promise<{ readonly feeds: Tensors; readonly outputs: ReadonlyMap<string, Tensor> }>;
  readonly weightGraph: Graph;
  /** Graphs that between them have all the state that outlives a step. */
  readonly stateful: readonly Graph[];
}

type AlphaStep<B> = Bilevel<B>['alpha'];
type Corrected = (step: number) => Tensors;

/** Writes the starting state into `store` and compiles everything for the usual size of batch. */
export async function createBilevel<B>(
  runtime: Runtime,
  store: Store,
  supernet: Supernet<B>,
  settings: AlphaSettings,
  random: Random,
): Promise<Bilevel<B>> {
  const adam: AdamOptions = {
    beta1: settings.alpha_beta1,
    beta2: settings.alpha_beta2,
    epsilon: 1e-8,
    weightDecay: settings.alpha_weight_decay,
  };
  const { usualSize } = supernet;
  const weightGraph = weightStep(supernet.loss('weights', usualSize), supernet.optimizer);
  // Whichever the order, this is the state that alphas have.
  const alphaGraph = alphaStep(supernet.loss('alphas', usualSize), adam);
  for (const { graph } of [weightGraph, alphaGraph]) store.write(initialise(graph, random));

  const weight = programsBySize(runtime, store, (size) =>
    size === usualSize ? weightGraph : weightStep(supernet.loss('weights', size), supernet.optimizer),
  );
  await weight(usualSize);
  const corrected: Corrected = (step) => {
    const scalars = { alpha_rate: settings.alpha_rate, ...biasCorrections(adam, step) };
    return new Map(Object.entries(scalars).map(([name, value]) => [name, scalar(value)]));
  };
  const alpha =
    settings.order === 1
      ? await firstOrder(runtime, store, supernet, adam, corrected)
      : await secondOrder(runtime, store, supernet, adam, corrected);
  return {
    alpha,
    async weight(batch, rate) {
      const program = await weight(supernet.sizeOf(batch));
      const feeds = new Map([...supernet.feeds(batch), ['rate', scalar(rate)]]);
      return { feeds, outputs: await program.run(feeds) };
    },
    weightGraph: weightGraph.graph,
    stateful: [weightGraph.graph, alphaGraph.graph],
  };
}

async function firstOrder<B>(
  runtime: Runtime,
  store: Store,
  supernet: Supernet<B>,
  adam: AdamOptions,
  corrected: Corrected,
): Promise<AlphaStep<B>> {
  const programFor = programsBySize(runtime, store, (size) => alphaStep(supernet.loss('alphas', size), adam));
  await programFor(supernet.usualSize);
  return async ({ valid }, step) => {
    const program = await programFor(supernet.sizeOf(valid));
    return program.run(new Map([...supernet.feeds(valid), ...corrected(step)]));
  };
}

async function secondOrder<B>(
  runtime: Runtime,
  store: Store,
  supernet: Supernet<B>,
  adam: AdamOptions,
  corrected: Corrected,
): Promise<AlphaStep<B>> {
  const architect = createArchitect(
    runtime,
    store,
    { along: (size) => supernet.loss('along', size), ahead: (size) => supernet.loss('ahead', size) },
    supernet.lookAhead,
  );
  await architect.prepare(supernet.usualSize);
  const { graph, updates } = alphaUpdate(supernet.loss('ahead', supernet.usualSize), adam);
  const update = await runtime.compile(graph, { store, updates });
  return async ({ training, valid }, step, rate) => {
    const { gradients, outputs } = await architect.gradient(
      // Asked for at each pass: random masks are drawn anew.
      { size: supernet.sizeOf(training), feeds: () => supernet.feeds(training) },
      { size: supernet.sizeOf(valid), feeds: () => supernet.feeds(valid) },
      rate,
    );
    store.write(
      new Map(
        [...supernet.carried].flatMap(([output, state]) => {
          const tensor = outputs.get(output);
          return tensor === undefined ? [] : [[state, tensor] as const];
        }),
      ),
    );
    await update.run(new Map([...gradients, ...corrected(step)]));
    return outputs;
  };
}
