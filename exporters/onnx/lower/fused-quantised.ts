/**
 * What onnxruntime's quantiser writes beside the ops of ONNX: an op of ONNX between whole numbers, each side of it with a
 * scale and a zero point; products of matrices whose left side is quantised as it comes; weights of 4 bits.
 *
 * Source: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { activationLowerings } from './activation.ts';
import {
  apply,
  alongAxis,
  floorOf,
  fromFront,
  slice,
  where,
  type Lower,
  type Lowerings,
  type Typed,
} from './lowering.ts';
import { matrixProduct } from './linear.ts';
import { poolingLowerings } from './pooling.ts';
import { centred, dequantised, dynamicScale, quantised, quantiseLowerings } from './quantise.ts';
import { lstmOf } from './recurrent.ts';
import { reductionLowerings } from './reduction.ts';

/** The numbers that an operand stands for, which is three inputs: whole numbers, their scale, their zero point. */
function operand(node: NodeReader, first: number): Value {
  const zero = node.has(first + 2) ? node.float(first + 2) : undefined;
  return dequantised(node.b, node.float(first), node.float(first + 1), zero);
}

/** Quantised as a node asks, whose scale and zero point are two inputs. */
function result(node: NodeReader, y: Value, scale: number, like = 0): Typed {
  const zero = node.has(scale + 1) ? node.float(scale + 1) : undefined;
  const dtype = node.has(scale + 1) ? node.dtype(scale + 1) : node.dtype(like);
  return quantised(node.b, y, node.float(scale), zero, dtype);
}

/** An op of ONNX with one operand. */
function between(table: Lowerings, op: string): Lower {
  return (node) => {
    node.only('channels_last', 0);
    const opset = node.int('opset', node.opset);
    const made = needed(table[op], `op ${op}`)(node.on([operand(node, 0)], opset));
    if (!('type' in made)) throw new Unreadable(`has several outputs`);
    return result(node, made, 3);
  };
}

function pair(op: 'Add' | 'Mul'): Lower {
  return (node) => result(node, apply(node.b, op, operand(node, 0), operand(node, 3)), 6);
}

const concat: Lower = (node) => {
  const parts: Value[] = [];
  for (let i = 2; i < node.inputCount; i += 3) parts.push(operand(node, i));
  return result(node, node.b.op('Concat', parts, { axis: node.int('axis') }), 0, 2);
};

const choice: Lower = (node) =>
  result(node, where(node.b, node.tensor(0), operand(node, 1), operand(node, 4)), 7, 1);

/** A·B + C, where C counts in units of both scales; without a scale of its own the result is a float. */
const gemm: Lower = (node) => {
  const { b } = node;
  const [transA, transB] = [node.flag('transA', 0), node.flag('transB', 0)];
  const attributes = { alpha: 1, beta: 1, transA, transB };
  const a = operand(node, 0);
  const rank = 2;
  const columns = (index: number) => alongAxis(b, node.float(index), transB === 1 ? 0 : 1, rank);
  const zero = node.has(5) ? columns(5) : undefined;
  const weights = dequantised(b, node.float(3), columns(4), zero);
  const unit = b.op('Mul', [node.float(1), node.float(4)]);
  const operands = [a, weights, ...(node.has(6) ? [b.op('Mul', [node.float(6), unit])] : [])];
  const y = b.op('Mul', [b.op('Gemm', operands, attributes), b.constant(node.real('alpha', 1))]);
  return node.has(7) ? result(node, y, 7) : { value: y, dtype: 'float32' };
};

/** x as 8 bits hold it, by a scale of its own, or by those of its rows. */
function coarsened(b: GraphBuilder, x: Value, rowsApart = 0): Value {
  const { scale, zero } = dynamicScale(b, x, rowsApart);
  const { value } = quantised(b, x, scale, zero, 'uint8');
  return dequantised(b, b.op('Cast', [value], { to: 'float32' }), scale, zero);
}

/** A matrix of weights whose scale and zero point may be one a column. */
function weights(node: NodeReader, [q, scale, zero]: readonly [number, number, number]): Value {
  const { b } = node;
  const rank = node.shape(q).length;
  const columns = alongAxis(b, node.float(scale), rank - 1, rank);
  return b.op('Mul', [centred(node, q, zero, -1), columns]);
}

function product(node: NodeReader, left: Value, right: Value, bias: number): Typed {
  const y = matrixProduct(node.b, left, right);
  return { value: node.has(bias) ? node.b.op('Add', [y, node.float(bias)]) : y, dtype: 'float32' };
}

const dynamicMatMul: Lower = (node) =>
  product(node, coarsened(node.b, node.float(0)), weights(node, [1, 2, 3]), 4);

const integerToFloat: Lower = (node) => {
  const scale = node.float(2);
  const rank = node.shape(0).length;
  const rows = alongAxis(node.b, scale, fromFront(-2, rank), rank);
  const left = node.b.op('Mul', [centred(node, 0, 4, -2), scale.type.shape[0] === 1 ? scale : rows]);
  return product(node, left, weights(node, [1, 3, 5]), 6);
};

