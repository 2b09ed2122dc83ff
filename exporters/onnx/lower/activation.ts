/** Activations, by their formulas. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { elementsOf } from '../../../src/graph/extent.ts';
import type { Value } from '../../../src/graph/types.ts';
import { numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { drawsNumbers } from './drawn.ts';
import {
  alongAxis as alongChannels,
  clamped,
  fromFront,
  onFloats,
  scalarLike,
  where,
  type Lower,
  type Lowerings,
} from './lowering.ts';

/** Below 0 one thing, else another. */
function bent(b: GraphBuilder, x: Value, below: Value, above: Value = x): Value {
  return where(b, b.op('Less', [x, b.constant(0)]), below, above);
}

export function scaledBy(b: GraphBuilder, x: Value, factor: number): Value {
  return factor === 1 ? x : b.op('Mul', [x, b.constant(factor)]);
}

/** alpha·(e^x − 1) below 0. */
function exponential(b: GraphBuilder, x: Value, alpha: number): Value {
  return bent(b, x, scaledBy(b, b.op('Sub', [b.op('Exp', [x]), b.constant(1)]), alpha));
}

/** log(1 + e^x), without an exponential that overflows. */
export function softplus(b: GraphBuilder, x: Value): Value {
  const fall = b.op('Exp', [b.op('Neg', [b.op('Abs', [x])])]);
  return b.op('Add', [b.op('Relu', [x]), b.op('Log', [b.op('Add', [b.constant(1), fall])])]);
}

function gate(b: GraphBuilder, x: Value, alpha: number, beta: number): Value {
  return clamped(b, b.op('Add', [scaledBy(b, x, alpha), b.constant(beta)]), 0, 1);
}

/** x·Φ(x), where Φ is the distribution function of the normal distribution, or Φ by a hyperbolic tangent. */
export function gelu(b: GraphBuilder, x: Value, by: 'erf' | 'tanh'): Value {
  const half = b.op('Mul', [x, b.constant(0.5)]);
  if (by === 'tanh') {
    const cube = b.op('Mul', [b.op('Mul', [x, x]), x]);
    const inner = b.op('Add', [x, b.op('Mul', [cube, b.constant(0.044715)])]);
    const curve = b.op('Tanh', [b.op('Mul', [inner, b.constant(Math.sqrt(2 / Math.PI))])]);
    return b.op('Mul', [half, b.op('Add', [curve, b.constant(1)])]);
  }
  const curve = b.op('Erf', [b.op('Mul', [x, b.constant(Math.SQRT1_2)])]);
  return b.op('Mul', [half, b.op('Add', [curve, b.constant(1)])]);
}

/** Bounds are attributes before opset 11, and inputs that may be left out since. */
const clip: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const bound = (name: string, index: number): Value | undefined => {
    if (node.opset >= 11) return node.maybe(index);
    const given = node.attribute(name);
    return given === undefined ? undefined : scalarLike(b, x, node.real(name, 0));
  };
  const [least, most] = [bound('min', 1), bound('max', 2)];
  const above = least === undefined ? x : b.op('Max', [x, least]);
  return most === undefined ? above : b.op('Min', [above, most]);
};

/** Before opset 13, over all axes from `axis` on, as one. */
function alongAxis(op: 'Softmax' | 'LogSoftmax'): Lower {
  return (node) => {
    const { b } = node;
    const x = node.tensor(0);
    const { shape } = x.type;
    if (node.opset >= 13) return b.op(op, [x], { axis: node.int('axis', -1) });
    const axis = fromFront(node.int('axis', 1), shape.length);
    if (shape.slice(axis + 1).every((dim) => dim === 1)) return b.op(op, [x], { axis });
    const flat = b.op('Flatten', [x], { axis });
    return b.op('Reshape', [b.op(op, [flat], { axis: 1 })], { shape: [...shape] });
  };
}

const hardmax: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const { shape } = x.type;
  const axis = fromFront(node.int('axis', node.opset >= 13 ? -1 : 1), shape.length);
  const last = shape.length - 1;
  if (node.opset < 13 && axis !== last) {
    const flat = b.op('Flatten', [x], { axis });
    const depth = numberOf(elementsOf(shape.slice(axis)), 'the extent of the classes');
    const hot = b.op('OneHot', [b.op('ArgMax', [flat], { axis: 1, keepdims: 0 })], { depth });
    return b.op('Reshape', [hot], { shape: [...shape] });
  }
  const depth = numberOf(shape[axis], 'the extent of the classes');
  if (shape.length === 1) {
    const hot = b.op('OneHot', [b.op('ArgMax', [x], { axis, keepdims: 1 })], { depth });
    return b.op('Reshape', [hot], { shape: [depth] });
  }
  const hot = b.op('OneHot', [b.op('ArgMax', [x], { axis, keepdims: 0 })], { depth });
  const order = shape.map((_, i) => i);
  const perm = order.map((i) => (i < axis ? i : i === axis ? last : i - 1));
  return axis === last ? hot : b.op('Transpose', [hot], { perm });
};

