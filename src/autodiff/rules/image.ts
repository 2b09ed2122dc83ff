/**
 * Rules of convolutions, pools and batch norm.
 *
 * Conv, ConvTranspose and ConvFilterGrad are the three partial maps of one trilinear form Σ x·w·dy, so each is the
 * gradient of the others, and gradients of any order stay among the three. MaxPoolGrad and MaxPoolGather, and
 * AveragePool and its gradient, are adjoint pairs in the same way.
 */
import type { ConvAttributes } from '../../graph/attributes.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import { perChannel, statisticsAxes } from '../../graph/definitions.ts';
import type { Value } from '../../graph/types.ts';
import { scaled, shapeOf, sizeOfValue, type Rule } from '../rule.ts';

function convOf({ strides, pads, dilations, group }: ConvAttributes): ConvAttributes {
  return { strides, pads, dilations, group };
}

/** Conv's adjoint: carries a tensor shaped as Conv's output back to the shape of its input `like`. */
function convAdjoint(b: GraphBuilder, dy: Value, w: Value, conv: ConvAttributes, like: Value): Value {
  const [input, output, filter] = [shapeOf(like), shapeOf(dy), shapeOf(w)];
  const left = ([0, 1] as const).map((axis) => {
    const { strides, pads, dilations } = conv;
    const reach =
      strides[axis] * ((output[axis + 2] ?? 0) - 1) + ((filter[axis + 2] ?? 0) - 1) * dilations[axis] + 1;
    return (input[axis + 2] ?? 0) + pads[axis] + pads[axis === 0 ? 2 : 3] - reach;
  });
  const [bottom, right] = [left[0] ?? 0, left[1] ?? 0];
  const fits = bottom < conv.strides[0] && right < conv.strides[1];
  if (!fits) throw new Error('internal: a convolution leaves more of its input than a stride');
  return b.op('ConvTranspose', [dy, w], { ...convOf(conv), output_padding: [bottom, right] });
}

function filterGradient(b: GraphBuilder, x: Value, dy: Value, conv: ConvAttributes, like: Value): Value {
  const [, , kh, kw] = shapeOf(like);
  return b.op('ConvFilterGrad', [x, dy], { ...convOf(conv), kernel_shape: [kh ?? 1, kw ?? 1] });
}

