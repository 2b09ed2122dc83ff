/**
 * What onnxruntime's optimiser makes of several ops: each is taken apart again.
 *
 * Source: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { gelu, scaledBy } from './activation.ts';
import { convolutionLowerings } from './convolution.ts';
import { linearLowerings, matrixProduct } from './linear.ts';
import { apply, clamped, fromFront, onFloats, where, type Lower, type Lowerings } from './lowering.ts';
import { normalised, scaled } from './normalisation.ts';
import { poolingLowerings } from './pooling.ts';

/** The lowering that is somewhere in a table, applied to a node. */
function lowered(table: Lowerings, op: string, node: NodeReader): Value {
  const made = needed(table[op], `op ${op}`)(node);
  const first = 'type' in made || 'value' in made ? made : needed(made[0], 'output');
  return 'value' in first ? first.value : first;
}

/** The activation that a fused node ends with, by its name. Parameters are those of ONNX's op, in its order. */
function activated(
  b: GraphBuilder,
  x: Value,
  name: string,
  parameters: readonly (number | undefined)[],
): Value {
  const [first, second] = parameters;
  switch (name) {
    case '':
      return x;
    case 'Relu':
    case 'Sigmoid':
    case 'Tanh':
      return apply(b, name, x);
    case 'LeakyRelu':
      return where(b, b.op('Less', [x, b.constant(0)]), scaledBy(b, x, first ?? 0.01), x);
    case 'Clip':
      return clamped(b, x, first ?? -Infinity, second ?? Infinity);
    case 'HardSigmoid':
      return clamped(b, b.op('Add', [scaledBy(b, x, first ?? 0.2), b.constant(second ?? 0.5)]), 0, 1);
    case 'HardSwish':
      return b.op('Mul', [x, clamped(b, b.op('Add', [scaledBy(b, x, 1 / 6), b.constant(0.5)]), 0, 1)]);
    default:
      throw new Unreadable(`has the activation ${name}`);
  }
}

/** A convolution, what is added to it (its fourth input), and an activation. */
const fusedConv: Lower = (node) => {
  const { b } = node;
  const sum = lowered(convolutionLowerings, 'Conv', node);
  const whole = node.has(3) ? b.op('Add', [sum, node.float(3)]) : sum;
  return activated(b, whole, node.string('activation', ''), node.floats('activation_params') ?? []);
};

const fusedGemm: Lower = (node) => {
  const product = lowered(linearLowerings, 'Gemm', node);
  const parameter = (name: string) =>
    node.attribute(`activation_${name}`) === undefined ? undefined : node.real(`activation_${name}`, 0);
  return activated(node.b, product, node.string('activation', ''), [
    parameter('alpha') ?? parameter('min'),
    parameter('beta') ?? parameter('gamma') ?? parameter('max'),
  ]);
};

/** Matrices may be transposed, and may have their rows before all axes of the batch. */
const fusedMatMul: Lower = (node) => {
  const { b } = node;
  const turned = (index: number, of: 'A' | 'B') => {
    const x = node.float(index);
    const axes = x.type.shape.map((_, axis) => axis);
    const [batch, matrix] = [node.flag(`transBatch${of}`, 0), node.flag(`trans${of}`, 0)];
    if (axes.length < 2) return x;
    const last = axes.length - 1;
    const front = batch === 1 ? [...axes.slice(1, -1), 0, last] : axes;
    const perm = matrix === 1 ? [...front.slice(0, -2), front[last] ?? 0, front[last - 1] ?? 0] : front;
    return perm === axes ? x : b.op('Transpose', [x], { perm });
  };
  return scaledBy(b, matrixProduct(b, turned(0, 'A'), turned(1, 'B')), node.real('alpha', 1));
};

function withBias(node: NodeReader, index: number): Value {
  const x = node.float(0);
  return node.has(index) ? node.b.op('Add', [x, node.float(index)]) : x;
}

/** The sum of the two inputs, and of a bias, normalised; the sum itself is the fourth output. */
function skipNormalised(bias: number, normal: (node: NodeReader, sum: Value) => readonly Value[]): Lower {
  return (node) => {
    const { b } = node;
    const both = b.op('Add', [node.float(0), node.float(1)]);
    const sum = node.has(bias) ? b.op('Add', [both, node.float(bias)]) : both;
    return [...normal(node, sum), sum];
  };
}

const skipLayer = skipNormalised(4, (node, sum) => {
  const { y, mean, inverse } = normalised(node.b, sum, [-1], node.real('epsilon', 1e-12));
  const whole = scaled(node.b, y, node.float(2), node.has(3) ? node.float(3) : undefined);
  return [whole, mean, inverse];
});

