/** Normalisations: what is taken off and divided by, along which axes. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { elementsOf, quotient } from '../../../src/graph/extent.ts';
import type { Value } from '../../../src/graph/types.ts';
import { numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { infersOnly } from './activation.ts';
import { alongAxis, fromFront, listOf, slice, type Lower, type Lowerings } from './lowering.ts';

interface Normal {
  readonly y: Value;
  readonly mean: Value;
  readonly variance: Value;
  /** 1/√(variance + ε). */
  readonly inverse: Value;
}

/** x less its mean, over its deviation. `squaresOfAll`: see `Otherwise`. */
export function normalised(
  b: GraphBuilder,
  x: Value,
  axes: readonly number[],
  epsilon: number,
  squaresOfAll = false,
): Normal {
  const meanOf = (value: Value) => b.op('ReduceMean', [value], { axes, keepdims: 1 });
  const squared = (value: Value) => b.op('Mul', [value, value]);
  const mean = meanOf(x);
  const centred = b.op('Sub', [x, mean]);
  const variance = squaresOfAll ? b.op('Sub', [meanOf(squared(x)), squared(mean)]) : meanOf(squared(centred));
  const inverse = b.op('Reciprocal', [b.op('Sqrt', [b.op('Add', [variance, b.constant(epsilon)])])]);
  return { y: b.op('Mul', [centred, inverse]), mean, variance, inverse };
}

export function scaled(b: GraphBuilder, y: Value, scale: Value | undefined, bias: Value | undefined): Value {
  const wide = scale === undefined ? y : b.op('Mul', [y, scale]);
  return bias === undefined ? wide : b.op('Add', [wide, bias]);
}

const batch: Lower = (node) => {
  node.ignore('consumed_inputs');
  infersOnly(node);
  node.only('spatial', 1);
  if (node.flag('training_mode', 0) === 1) return trainedBatch(node);
  node.ignore('momentum');
  const x = node.float(0);
  const statistics = [1, 2, 3, 4].map((i) => node.float(i));
  return node.b.op('BatchNormalization', [x, ...statistics], { epsilon: node.real('epsilon', 1e-5) });
};

/** By the statistics of what it is given, as exporters write filters that are standardised on the way. */
function trainedBatch(node: NodeReader): readonly Value[] {
  const { b } = node;
  const x = node.float(0);
  const { shape } = x.type;
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const { y, mean, variance } = normalised(b, x, axes, node.real('epsilon', 1e-5));
  const along = (index: number) => alongAxis(b, node.float(index), 1, shape.length);
  const momentum = node.real('momentum', 0.9);
  const running = (before: Value, now: Value) => {
    const share = b.op('Mul', [b.op('Squeeze', [now], { axes }), b.constant(1 - momentum)]);
    return b.op('Add', [b.op('Mul', [before, b.constant(momentum)]), share]);
  };
  const whole = scaled(b, y, along(1), along(2));
  const statistics =
    node.wants(1) || node.wants(2) ? [running(node.float(3), mean), running(node.float(4), variance)] : [];
  return [whole, ...statistics];
}

const instance: Lower = (node) => {
  const { b } = node;
  const x = node.float(0);
  const rank = x.type.shape.length;
  const axes = x.type.shape.map((_, axis) => axis).slice(2);
  const { y } = normalised(b, x, axes, node.real('epsilon', 1e-5));
  return scaled(b, y, alongAxis(b, node.float(1), 1, rank), alongAxis(b, node.float(2), 1, rank));
};

/** The channels in groups; before opset 21 a scale a group, since then one a channel. */
const group: Lower = (node) => {
  const { b } = node;
  node.ignore('stash_type');
  const x = node.float(0);
  const { shape } = x.type;
  const groups = node.int('num_groups');
  const channels = numberOf(shape[1], 'the channels');
  const perGroup = quotient(elementsOf([channels, ...shape.slice(2)]), groups);
  if (perGroup === undefined || channels % groups !== 0) {
    throw new Unreadable(`has ${groups} groups of ${channels} channels`);
  }
  const apart = b.op('Reshape', [x], { shape: [0, groups, perGroup] });
  const { y } = normalised(b, apart, [2], node.real('epsilon', 1e-5), node.squaresOfAll);
  const factor = (value: Value, size: number) => alongAxis(b, value, 1, size);
  const [scale, bias] = [node.float(1), node.float(2)];
  const own = scale.type.shape[0] === groups && groups !== channels && node.opset < 21;
  const grouped = own ? scaled(b, y, factor(scale, 3), factor(bias, 3)) : y;
  const back = b.op('Reshape', [grouped], { shape: [0, ...shape.slice(1)] });
  return own ? back : scaled(b, back, factor(scale, shape.length), factor(bias, shape.length));
};

