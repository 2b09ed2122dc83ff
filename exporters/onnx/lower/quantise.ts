/**
 * Arithmetic of 8 bits, by its meaning: a whole number q stands for (q − zero)·scale. It is computed in float32, which is
 * exact as far as sums stay below 2²⁴, and in double precision by the reference runtime.
 */
import type { OnnxDataType } from '../../../proto/onnx.ts';
import { dataTypeOf } from '../../../proto/onnx.ts';
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { rangeOf } from '../tensors.ts';
import { convolved } from './convolution.ts';
import { matrixProduct } from './linear.ts';
import { alongAxis, clamped, fromFront, type Lower, type Lowerings, type Typed } from './lowering.ts';
import { isCoarseFloat, nearest } from './small-floats.ts';
import { windowOf } from './window.ts';

/** A scale or zero point as it lies along x: one number, one for each place along an axis, or one for each block. */
function spread(node: NodeReader, x: Value, factor: Value, axis: number, block: number): Value {
  const { b } = node;
  const rank = x.type.shape.length;
  if (block === 0) {
    const [only] = factor.type.shape;
    if (factor.type.shape.length === 1 && only === 1) return b.op('Reshape', [factor], { shape: [] });
    return alongAxis(b, factor, fromFront(axis, rank), rank);
  }
  const at = fromFront(axis, rank);
  const shape = factor.type.shape.map((dim) => numberOf(dim, 'the blocks'));
  const copies = b.op('Expand', [b.op('Unsqueeze', [factor], { axes: [at + 1] })], {
    shape: shape.toSpliced(at + 1, 0, block),
  });
  const whole = b.op('Reshape', [copies], { shape: shape.with(at, (shape[at] ?? 1) * block) });
  const extent = numberOf(x.type.shape[at], 'the extent in blocks');
  return b.op('Slice', [whole], { starts: [0], ends: [extent], axes: [at], steps: [1] });
}

/** round(x/scale) + zero, no further than the type reaches. */
export function quantised(
  b: GraphBuilder,
  x: Value,
  scale: Value,
  zero: Value | undefined,
  dtype: OnnxDataType,
  saturated = true,
): Typed {
  if (isCoarseFloat(dtype)) {
    const single = b.op('Cast', [b.op('Div', [x, scale])], { to: 'float32' });
    const moved = zero === undefined ? single : b.op('Add', [single, zero]);
    return { value: nearest(b, moved, dtype, saturated), dtype };
  }
  const [least, most] = needed(rangeOf(dtype), `range of ${dtype}`);
  // A quotient is a float32, too: one that is a tie there need not be one in double precision.
  const quotient = b.op('Cast', [b.op('Div', [x, scale])], { to: 'float32' });
  const steps = b.op('Round', [quotient]);
  const moved = zero === undefined ? steps : b.op('Add', [steps, zero]);
  return { value: b.op('Cast', [clamped(b, moved, least, most)], { to: 'int64' }), dtype };
}

export function dequantised(b: GraphBuilder, q: Value, scale: Value, zero: Value | undefined): Value {
  const centred = zero === undefined ? q : b.op('Sub', [q, zero]);
  return b.op('Mul', [centred, scale]);
}

const quantize: Lower = (node) => {
  node.ignore('precision');
  const saturated = node.flag('saturate', 1) === 1;
  const x = node.float(0);
  const [axis, block] = [node.int('axis', 1), node.int('block_size', 0)];
  const said = dataTypeOf(node.int('output_dtype', 0));
  const dtype = node.has(2) ? node.dtype(2) : (said ?? 'uint8');
  if (rangeOf(dtype) === undefined && !isCoarseFloat(dtype)) throw new Unreadable(`quantises to ${dtype}`);
  const scale = spread(node, x, node.float(1), axis, block);
  const zero = node.has(2) ? spread(node, x, node.float(2), axis, block) : undefined;
  return quantised(node.b, x, scale, zero, dtype, saturated);
};

const dequantize: Lower = (node) => {
  node.ignore('output_dtype');
  const q = node.float(0);
  const [axis, block] = [node.int('axis', 1), node.int('block_size', 0)];
  const scale = spread(node, q, node.float(1), axis, block);
  const zero = node.has(2) ? spread(node, q, node.float(2), axis, block) : undefined;
  return { value: dequantised(node.b, q, scale, zero), dtype: node.dtype(1) };
};

interface Steps {
  readonly scale: Value;
  readonly zero: Value;
}

/**
 * Scale and zero point from the largest and smallest of x, which count 0 among them.
 *
 * @param rowsApart how far each place along the first axis has a scale of its own, from 0 to 1
 */
