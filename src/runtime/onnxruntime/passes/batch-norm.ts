/**
 * The gradient of batch norm in fewer passes over memory.
 *
 * With x̂ = (x − mean)/σ, dx = (scale/σ)·(dy − Σdy/n − x̂·Σ(dy·x̂)/n). What depends on the channel only is
 * computed on vectors, and x − mean is there already from the forward pass; four passes over images remain.
 */
import { perChannel, statisticsAxes } from '../../../graph/definitions.ts';
import type { Rewrite } from '../../../graph/rebuild.ts';
import { inputAt, knownShape } from './pieces.ts';

export const batchNormGradient: Rewrite = (b, node, inputs) => {
  if (node.op !== 'BatchNormTrainGrad') return undefined;
  const [dy, x, scale] = [inputAt(inputs, 0), inputAt(inputs, 1), inputAt(inputs, 2)];
  const [mean, variance] = [inputAt(inputs, 3), inputAt(inputs, 4)];
  const shape = knownShape(x);
  if (shape === undefined) return undefined;
  const axes = statisticsAxes(x);
  const share = axes.reduce((product, axis) => product / (shape[axis] ?? 1), 1);
  const times = (...values: readonly (typeof x)[]) => values.reduce((p, value) => b.op('Mul', [p, value]));

  const deviation = b.op('Sqrt', [b.op('Add', [variance, b.constant(node.attributes.epsilon)])]);
  const inverse = b.op('Reciprocal', [deviation]);
  const centred = b.op('Sub', [x, perChannel(b, mean, x)]);
  const dbias = b.op('ReduceSum', [dy], { axes, keepdims: 0 });
  const along = b.op('ReduceSum', [b.op('Mul', [dy, centred])], { axes, keepdims: 0 });
  const dscale = times(along, inverse);
  const factor = times(scale, inverse);
  const tilt = times(dscale, inverse, b.constant(-share));
  const centre = times(dbias, b.constant(share));
  // Batch norm in its inference form is the affine map of onnxruntime that takes one pass: of mean 0 and variance 1.
  const [zeros, ones] = [b.filled(0, [shape[1] ?? 1]), b.filled(1, [shape[1] ?? 1])];
  const sum = b.op('Add', [dy, b.op('Mul', [centred, perChannel(b, tilt, x)])]);
  const dx = b.op('BatchNormalization', [sum, factor, zeros, centre, ones], { epsilon: 0 });
  return [dx, dscale, dbias];
};
