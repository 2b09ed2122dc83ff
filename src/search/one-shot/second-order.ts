/**
 * The second-order architecture gradient of DARTS (section 2.3, equations 6 to 8):
 *
 *   ∇α L_val(w', α) − ξ · (∇α L_train(w⁺, α) − ∇α L_train(w⁻, α)) / 2ε
 *
 * with w' = w − ξ(μ·v + ∇w L_train(w, α) + λ·w), one step of SGD ahead, momentum and decay included, without clipping;
 * w± = w ± ε·∇w' L_val(w', α); and ε = 0.01 / ‖∇w' L_val(w', α)‖. The difference stands for the product with the mixed
 * second derivative, so three passes take the place of a Hessian.
 *
 * Side effects follow the official code: the passes at w and w± run on the live network and move its running
 * statistics; the pass at w' runs on a copy and does not.
 */
import { grad } from '../../autodiff/grad.ts';
import { internal } from '../../errors.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { known } from '../../graph/infer/rule.ts';
import { initialise } from '../../graph/initialise.ts';
import { sameInput } from '../../graph/inline.ts';
import { scalar, type Tensor, type Tensors } from '../../graph/tensor.ts';
import type { GraphInput, Value } from '../../graph/types.ts';
import { Random } from '../../random.ts';
import type { Program, Runtime, Store } from '../../runtime/runtime.ts';
import {
  adam,
  clipCoefficient,
  clipRatio,
  globalNorm,
  velocityName,
  type AdamOptions,
  type Updates,
} from '../../learn/optimizers.ts';
import { openLoss, type LossGraph } from '../../learn/loss-graph.ts';
import { scratchPrefix } from '../../learn/state.ts';
import { programsBySize } from '../../learn/programs.ts';
import { finishStep, type StepGraph } from '../../learn/step-graph.ts';
import { adamScalars } from './step.ts';

export interface SecondOrderOptions {
  /** Of the weights' own optimizer, which the virtual step imitates. */
  readonly momentum: number;
  readonly weightDecay: number;
  /** Length of the step to either side, in weights; the paper's 0.01. */
  readonly epsilon?: number;
  /**
   * The recurrent search's own rule: the virtual step and the direction are clipped to this joint norm, and the
   * implicit term is scaled by the coefficient of the former, which is not held to 1 (as in the official code).
   */
  readonly clip?: number;
  /**
   * Names of weights that the virtual step leaves where they are, as the official recurrent code does by mistake with the
   * embedding. They are in the direction ∇w' all the same.
   */
  readonly held?: readonly string[];
}

const virtualName = (weight: string) => `${scratchPrefix}virtual.${weight}`;
const directionName = (weight: string) => `${scratchPrefix}direction.${weight}`;

/**
 * Inputs: training data, scalar `rate` (ξ). State `scratch.virtual.*` becomes w', but for what is held. Outputs: `loss`, and `coefficient`
 * where there is a clip.
 */
export function virtualStep(training: LossGraph, options: SecondOrderOptions): StepGraph {
  const { b, loss, weights, statistics } = openLoss(training);
  const gradients = grad(b, loss, weights);
  const rate = b.input('rate', []);
  const norm = options.clip === undefined ? undefined : globalNorm(b, gradients);
  const clip = norm === undefined ? b.constant(1) : clipCoefficient(b, norm, options.clip ?? 1);
  // The virtual step is the optimizer's own update; the CNN search clips nothing in it.
  const attributes = { momentum: options.momentum, weight_decay: options.weightDecay };
  const updates: Updates = new Map(statistics);
  weights.forEach((weight, i) => {
    if (isHeld(weight.name, options)) return;
    const velocity =
      options.momentum === 0 ? b.filled(0, shapeOf(weight)) : stateLike(b, velocityName(weight.name), weight);
    const operands = [weight, required(gradients[i]), velocity, rate, clip];
    updates.set(virtualName(weight.name), b.op('SgdMomentum', operands, attributes));
  });
  const reports =
    norm === undefined ? { loss } : { loss, coefficient: clipRatio(b, norm, options.clip ?? 1) };
  return finishStep(b, 'virtual_step', reports, updates);
}

