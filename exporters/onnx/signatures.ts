/**
 * What ONNX says of the ops we use: how many inputs and outputs, and which attributes of which kind.
 *
 * Facts of https://onnx.ai/onnx/operators/, opsets 13 to 21, one entry over all of them: an attribute that one of these
 * versions has is listed. This table knows nothing of how the exporter writes nodes, so that the checker, which reads
 * it, can find the exporter wrong. `test/exporters/onnx/official.test.ts` compares it with the Python package, where
 * that is installed.
 */
import type { OnnxAttributeKind } from '../../proto/onnx.ts';
import type { StandardOp } from '../../src/graph/attributes.ts';

export interface Signature {
  /** [least, most] */
  readonly inputs: readonly [number, number];
  readonly outputs: readonly [number, number];
  readonly attributes: Readonly<Record<string, OnnxAttributeKind>>;
  /** Attributes that have no default. */
  readonly required?: readonly string[];
}

function elementwise(inputs: number): Signature {
  return { inputs: [inputs, inputs], outputs: [1, 1], attributes: {} };
}

const variadic: Signature = { inputs: [1, Infinity], outputs: [1, 1], attributes: {} };

/** Axes are an input since opset 13 here, and since 18 in the other reductions. */
const reduceSum = {
  inputs: [1, 2],
  outputs: [1, 1],
  attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
} as const;

const reduce: Signature = { ...reduceSum, attributes: { ...reduceSum.attributes, axes: 'ints' } };

const alongAxis: Signature = { inputs: [1, 1], outputs: [1, 1], attributes: { axis: 'int' } };

const conv = {
  auto_pad: 'string',
  dilations: 'ints',
  group: 'int',
  kernel_shape: 'ints',
  pads: 'ints',
  strides: 'ints',
} as const;

const pool = {
  auto_pad: 'string',
  ceil_mode: 'int',
  dilations: 'ints',
  kernel_shape: 'ints',
  pads: 'ints',
  strides: 'ints',
} as const;

const scan: Signature = {
  inputs: [1, Infinity],
  outputs: [1, Infinity],
  attributes: {
    body: 'graph',
    num_scan_inputs: 'int',
    scan_input_axes: 'ints',
    scan_input_directions: 'ints',
    scan_output_axes: 'ints',
    scan_output_directions: 'ints',
  },
  required: ['body', 'num_scan_inputs'],
};

export const signatures: { readonly [K in StandardOp]: Signature } = {
  Constant: {
    inputs: [0, 0],
    outputs: [1, 1],
    attributes: {
      sparse_value: 'sparse-tensor',
      value: 'tensor',
      value_float: 'float',
      value_floats: 'floats',
      value_int: 'int',
      value_ints: 'ints',
      value_string: 'string',
      value_strings: 'strings',
    },
  },
  Identity: elementwise(1),
  Neg: elementwise(1),
  Abs: elementwise(1),
  Exp: elementwise(1),
  Log: elementwise(1),
  Sqrt: elementwise(1),
  Reciprocal: elementwise(1),
  Relu: elementwise(1),
  Sigmoid: elementwise(1),
  Tanh: elementwise(1),
  Cast: { inputs: [1, 1], outputs: [1, 1], attributes: { saturate: 'int', to: 'int' }, required: ['to'] },
  Add: elementwise(2),
  Sub: elementwise(2),
  Mul: elementwise(2),
  Div: elementwise(2),
  Min: variadic,
  Max: variadic,
  Greater: elementwise(2),
  Less: elementwise(2),
  Equal: elementwise(2),
  Where: elementwise(3),
  Sum: variadic,
  MatMul: elementwise(2),
  Gemm: {
    inputs: [2, 3],
    outputs: [1, 1],
    attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
  },
  Transpose: { inputs: [1, 1], outputs: [1, 1], attributes: { perm: 'ints' } },
  Reshape: { inputs: [2, 2], outputs: [1, 1], attributes: { allowzero: 'int' } },
  Flatten: alongAxis,
  Expand: elementwise(2),
  Squeeze: { inputs: [1, 2], outputs: [1, 1], attributes: {} },
  Unsqueeze: elementwise(2),
  Concat: { inputs: [1, Infinity], outputs: [1, 1], attributes: { axis: 'int' }, required: ['axis'] },
  Split: { inputs: [1, 2], outputs: [1, Infinity], attributes: { axis: 'int', num_outputs: 'int' } },
  Slice: { inputs: [3, 5], outputs: [1, 1], attributes: {} },
  Pad: { inputs: [2, 4], outputs: [1, 1], attributes: { mode: 'string' } },
  Gather: { inputs: [2, 2], outputs: [1, 1], attributes: { axis: 'int' } },
  GatherElements: { inputs: [2, 2], outputs: [1, 1], attributes: { axis: 'int' } },
  ScatterElements: {
    inputs: [3, 3],
    outputs: [1, 1],
    attributes: { axis: 'int', reduction: 'string' },
  },
  OneHot: { inputs: [3, 3], outputs: [1, 1], attributes: { axis: 'int' } },
  ReduceSum: reduceSum,
  ReduceMean: reduce,
  ReduceMax: reduce,
  ArgMax: {
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' },
  },
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  Scan: scan,
  Conv: { inputs: [2, 3], outputs: [1, 1], attributes: conv },
  ConvTranspose: {
    inputs: [2, 3],
    outputs: [1, 1],
    attributes: { ...conv, output_padding: 'ints', output_shape: 'ints' },
  },
  MaxPool: {
    inputs: [1, 1],
    outputs: [1, 2],
    attributes: { ...pool, storage_order: 'int' },
    required: ['kernel_shape'],
  },
  AveragePool: {
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: { ...pool, count_include_pad: 'int' },
    required: ['kernel_shape'],
  },
  GlobalAveragePool: elementwise(1),
  BatchNormalization: {
    inputs: [5, 5],
    outputs: [1, 5],
    attributes: { epsilon: 'float', momentum: 'float', training_mode: 'int' },
  },
};

/** The signature of an op of ONNX's own domain, if it is one of those we use. */
export function signatureOf(opType: string): Signature | undefined {
  return Object.hasOwn(signatures, opType) ? signatures[opType as StandardOp] : undefined;
}
