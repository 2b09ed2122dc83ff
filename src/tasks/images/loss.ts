/** The classification loss, and what is reported with it. */
import { internal } from '../../errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';

export interface Classification {
  /** Mean cross-entropy over the batch, a scalar; weighted by class where there are class weights. */
  readonly loss: Value;
  /** How many of the batch have their largest logit at their label, a scalar. */
  readonly correct: Value;
}

/**
 * Cross-entropy of logits [N, classes] and labels, int64 [N]. The batch must be known.
 *
 * With `smoothing` ε the target is not the label alone but (1 − ε) of it and ε spread over all classes, the label's
 * among them (Szegedy et al. 2016).
 *
 * With a weight w for each class the loss is Σ w(label) · loss / Σ w(label) over the batch; smoothed, each term of a target
 * counts by the weight of its class, and the divisor is the same (PyTorch's CrossEntropyLoss with `weight`).
 */
export function classification(
  b: GraphBuilder,
  logits: Value,
  labels: Value,
  smoothing = 0,
  classWeights?: readonly number[],
): Classification {
  const [batch, classes] = logits.type.shape;
  if (typeof batch !== 'number' || typeof classes !== 'number') throw internal('a loss over an open batch');
  const oneHot = b.op('OneHot', [labels], { depth: classes });
  const targets =
    smoothing === 0
      ? oneHot
      : b.op('Add', [b.op('Mul', [oneHot, b.constant(1 - smoothing)]), b.constant(smoothing / classes)]);
  const weights = classWeights && b.constant(classWeights, [1, classes]);
  const counted = weights === undefined ? targets : b.op('Mul', [targets, weights]);
  const logProbability = b.op('Dot', [b.op('LogSoftmax', [logits], { axis: -1 }), counted]);
  const best = b.op('ReduceMax', [logits], { axes: [1], keepdims: 1 });
  const hits = b.op('Cast', [b.op('Equal', [logits, best])], { to: 'float32' });
  return {
    loss:
      weights === undefined
        ? b.op('Mul', [logProbability, b.constant(-1 / batch)])
        : b.op('Neg', [
            b.op('Div', [
              logProbability,
              b.op('Dot', [oneHot, b.op('Expand', [weights], { shape: [batch, classes] })]),
            ]),
          ]),
    correct: b.op('Dot', [hits, oneHot]),
  };
}