/**
 * Inputs: validation data. Outputs: `loss`, the loss graph's reports, `gradient.<alpha>`, and `norm`, of the direction.
 * State `scratch.direction.*` becomes the gradient with respect to w', clipped if there is a clip.
 */
export function unrolledGradient(
  valid: LossGraph,
  options: Pick<SecondOrderOptions, 'clip' | 'held'> = {},
): StepGraph {
  const { clip } = options;
  const virtual = new Map<Value, string>();
  const { b, loss, reports, weights, alphas } = openLoss(valid, (builder, input) => {
    const { name } = input.value;
    const value = isHeld(name, options)
      ? sameInput(builder, input)
      : stateLike(builder, virtualName(name), input.value);
    virtual.set(value, name);
    return value;
  });
  const gradients = grad(b, loss, [...alphas, ...weights]);
  const updates: Updates = new Map();
  const norm = globalNorm(b, gradients.slice(alphas.length));
  const coefficient = clip === undefined ? undefined : clipCoefficient(b, norm, clip);
  const clipped = (value: Value) => (coefficient === undefined ? value : b.op('Mul', [value, coefficient]));
  weights.forEach((weight, i) => {
    updates.set(
      directionName(required(virtual.get(weight))),
      clipped(required(gradients[alphas.length + i])),
    );
  });
  return finishStep(
    b,
    'unrolled_gradient',
    { loss, ...reports, norm: clipped(norm), ...named(alphas, gradients) },
    updates,
  );
}

/** Inputs: training data, scalar `epsilon`. Outputs: `gradient.<alpha>` of the training loss at w + epsilon·direction. */
export function shiftedGradient(training: LossGraph): StepGraph {
  let epsilon: Value | undefined;
  const { b, loss, alphas, statistics } = openLoss(training, (builder, input: GraphInput) => {
    epsilon ??= builder.input('epsilon', []);
    const weight = sameInput(builder, input);
    const direction = stateLike(builder, directionName(input.value.name), input.value);
    return builder.op('Add', [weight, builder.op('Mul', [direction, epsilon])]);
  });
  return finishStep(b, 'shifted_gradient', named(alphas, grad(b, loss, alphas)), statistics);
}

/** Inputs: `gradient.<alpha>` and `adamScalars`. The alphas take a step of Adam along gradients that are given. */
export function alphaUpdate({ graph }: LossGraph, options: AdamOptions): StepGraph {
  const b = new GraphBuilder();
  const inputs = graph.inputs.filter(({ role }) => role === 'alpha');
  const alphas = inputs.map((input) => sameInput(b, input));
  const gradients = alphas.map((alpha) => b.input(gradientName(alpha.name), alpha.type.shape));
  const updates: Updates = new Map();
  adam(b, alphas, gradients, adamScalars(b), options, updates);
  return finishStep(b, 'alpha_update', {}, updates);
}

