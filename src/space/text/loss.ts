/** The loss of a language model: the next word's negative log-likelihood, and penalties on the cell's outputs. */
import type { GraphBuilder } from '../../graph/builder.ts';
import { known } from '../../graph/infer/rule.ts';
import type { Value } from '../../graph/types.ts';
import type { Unrolled, UnrolledSize } from './model.ts';

/** Merity, Keskar, Socher 2018, section 4.7. 0 leaves a penalty out. */
export interface Penalties {
  /** AR: times the mean square of the outputs, after their dropout. */
  readonly activation: number;
  /** TAR, the slowness of the state: times the mean square of its change from step to step, before dropout. */
  readonly slowness: number;
}

export const noPenalties: Penalties = { activation: 0, slowness: 0 };

export interface LanguageLoss {
  /** Mean over all steps and rows of −log p(target), natural logarithm: perplexity is its exponential. */
  readonly nll: Value;
  /** That plus the penalties. */
  readonly loss: Value;
}

/** Input `targets` int64 [steps, batch]. */
export function languageLoss(
  b: GraphBuilder,
  { raw, outputs, logits }: Unrolled,
  { steps, batch }: UnrolledSize,
  { activation, slowness }: Penalties,
): LanguageLoss {
  const targets = b.input('targets', [steps, batch], { dtype: 'int64' });
  const scaled = (value: Value, factor: number) => b.op('Mul', [value, b.constant(factor)]);
  const square = (value: Value) => b.op('Dot', [value, value]);
  const units = known(raw.type.shape[1], 'the units of a cell');

  const flat = b.op('Reshape', [targets], { shape: [-1] });
  const losses = b.op('CrossEntropy', [logits, flat]);
  const nll = scaled(b.op('ReduceSum', [losses], { axes: [0], keepdims: 0 }), 1 / (steps * batch));
  const terms = [nll];
  if (activation !== 0) terms.push(scaled(square(outputs), activation / (steps * batch * units)));
  // A single step has no change.
  if (slowness !== 0 && steps > 1) {
    const rows = (start: number) =>
      b.op('Slice', [raw], {
        starts: [start * batch],
        ends: [(start + steps - 1) * batch],
        axes: [0],
        steps: [1],
      });
    const change = b.op('Sub', [rows(1), rows(0)]);
    terms.push(scaled(square(change), slowness / ((steps - 1) * batch * units)));
  }
  return { nll, loss: terms.length === 1 ? nll : b.op('Sum', terms) };
}