/** Before opset 7, nodes that train differently than they infer were told which of them to do. */
export function infersOnly(node: NodeReader): void {
  if (node.flag('is_test', 0) === 0 && node.opset < 7) {
    throw new Unreadable('is in training mode (is_test=0)');
  }
}

export const activationLowerings: Lowerings = {
  Relu: (node) => {
    const x = node.tensor(0);
    return x.type.dtype === 'float32'
      ? node.b.op('Relu', [x])
      : node.b.op('Max', [x, scalarLike(node.b, x, 0)]);
  },
  Sigmoid: onFloats((b, x) => b.op('Sigmoid', [x])),
  Tanh: onFloats((b, x) => b.op('Tanh', [x])),
  Softmax: alongAxis('Softmax'),
  LogSoftmax: alongAxis('LogSoftmax'),
  Hardmax: hardmax,
  Clip: clip,
  LeakyRelu: onFloats((b, x, node) => bent(b, x, scaledBy(b, x, node.real('alpha', 0.01)))),
  PRelu: onFloats((b, x, node) => {
    // Before opset 7, a slope for each channel.
    const slope = node.opset < 7 ? alongChannels(b, node.float(1), 1, x.type.shape.length) : node.float(1);
    return bent(b, x, b.op('Mul', [x, slope]));
  }),
  ThresholdedRelu: onFloats((b, x, node) =>
    where(b, b.op('Greater', [x, b.constant(node.real('alpha', 1))]), x, b.constant(0)),
  ),
  Elu: onFloats((b, x, node) => exponential(b, x, node.real('alpha', 1))),
  Selu: onFloats((b, x, node) => {
    const alpha = node.real('alpha', node.opset < 6 ? 1.6732 : 1.6732632423543772);
    return scaledBy(
      b,
      exponential(b, x, alpha),
      node.real('gamma', node.opset < 6 ? 1.0507 : 1.0507009873554805),
    );
  }),
  Celu: onFloats((b, x, node) => {
    const alpha = node.real('alpha', 1);
    const inner = b.op('Exp', [scaledBy(b, x, 1 / alpha)]);
    return bent(b, x, scaledBy(b, b.op('Sub', [inner, b.constant(1)]), alpha));
  }),
  HardSigmoid: onFloats((b, x, node) => gate(b, x, node.real('alpha', 0.2), node.real('beta', 0.5))),
  HardSwish: onFloats((b, x) => b.op('Mul', [x, gate(b, x, 1 / 6, 0.5)])),
  Gelu: onFloats((b, x, node) => gelu(b, x, node.string('approximate', 'none') === 'tanh' ? 'tanh' : 'erf')),
  Softplus: onFloats(softplus),
  Softsign: onFloats((b, x) => b.op('Div', [x, b.op('Add', [b.constant(1), b.op('Abs', [x])])])),
  Mish: onFloats((b, x) => b.op('Mul', [x, b.op('Tanh', [softplus(b, x)])])),
  Swish: onFloats((b, x, node) => b.op('Mul', [x, b.op('Sigmoid', [scaledBy(b, x, node.real('alpha', 1))])])),
  SwiGLU: (node) => {
    const { b } = node;
    const x = node.float(0);
    const gated = b.op('Mul', [x, b.op('Sigmoid', [scaledBy(b, x, node.real('alpha', 1))])]);
    return b.op('Mul', [gated, node.float(1)]);
  },
  Shrink: onFloats((b, x, node) => {
    const [bias, edge] = [node.real('bias', 0), node.real('lambd', 0.5)];
    const down = where(
      b,
      b.op('Greater', [x, b.constant(edge)]),
      b.op('Sub', [x, b.constant(bias)]),
      b.constant(0),
    );
    return where(b, b.op('Less', [x, b.constant(-edge)]), b.op('Add', [x, b.constant(bias)]), down);
  }),
  Dropout: (node) => {
    node.ignore('ratio');
    infersOnly(node);
    const trains = node.has(2) ? node.knownOrNot(2)?.data[0] : 0;
    const ratio = node.has(1) ? node.knownOrNot(1)?.data[0] : 0.5;
    if (trains === undefined) throw new Unreadable('may be in training mode, which draws random numbers');
    if (trains !== 0 && ratio !== 0) drawsNumbers(node, 'is in training mode, which draws random numbers');
    node.ignore('seed');
    const x = node.tensor(0);
    if (!node.wants(1)) return x;
    const whole = node.b.op('Expand', [scalarLike(node.b, x, 1)], { shape: [...x.type.shape] });
    // A mask is of what it masks before opset 10.
    if (node.opset < 10) return [x, whole];
    return [x, { value: node.b.op('Cast', [whole], { to: 'bool' }), dtype: 'bool' }];
  },
};