export interface ArchitectureGradient {
  /** `gradient.<alpha>` → tensor, ready to be fed to `alphaUpdate`. */
  readonly gradients: Map<string, Tensor>;
  /** What the validation loss at w' reported. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** Data of a pass: its size, and what it is fed, asked for anew at each pass. */
export interface PassData {
  readonly size: number;
  readonly feeds: () => Tensors;
}

/** Computes second-order gradients over a store that the weights, velocities and alphas are in. */
export interface Architect {
  /** Compiles for a size ahead of the first step. */
  prepare(size: number): Promise<void>;
  /** @param rate ξ: the current learning rate of the weights */
  gradient(training: PassData, valid: PassData, rate: number): Promise<ArchitectureGradient>;
}

/** The loss of the training data that is looked along, and of the validation data at the weights ahead, by size. */
export interface ArchitectLosses {
  readonly along: (size: number) => LossGraph;
  readonly ahead: (size: number) => LossGraph;
}

/** Both losses may have different data, and share weights and alphas by name. */
export function createArchitect(
  runtime: Runtime,
  store: Store,
  { along, ahead }: ArchitectLosses,
  options: SecondOrderOptions,
): Architect {
  const build = {
    virtual: bySize((size) => virtualStep(along(size), options)),
    unrolled: bySize((size) => unrolledGradient(ahead(size), options)),
    shifted: bySize((size) => shiftedGradient(along(size))),
  };
  const virtual = programsBySize(runtime, store, build.virtual);
  const unrolled = programsBySize(runtime, store, build.unrolled);
  const shifted = programsBySize(runtime, store, build.shifted);
  let isReady = false;
  /** What a step leaves in the store for the next one: it has to be there before either is compiled. */
  const makeScratch = (training: number, valid: number): void => {
    if (isReady) return;
    for (const { graph } of [build.virtual(training), build.unrolled(valid), build.shifted(training)]) {
      const fresh = initialise(graph, new Random(0));
      store.write(new Map([...fresh].filter(([name]) => !store.has(name))));
    }
    isReady = true;
  };
  const compiled = async (training: number, valid: number): Promise<ArchitectPrograms> => {
    makeScratch(training, valid);
    return {
      virtual: await virtual(training),
      unrolled: await unrolled(valid),
      shifted: await shifted(training),
    };
  };
  return {
    async prepare(size) {
      await compiled(size, size);
    },
    async gradient(training, valid, rate) {
      const ready = await compiled(training.size, valid.size);
      return architectureGradient(ready, training.feeds, valid.feeds(), rate, options.epsilon);
    },
  };
}

/** The step of each size, built once. */
function bySize(build: (size: number) => StepGraph): (size: number) => StepGraph {
  const built = new Map<number, StepGraph>();
  return (size) => {
    const step = built.get(size) ?? build(size);
    built.set(size, step);
    return step;
  };
}

/** `virtualStep`, `unrolledGradient` and `shiftedGradient`, compiled over one store. */
export interface ArchitectPrograms {
  readonly virtual: Program;
  readonly unrolled: Program;
  readonly shifted: Program;
}

/**
 * The second-order gradient from the three passes.
 *
 * @param training what the next pass on training data is fed: asked for three times, at w, w⁺ and w⁻
 * @param rate ξ: the current learning rate of the weights
 */
export async function architectureGradient(
  { virtual, unrolled, shifted }: ArchitectPrograms,
  training: () => Tensors,
  valid: Tensors,
  rate: number,
  length = 0.01,
): Promise<ArchitectureGradient> {
  const stepped = await virtual.run(new Map([...training(), ['rate', scalar(rate)]]));
  const implicitRate = rate * (stepped.get('coefficient')?.data[0] ?? 1);
  const outputs = await unrolled.run(valid);
  const epsilon = length / (outputs.get('norm')?.data[0] ?? Number.NaN);
  const at = (shift: number) => shifted.run(new Map([...training(), ['epsilon', scalar(shift)]]));
  const [ahead, behind] = [await at(epsilon), await at(-epsilon)];
  const gradients = new Map<string, Tensor>();
  for (const [name, { shape, data }] of outputs) {
    if (!name.startsWith(gradientPrefix)) continue;
    const [plus, minus] = [required(ahead.get(name)).data, required(behind.get(name)).data];
    const implicit = (i: number) => ((plus[i] ?? 0) - (minus[i] ?? 0)) / (2 * epsilon);
    const total = Float64Array.from(data, (value, i) => value - implicitRate * implicit(i));
    gradients.set(name, { dtype: 'float32', shape, data: total });
  }
  return { gradients, outputs };
}

function isHeld(weight: string, { held = [] }: Pick<SecondOrderOptions, 'held'>): boolean {
  return held.includes(weight);
}

const gradientPrefix = 'gradient.';
const gradientName = (alpha: string) => `${gradientPrefix}${alpha}`;

function named(alphas: readonly Value[], gradients: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(alphas.map((alpha, i) => [gradientName(alpha.name), required(gradients[i])]));
}

function shapeOf(value: Value): number[] {
  return value.type.shape.map((dim) => known(dim, `the shape of "${value.name}"`));
}

function stateLike(b: GraphBuilder, name: string, like: Value): Value {
  return b.input(name, like.type.shape, { role: 'optimizer', initializer: { kind: 'constant', value: 0 } });
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw internal('a step of the architect lacks something it was built with');
  return value;
}