const layer: Lower = (node) => {
  const { b } = node;
  node.ignore('stash_type');
  const x = node.float(0);
  const rank = x.type.shape.length;
  const first = fromFront(node.int('axis', -1), rank);
  const axes = x.type.shape.map((_, axis) => axis).slice(first);
  const { y, mean, inverse } = normalised(b, x, axes, node.real('epsilon', 1e-5));
  return [scaled(b, y, node.float(1), node.has(2) ? node.float(2) : undefined), mean, inverse];
};

const rootMeanSquare: Lower = (node) => {
  const { b } = node;
  node.ignore('stash_type');
  const x = node.float(0);
  const first = fromFront(node.int('axis', -1), x.type.shape.length);
  const axes = x.type.shape.map((_, axis) => axis).slice(first);
  const power = b.op('ReduceMean', [b.op('Mul', [x, x])], { axes, keepdims: 1 });
  const root = b.op('Sqrt', [b.op('Add', [power, b.constant(node.real('epsilon', 1e-5))])]);
  return b.op('Mul', [b.op('Div', [x, root]), node.float(1)]);
};

/** Each channel against its neighbours: their squares are added up by a window that slides along the channels. */
const localResponse: Lower = (node) => {
  const { b } = node;
  const x = node.float(0);
  const size = node.int('size');
  const [alpha, beta, bias] = [node.real('alpha', 1e-4), node.real('beta', 0.75), node.real('bias', 1)];
  const means = (node.runningWindows ? runningMeans : windowMeans)(b, b.op('Mul', [x, x]), size);
  const base = b.op('Add', [b.op('Mul', [means, b.constant(alpha)]), b.constant(bias)]);
  return b.op('Div', [x, b.op('Pow', [base, b.constant(beta)])]);
};

/**
 * The means of `size` channels around each, what is beyond the first and the last being 0. (A product with a band of ones
 * would have 0 times infinity, which is no number, in channels far away.)
 */
function windowMeans(b: GraphBuilder, x: Value, size: number): Value {
  const { shape } = x.type;
  const before = Math.floor((size - 1) / 2);
  // [N, 1, channels, everything else]
  const lines = { shape: [0, 1, numberOf(shape[1], 'the channels'), elementsOf(shape.slice(2))] };
  const means = b.op('AveragePool', [b.op('Reshape', [x], lines)], {
    kernel_shape: [size, 1],
    strides: [1, 1],
    pads: [before, 0, size - 1 - before, 0],
    count_include_pad: 1,
  });
  return b.op('Reshape', [means], { shape: [0, ...shape.slice(1)] });
}

/** The same of one running total. */
function runningMeans(b: GraphBuilder, x: Value, size: number): Value {
  const channels = numberOf(x.type.shape[1], 'the channels');
  const behind = Math.floor(size / 2);
  const channel = (at: number) => slice(b, x, 1, at, at + 1);
  let sum = listOf(Math.min(behind + 1, channels), channel).reduce((a, c) => b.op('Add', [a, c]));
  const sums = [sum];
  for (let at = 1; at < channels; at++) {
    const [enters, leaves] = [at + behind, at + behind - size];
    if (enters < channels) sum = b.op('Add', [sum, channel(enters)]);
    if (leaves >= 0) sum = b.op('Sub', [sum, channel(leaves)]);
    sums.push(sum);
  }
  return b.op('Div', [b.op('Concat', sums, { axis: 1 }), b.constant(size)]);
}

function norm(b: GraphBuilder, x: Value, p: number, axis: number): Value {
  const axes = { axes: [axis], keepdims: 1 } as const;
  if (p === 1) return b.op('ReduceSum', [b.op('Abs', [x])], axes);
  return b.op('Sqrt', [b.op('ReduceSum', [b.op('Mul', [x, x])], axes)]);
}

export const normalisationLowerings: Lowerings = {
  BatchNormalization: batch,
  InstanceNormalization: instance,
  GroupNormalization: group,
  LayerNormalization: layer,
  RMSNormalization: rootMeanSquare,
  LRN: localResponse,
  LpNormalization: (node) => {
    const { b } = node;
    const x = node.float(0);
    const p = node.int('p', 2);
    if (p !== 1 && p !== 2) throw new Unreadable(`has p=${p}; only 1 and 2 are supported`);
    const size = norm(b, x, p, node.int('axis', -1));
    const ratio = b.op('Div', [x, size]);
    return b.op('Where', [b.op('Equal', [size, b.constant(0)]), b.constant(0), ratio]);
  },
  MeanVarianceNormalization: (node: NodeReader) => {
    const { b } = node;
    const x = node.float(0);
    const axes = node.ints('axes') ?? [0, 2, 3];
    const mean = b.op('ReduceMean', [x], { axes, keepdims: 1 });
    const centred = b.op('Sub', [x, mean]);
    const variance = b.op('ReduceMean', [b.op('Mul', [centred, centred])], { axes, keepdims: 1 });
    return b.op('Div', [centred, b.op('Add', [b.op('Sqrt', [variance]), b.constant(1e-9)])]);
  },
};
