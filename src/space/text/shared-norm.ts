/**
 * The batch norm of a recurrent search: one module, without scale and bias, that every state of every step passes
 * through. Derived networks have none.
 *
 * Its running statistics follow the batches in the order in which they come, r ← (1 − m)·r + m·batch, some hundreds of
 * times in one pass. That is a weighted sum, and is computed as one: (1 − m)ⁿ·r + Σ m·(1 − m)ⁿ⁻¹⁻ⁱ·batchᵢ.
 */
import { internal } from '../../errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import { known } from '../../graph/infer/rule.ts';
import type { Value } from '../../graph/types.ts';
import { batchNormEpsilon, batchNormMomentum } from '../images/layers.ts';

export interface SharedNorm {
  /** Normalises a state [B, H]. */
  readonly apply: (state: Value) => Value;
  /** Next running statistics, by the name of the state they replace; none in `infer` mode. */
  readonly statistics: () => Map<string, Value>;
}

/** Declares `running_mean` and `running_variance` [H] in the open scope. */
export function sharedNorm(b: GraphBuilder, units: number, mode: 'train' | 'infer'): SharedNorm {
  const running = (name: string, value: number) =>
    b.input(name, [units], { role: 'buffer', initializer: { kind: 'constant', value } });
  const [mean, variance] = [running('running_mean', 0), running('running_variance', 1)];
  const [one, zero] = [b.filled(1, [units]), b.filled(0, [units])];
  const attributes = { epsilon: batchNormEpsilon };
  if (mode === 'infer') {
    return {
      apply: (state) => b.op('BatchNormalization', [state, one, zero, mean, variance], attributes),
      statistics: () => new Map(),
    };
  }
  const means: Value[] = [];
  const variances: Value[] = [];
  let batch = 1;
  return {
    apply(state) {
      const [y, batchMean, batchVariance] = b.node('BatchNormTrain', [state, one, zero], attributes);
      if (y === undefined || batchMean === undefined || batchVariance === undefined) {
        throw internal('batch norm has three outputs');
      }
      means.push(batchMean);
      variances.push(batchVariance);
      batch = known(state.type.shape[0], 'the batch');
      return y;
    },
    statistics: () =>
      new Map([
        [mean.name, followed(b, mean, means, 1)],
        // Running variance is the unbiased estimate, as in PyTorch; a single row has none.
        [variance.name, followed(b, variance, variances, batch > 1 ? batch / (batch - 1) : 1)],
      ]),
  };
}

function followed(b: GraphBuilder, state: Value, batches: readonly Value[], correction: number): Value {
  const count = batches.length;
  const units = known(state.type.shape[0], 'the units of a cell');
  const kept = 1 - batchNormMomentum;
  const weights = batches.map((_, i) => correction * batchNormMomentum * kept ** (count - 1 - i));
  const rows = b.op('Reshape', [b.op('Concat', batches, { axis: 0 })], { shape: [count, units] });
  const sum = b.op('MatMul', [b.constant(weights, [1, count]), rows]);
  const before = b.op('Mul', [state, b.constant(kept ** count)]);
  return b.op('Add', [before, b.op('Reshape', [sum], { shape: [units] })]);
}