export const imageRules = {
  Conv: (({ b, dy, x, needs, attributes, node }) => [
    needs(0) ? convAdjoint(b, dy, x(1), attributes, x(0)) : undefined,
    needs(1) ? filterGradient(b, x(0), dy, attributes, x(1)) : undefined,
    node.inputs.length > 2 && needs(2)
      ? b.op('ReduceSum', [dy], { axes: [0, 2, 3], keepdims: 0 })
      : undefined,
  ]) satisfies Rule<'Conv'>,

  ConvTranspose: (({ b, dy, x, needs, attributes }) => [
    needs(0) ? b.op('Conv', [dy, x(1)], convOf(attributes)) : undefined,
    needs(1) ? filterGradient(b, dy, x(0), attributes, x(1)) : undefined,
  ]) satisfies Rule<'ConvTranspose'>,

  ConvFilterGrad: (({ b, dy, x, needs, attributes }) => [
    needs(0) ? convAdjoint(b, x(1), dy, attributes, x(0)) : undefined,
    needs(1) ? b.op('Conv', [x(0), dy], convOf(attributes)) : undefined,
  ]) satisfies Rule<'ConvFilterGrad'>,

  MaxPool: (({ b, dy, x, y, attributes }) => [
    b.op('MaxPoolGrad', [x(0), y(), dy], attributes),
  ]) satisfies Rule<'MaxPool'>,

  MaxPoolGrad: (({ b, dy, x, attributes }) => [
    undefined,
    undefined,
    b.op('MaxPoolGather', [x(0), x(1), dy], attributes),
  ]) satisfies Rule<'MaxPoolGrad'>,

  MaxPoolGather: (({ b, dy, x, attributes }) => [
    undefined,
    undefined,
    b.op('MaxPoolGrad', [x(0), x(1), dy], attributes),
  ]) satisfies Rule<'MaxPoolGather'>,

  AveragePool: (({ b, dy, x, attributes }) => {
    const [, , height, width] = shapeOf(x(0));
    return [b.op('AveragePoolGrad', [dy], { ...attributes, input_size: [height ?? 1, width ?? 1] })];
  }) satisfies Rule<'AveragePool'>,

  AveragePoolGrad: (({ b, dy, attributes }) => {
    const { kernel_shape, strides, pads, count_include_pad } = attributes;
    return [b.op('AveragePool', [dy], { kernel_shape, strides, pads, count_include_pad })];
  }) satisfies Rule<'AveragePoolGrad'>,

  GlobalAveragePool: (({ b, dy, x }) => {
    const shape = shapeOf(x(0));
    const share = scaled(b, dy, 1 / ((shape[2] ?? 1) * (shape[3] ?? 1)));
    return [b.op('Expand', [share], { shape })];
  }) satisfies Rule<'GlobalAveragePool'>,

  BatchNormalization: (({ b, dy, x, needs, attributes }) => {
    const [input, scale, , mean, variance] = [x(0), x(1), x(2), x(3), x(4)];
    const axes = statisticsAxes(input);
    const sum = (value: Value) => b.op('ReduceSum', [value], { axes, keepdims: 0 });
    const inverse = b.op('Reciprocal', [
      b.op('Sqrt', [b.op('Add', [variance, b.constant(attributes.epsilon)])]),
    ]);
    const factor = b.op('Mul', [scale, inverse]);
    const centred = b.op('Sub', [input, perChannel(b, mean, input)]);
    const dFactor = needs(1) || needs(4) ? sum(b.op('Mul', [dy, centred])) : undefined;
    const cubed = b.op('Mul', [b.op('Mul', [inverse, inverse]), inverse]);
    return [
      needs(0) ? b.op('Mul', [dy, perChannel(b, factor, input)]) : undefined,
      needs(1) && dFactor !== undefined ? b.op('Mul', [dFactor, inverse]) : undefined,
      needs(2) ? sum(dy) : undefined,
      needs(3) ? b.op('Neg', [b.op('Mul', [sum(dy), factor])]) : undefined,
      needs(4) && dFactor !== undefined
        ? scaled(b, b.op('Mul', [b.op('Mul', [dFactor, scale]), cubed]), -0.5)
        : undefined,
    ];
  }) satisfies Rule<'BatchNormalization'>,

  /** y, the mean and the variance are all functions of x, and a second derivative sends gradients to all three. */
  BatchNormTrain: (({ b, dyOf, x, y, attributes }) => {
    const [dy, dMean, dVariance] = [dyOf(0), dyOf(1), dyOf(2)];
    const input = x(0);
    const count = sizeOfValue(input) / (shapeOf(input)[1] ?? 1);
    const terms: Value[] = [];
    let [dScale, dBias]: (Value | undefined)[] = [];
    if (dy !== undefined) {
      const [dx, ds, db] = b.node('BatchNormTrainGrad', [dy, input, x(1), y(1), y(2)], attributes);
      if (dx !== undefined) terms.push(dx);
      [dScale, dBias] = [ds, db];
    }
    if (dVariance !== undefined) {
      const centred = b.op('Sub', [input, perChannel(b, y(1), input)]);
      terms.push(b.op('Mul', [centred, perChannel(b, scaled(b, dVariance, 2 / count), input)]));
    }
    if (dMean !== undefined) {
      const share = perChannel(b, scaled(b, dMean, 1 / count), input);
      terms.push(b.op('Expand', [share], { shape: shapeOf(input) }));
    }
    return [terms.length > 1 ? b.op('Sum', terms) : terms[0], dScale, dBias];
  }) satisfies Rule<'BatchNormTrain'>,
} as const;
