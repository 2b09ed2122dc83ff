/**
 * Optimizers as graphs: from gradients to the next state.
 *
 * What changes from step to step (learning rate, Adam's bias corrections) comes in as scalars; what the optimizer keeps
 * comes in and goes out as state. Written here rather than taken from a runtime, since a search reads the momentum
 * buffers for its virtual step, and resumed runs must be exact.
 */
import { internal } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Dim, Value } from '../graph/types.ts';

/** Next values of state, by the name of what they replace. */
export type Updates = Map<string, Value>;

export interface SgdOptions {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Gradients are scaled down so that their joint L2 norm is at most this. */
  readonly clip: number;
}

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** L2 added to the gradient, not decoupled (as PyTorch's Adam). */
  readonly weightDecay: number;
}

/** The joint L2 norm of gradients, a scalar. */
export function globalNorm(b: GraphBuilder, gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => b.op('Dot', [gradient, gradient]));
  return b.op('Sqrt', [b.op('Sum', squares)]);
}

/** limit / (norm + 10⁻⁶), a scalar: over 1 where nothing needs clipping. */
export function clipRatio(b: GraphBuilder, norm: Value, limit: number): Value {
  return b.op('Div', [b.constant(limit), b.op('Add', [norm, b.constant(1e-6)])]);
}

/** PyTorch's `clip_grad_norm_`: min(1, limit / (norm + 10⁻⁶)), a scalar. */
export function clipCoefficient(b: GraphBuilder, norm: Value, limit: number): Value {
  return b.op('Min', [b.constant(1), clipRatio(b, norm, limit)]);
}

/** The state that SGD keeps for a weight: its velocity, starting at zero. */
export function velocityName(weight: string): string {
  return `velocity.${weight}`;
}

/**
 * SGD with momentum: v ← μ·v + clip·g + λ·w; w ← w − rate·v. `rate` is a scalar.
 *
 * Returns the norm of the gradients before clipping; adds the next weights and velocities to `updates`.
 */
export function sgd(
  b: GraphBuilder,
  weights: readonly Value[],
  gradients: readonly Value[],
  rate: Value,
  options: SgdOptions,
  updates: Updates,
): Value {
  const norm = globalNorm(b, gradients);
  const clip = clipCoefficient(b, norm, options.clip);
  const attributes = { momentum: options.momentum, weight_decay: options.weightDecay };
  weights.forEach((weight, i) => {
    const velocity = optimizerState(b, velocityName(weight.name), weight);
    const gradient = gradients[i];
    if (gradient === undefined) throw internal(`"${weight.name}" has no gradient`);
    const [next, nextVelocity] = b.node('SgdMomentum', [weight, gradient, velocity, rate, clip], attributes);
    if (next !== undefined) updates.set(weight.name, next);
    if (nextVelocity !== undefined) updates.set(velocity.name, nextVelocity);
  });
  return norm;
}

/** Adam's bias corrections after `step` updates, this one included: 1/(1 − βᵗ). */
export function biasCorrections(
  { beta1, beta2 }: AdamOptions,
  step: number,
): { first: number; second: number } {
  return { first: 1 / (1 - beta1 ** step), second: 1 / (1 - beta2 ** step) };
}

/** Adam. `first` and `second` are the bias corrections, scalars, as is `rate`. */
export function adam(
  b: GraphBuilder,
  parameters: readonly Value[],
  gradients: readonly Value[],
  scalars: { readonly rate: Value; readonly first: Value; readonly second: Value },
  options: AdamOptions,
  updates: Updates,
): void {
  const { beta1, beta2, epsilon, weightDecay } = options;
  const times = (value: Value, factor: number) => b.op('Mul', [value, b.constant(factor)]);
  const add = (x: Value, y: Value) => b.op('Add', [x, y]);
  parameters.forEach((parameter, i) => {
    const gradient = gradients[i];
    if (gradient === undefined) throw internal(`"${parameter.name}" has no gradient`);
    const decayed = weightDecay === 0 ? gradient : add(gradient, times(parameter, weightDecay));
    const mean = optimizerState(b, `adam.mean.${parameter.name}`, parameter);
    const square = optimizerState(b, `adam.square.${parameter.name}`, parameter);
    const nextMean = add(times(mean, beta1), times(decayed, 1 - beta1));
    const nextSquare = add(times(square, beta2), times(b.op('Mul', [decayed, decayed]), 1 - beta2));
    const deviation = add(b.op('Sqrt', [b.op('Mul', [nextSquare, scalars.second])]), b.constant(epsilon));
    const direction = b.op('Div', [b.op('Mul', [nextMean, scalars.first]), deviation]);
    updates.set(parameter.name, b.op('Sub', [parameter, b.op('Mul', [direction, scalars.rate])]));
    updates.set(mean.name, nextMean);
    updates.set(square.name, nextSquare);
  });
}

function optimizerState(b: GraphBuilder, name: string, like: Value): Value {
  const shape: readonly Dim[] = like.type.shape;
  return b.input(name, shape, { role: 'optimizer', initializer: { kind: 'constant', value: 0 } });
}
