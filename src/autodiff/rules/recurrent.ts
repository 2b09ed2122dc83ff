/** Rules of the ops of language models. */
import { shapeOf, type Rule } from '../rule.ts';

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

  StackedProduct: (({ b, dy, node, x, needs }) => {
    const [dw, ...ds] = b.node('StackedProductGrad', [dy, ...node.inputs]);
    if (!needs(1)) return [dw, undefined, ...ds];
    const [states, [batch = 1, units = 1]] = [node.inputs.slice(2), shapeOf(x(1))];
    const arrived = b.op('Gemm', [dy, x(0)], { alpha: 1, beta: 1, transA: 0, transB: 1 });
    const product = b.op('Mul', [arrived, b.op('Concat', states, { axis: 0 })]);
    const each = b.op('Reshape', [product], { shape: [states.length, batch, units] });
    return [dw, b.op('ReduceSum', [each], { axes: [0], keepdims: 0 }), ...ds];
  }) satisfies Rule<'StackedProduct'>,
  StackedProductGrad: 'definition',

  MixedHighway: (({ b, dy, node, attributes }) =>
    b.node('MixedHighwayGrad', [dy, ...node.inputs], attributes)) satisfies Rule<'MixedHighway'>,
  MixedHighwayGrad: 'definition',
} as const;
