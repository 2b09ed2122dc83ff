/** Rules of the ops of language models. */
import type { Rule } from '../rule.ts';

export const recurrentRules = {
  EmbeddingGrad: (({ b, dy, x }) => [
    undefined,
    b.op('Gather', [dy, x(0)], { axis: 0 }),
  ]) satisfies Rule<'EmbeddingGrad'>,

  /** What arrives at the loss is the usual case; log-probabilities are differentiated as LogSoftmax's are. */
  CrossEntropy: (({ b, dyOf, x, y }) => {
    const [loss, logProbabilities] = [dyOf(0), dyOf(1)];
    const terms = loss === undefined ? [] : [b.op('CrossEntropyGrad', [loss, y(1), x(1)])];
    if (logProbabilities !== undefined) {
      const total = b.op('ReduceSum', [logProbabilities], { axes: [1], keepdims: 1 });
      const expected = b.op('Mul', [b.op('Exp', [y(1)]), total]);
      terms.push(b.op('Sub', [logProbabilities, expected]));
    }
    return [terms.length === 1 ? terms[0] : b.op('Sum', terms)];
  }) satisfies Rule<'CrossEntropy'>,
  CrossEntropyGrad: 'definition',

  MixedHighway: (({ b, dy, node, attributes }) =>
    b.node('MixedHighwayGrad', [dy, ...node.inputs], attributes)) satisfies Rule<'MixedHighway'>,
  MixedHighwayGrad: 'definition',
} as const;