export function dynamicScale(b: GraphBuilder, x: Value, rowsApart = 0): Steps {
  const axes = x.type.shape.map((_, axis) => axis);
  const none = b.constant(0);
  const largest = (of: Value) => {
    const whole = b.op('Max', [b.op('ReduceMax', [of], { axes, keepdims: 0 }), none]);
    if (rowsApart === 0) return whole;
    const own = b.op('Max', [b.op('ReduceMax', [of], { axes: axes.slice(1), keepdims: 1 }), none]);
    const nearer = b.op('Mul', [b.op('Sub', [own, whole]), b.constant(rowsApart)]);
    return b.op('Add', [whole, nearer]);
  };
  const most = largest(x);
  const least = b.op('Neg', [largest(b.op('Neg', [x]))]);
  const spreadOf = b.op('Div', [b.op('Sub', [most, least]), b.constant(255)]);
  // A scale is a float32: that of 5/255 is a little more, and so −2.5 is no tie.
  const single = b.op('Cast', [spreadOf], { to: 'float32' });
  const scale = b.op('Where', [b.op('Equal', [single, none]), b.constant(1), single]);
  return { scale, zero: b.op('Round', [clamped(b, b.op('Div', [b.op('Neg', [least]), scale]), 0, 255)]) };
}

const dynamic: Lower = (node) => {
  const { b } = node;
  const x = node.float(0);
  const { scale, zero } = dynamicScale(b, x);
  return [
    quantised(b, x, scale, zero, 'uint8'),
    { value: scale, dtype: 'float32' },
    { value: b.op('Cast', [zero], { to: 'int64' }), dtype: 'uint8' },
  ];
};

/** An operand less its zero point, which may be one a row or a column of a matrix. */
export function centred(node: NodeReader, index: number, zeroIndex: number, axis: number): Value {
  const x = node.float(index);
  if (!node.has(zeroIndex)) return x;
  const zero = node.float(zeroIndex);
  const rank = x.type.shape.length;
  const single = zero.type.shape.length === 1 && zero.type.shape[0] === 1;
  const placed = single
    ? node.b.op('Reshape', [zero], { shape: [] })
    : alongAxis(node.b, zero, fromFront(axis, rank), rank);
  return node.b.op('Sub', [x, placed]);
}

const matMulInteger: Lower = (node) => {
  const product = matrixProduct(node.b, centred(node, 0, 2, -2), centred(node, 1, 3, -1));
  return { value: node.b.op('Cast', [product], { to: 'int64' }), dtype: 'int32' };
};

const convInteger: Lower = (node) => {
  const [x, filter] = [centred(node, 0, 2, 1), centred(node, 1, 3, 0)];
  const kernel = filter.type.shape.slice(2).map((dim) => numberOf(dim, 'the filter'));
  node.ignore('kernel_shape');
  const window = windowOf(node, x.type.shape.slice(2), kernel);
  const sum = convolved(node.b, x, filter, undefined, window, node.int('group', 1));
  return { value: node.b.op('Cast', [sum], { to: 'int64' }), dtype: 'int32' };
};

/** Operands as (q, scale, zero) in a row; the scale of a filter may be one an output channel. */
const qLinearConv: Lower = (node) => {
  const { b } = node;
  const scaleOf = (index: number, axis: number, rank: number) => alongAxis(b, node.float(index), axis, rank);
  const rank = node.shape(0).length;
  const x = b.op('Mul', [centred(node, 0, 2, 1), scaleOf(1, 1, rank)]);
  const filter = b.op('Mul', [centred(node, 3, 5, 0), scaleOf(4, 0, rank)]);
  const kernel = filter.type.shape.slice(2).map((dim) => numberOf(dim, 'the filter'));
  node.ignore('kernel_shape');
  // The bias is in units of both scales.
  const unit = b.op('Mul', [node.float(1), node.float(4)]);
  const bias = node.has(8)
    ? b.op('Mul', [node.float(8), b.op('Reshape', [unit], { shape: [-1] })])
    : undefined;
  const window = windowOf(node, x.type.shape.slice(2), kernel);
  const y = convolved(b, x, filter, bias, window, node.int('group', 1));
  return quantised(b, y, scaleOf(6, 1, rank), scaleOf(7, 1, rank), node.dtype(7));
};

const qLinearMatMul: Lower = (node) => {
  const { b } = node;
  const rank = node.shape(3).length;
  const one = (value: Value, axis: number, size: number) => alongAxis(b, value, fromFront(axis, size), size);
  const x = b.op('Mul', [centred(node, 0, 2, -2), one(node.float(1), -2, node.shape(0).length)]);
  const y = b.op('Mul', [centred(node, 3, 5, -1), one(node.float(4), -1, rank)]);
  return quantised(b, matrixProduct(b, x, y), node.float(6), node.float(7), node.dtype(7));
};

export const quantiseLowerings: Lowerings = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamic,
  MatMulInteger: matMulInteger,
  ConvInteger: convInteger,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
};