/** Weights in blocks of 2, 4 or 8 bits along the rows of a transposed matrix: [N, blocks, bytes]. */
const blocks: Lower = (node) => {
  const { b } = node;
  node.ignore('accuracy_level', 'weight_prepacked');
  const [k, n, bits, size] = [node.int('K'), node.int('N'), node.int('bits', 4), node.int('block_size')];
  if (![2, 4, 8].includes(bits)) {
    throw new Unreadable(`has weights of ${bits} bits; 2, 4 and 8 are supported`);
  }
  const count = Math.ceil(k / size);
  const apart = (packed: Value, shape: readonly number[]): Value => {
    const last = packed.type.shape.length;
    // The lowest bits come first.
    const pieces = Array.from({ length: 8 / bits }, (_, i) => {
      const above = (from: number) => floorOf(b, b.op('Mul', [packed, b.constant(2 ** -from)]));
      const rest = b.op('Mul', [above((i + 1) * bits), b.constant(2 ** bits)]);
      return b.op('Unsqueeze', [b.op('Sub', [above(i * bits), rest])], { axes: [last] });
    });
    return b.op('Reshape', [b.op('Concat', pieces, { axis: last })], { shape: [...shape] });
  };
  const q = apart(b.op('Reshape', [node.float(1)], { shape: [n, count, -1] }), [n, count, size]);
  const scale = b.op('Reshape', [node.float(2)], { shape: [n, count, 1] });
  const zero = node.has(3) ? zeros(node, n, count, bits, apart) : undefined;
  const columns = (value: Value): Value => {
    const rows = b.op('Reshape', [value], { shape: [n, count * size] });
    return count * size === k ? rows : slice(b, rows, 1, 0, k);
  };
  const middle = b.constant(2 ** (bits - 1));
  const whole = node.has(4)
    ? dequantised(b, columns(q), grouped(node, scale, k), zero ? grouped(node, zero, k) : middle)
    : columns(dequantised(b, q, scale, zero ?? middle));
  return product(node, node.float(0), b.op('Transpose', [whole], { perm: [1, 0] }), 5);
};

/** Of each column of the weights [N, K] what its block has [N, blocks, 1], where the node says for each which block it is in. */
function grouped(node: NodeReader, blocked: Value, k: number): Value {
  const { b } = node;
  const told = node.tensor(4);
  const given = told.type.shape[0] === k ? told : slice(b, told, 0, 0, k);
  return b.op('Gather', [b.op('Squeeze', [blocked], { axes: [2] }), given], { axis: 1 });
}

/** Packed as the weights are, a row padded to whole bytes; or plain numbers of the type of the scale. */
function zeros(
  node: NodeReader,
  n: number,
  count: number,
  bits: number,
  apart: (packed: Value, shape: readonly number[]) => Value,
): Value {
  const { b } = node;
  const given = node.float(3);
  if (node.dtype(3) !== 'uint8') return b.op('Reshape', [given], { shape: [n, count, 1] });
  const padded = Math.ceil((count * bits) / 8) * (8 / bits);
  const all = apart(b.op('Reshape', [given], { shape: [n, -1] }), [n, padded]);
  const own =
    padded === count ? all : b.op('Slice', [all], { starts: [0], ends: [count], axes: [1], steps: [1] });
  return b.op('Reshape', [own], { shape: [n, count, 1] });
}

/**
 * An LSTM whose weights are whole numbers, [directions, input, 4·hidden]. Its input is quantised as it comes, and so is the
 * hidden state at each step: in onnxruntime's kernel, all rows that a thread has by one scale, which of one thread is all of
 * them.
 */
const lstm: Lower = (node) => {
  const { b } = node;
  const turned = (index: number, scale: number) => {
    const q = node.float(index);
    const directions = numberOf(q.type.shape[0], 'the directions');
    const spread = (at: number) => {
      const value = node.float(at);
      return value.type.shape.length === 2
        ? b.op('Unsqueeze', [value], { axes: [1] })
        : b.op('Reshape', [value], { shape: [directions, 1, 1] });
    };
    const zero = node.has(scale + 1) ? spread(scale + 1) : undefined;
    return b.op('Transpose', [dequantised(b, q, spread(scale), zero)], { perm: [0, 2, 1] });
  };
  if (node.has(4)) node.numbers(4, 'lengths');
  const rest = [3, 4, 5, 6, 7].map((i) => node.maybe(i));
  const inputs = [coarsened(b, node.float(0)), turned(1, 8), turned(2, 10), ...rest];
  return lstmOf((body, hidden) => coarsened(body, hidden, node.rowsApart))(node.on(inputs));
};

export const fusedQuantisedLowerings: Lowerings = {
  // ONNX's own, for types that it has only taken in since.
  QuantizeLinear: needed(quantiseLowerings['QuantizeLinear'], 'QuantizeLinear'),
  DequantizeLinear: needed(quantiseLowerings['DequantizeLinear'], 'DequantizeLinear'),
  QLinearAdd: pair('Add'),
  QLinearMul: pair('Mul'),
  QLinearConcat: concat,
  QLinearWhere: choice,
  QLinearAveragePool: between(poolingLowerings, 'AveragePool'),
  QLinearGlobalAveragePool: between(poolingLowerings, 'GlobalAveragePool'),
  QLinearLeakyRelu: between(activationLowerings, 'LeakyRelu'),
  QLinearSigmoid: between(activationLowerings, 'Sigmoid'),
  QLinearSoftmax: between(activationLowerings, 'Softmax'),
  QLinearReduceMean: between(reductionLowerings, 'ReduceMean'),
  QGemm: gemm,
  DynamicQuantizeMatMul: dynamicMatMul,
  MatMulIntegerToFloat: integerToFloat,
  MatMulNBits: blocks,
  DynamicQuantizeLSTM: lstm,
};