/** 1/√(mean of squares + ε), and x by it. */
function rootNormalised(b: GraphBuilder, x: Value, scale: Value, axes: readonly number[], epsilon: number) {
  const power = b.op('ReduceMean', [b.op('Mul', [x, x])], { axes, keepdims: 1 });
  const inverse = b.op('Reciprocal', [b.op('Sqrt', [b.op('Add', [power, b.constant(epsilon)])])]);
  return { y: b.op('Mul', [b.op('Mul', [x, inverse]), scale]), inverse };
}

const skipRoot = skipNormalised(3, (node, sum) => {
  const { y, inverse } = rootNormalised(node.b, sum, node.float(2), [-1], node.real('epsilon', 1e-12));
  // There is no mean; its place is kept.
  return [y, inverse, inverse];
});

const simplified: Lower = (node) => {
  node.ignore('stash_type');
  const x = node.float(0);
  const first = fromFront(node.int('axis', -1), x.type.shape.length);
  const axes = x.type.shape.map((_, axis) => axis).slice(first);
  const { y, inverse } = rootNormalised(node.b, x, node.float(1), axes, node.real('epsilon', 1e-5));
  return [y, inverse];
};

/** Words, places and segments looked up and added, then normalised. */
const embedding: Lower = (node) => {
  const { b } = node;
  node.ignore('mask_index_type');
  const ids = node.tensor(0);
  const [batch = 1, length] = ids.type.shape;
  const found = (table: number, indices: Value) => b.op('Gather', [node.float(table), indices], { axis: 0 });
  const words = found(2, ids);
  const places = node.has(8)
    ? found(3, node.tensor(8))
    : b.op(
        'Unsqueeze',
        [
          b.op('Slice', [node.float(3)], {
            starts: [0],
            ends: [numberOf(length, 'the length of the text')],
            axes: [0],
            steps: [1],
          }),
        ],
        { axes: [0] },
      );
  const placed = b.op('Add', [words, places]);
  const sum = node.has(1) && node.has(4) ? b.op('Add', [placed, found(4, node.tensor(1))]) : placed;
  const { y } = normalised(b, sum, [-1], node.real('epsilon', 1e-12));
  const kept = node.has(7)
    ? b.op('Cast', [b.op('ReduceSum', [node.float(7)], { axes: [1], keepdims: 0 })], { to: 'int64' })
    : b.op('Expand', [b.op('Constant', [], { dtype: 'int64', shape: [], values: [0] })], { shape: [batch] });
  return [scaled(b, y, node.float(5), node.float(6)), { value: kept, dtype: 'int32' }, sum];
};

/** Images with their channels last, pooled as they lie with channels first. */
const nhwcMaxPool: Lower = (node) => {
  const { b } = node;
  const rank = node.shape(0).length;
  const inner = Array.from({ length: rank - 2 }, (_, i) => i);
  const first = b.op('Transpose', [node.float(0)], { perm: [0, rank - 1, ...inner.map((i) => i + 1)] });
  const pooled = lowered(poolingLowerings, 'MaxPool', node.on([first]));
  const last = b.op('Transpose', [pooled], { perm: [0, ...inner.map((i) => i + 2), 1] });
  return { value: node.as(last, node.tensor(0).type.dtype), dtype: node.dtype(0) };
};

/** Of onnxruntime's own domain. */
export const fusedLowerings: Lowerings = {
  FusedConv: fusedConv,
  FusedGemm: fusedGemm,
  FusedMatMul: fusedMatMul,
  TransposeMatMul: fusedMatMul,
  Gelu: onFloats((b, x) => gelu(b, x, 'erf')),
  BiasGelu: (node) => gelu(node.b, withBias(node, 1), 'erf'),
  FastGelu: (node) => gelu(node.b, withBias(node, 1), 'tanh'),
  QuickGelu: onFloats((b, x, node) =>
    b.op('Mul', [x, b.op('Sigmoid', [scaledBy(b, x, node.real('alpha', 1.702))])]),
  ),
  SkipLayerNormalization: skipLayer,
  SkipSimplifiedLayerNormalization: skipRoot,
  EmbedLayerNormalization: embedding,
  NhwcMaxPool: nhwcMaxPool,
};

/** Of ONNX's domain, before ONNX had it, or without it ever having had it. */
export const simplifiedLowerings: Lowerings = { SimplifiedLayerNormalization: simplified };
