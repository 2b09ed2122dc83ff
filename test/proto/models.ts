/** Models for the tests of the codec: one of every kind of part that IR 8 holds. */
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxTensor } from '../../proto/onnx.ts';

export const tensors: readonly OnnxTensor[] = [
  { name: 'float32', dims: [2, 2], dtype: 'float32', data: Float32Array.of(1, -0, Infinity, 2 ** -149) },
  { name: 'float64', dims: [1], dtype: 'float64', data: Float64Array.of(0.1) },
  { name: 'float16', dims: [2], dtype: 'float16', data: Uint16Array.of(0x3c00, 0x7bff) },
  { name: 'bfloat16', dims: [1], dtype: 'bfloat16', data: Uint16Array.of(0x3f80) },
  { name: 'uint8', dims: [2], dtype: 'uint8', data: Uint8Array.of(0, 255) },
  { name: 'int8', dims: [2], dtype: 'int8', data: Int8Array.of(-128, 127) },
  { name: 'uint16', dims: [1], dtype: 'uint16', data: Uint16Array.of(65535) },
  { name: 'int16', dims: [1], dtype: 'int16', data: Int16Array.of(-32768) },
  { name: 'int32', dims: [2], dtype: 'int32', data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  { name: 'uint32', dims: [1], dtype: 'uint32', data: Uint32Array.of(2 ** 32 - 1) },
  { name: 'int64', dims: [2], dtype: 'int64', data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
  { name: 'uint64', dims: [1], dtype: 'uint64', data: BigUint64Array.of(2n ** 64n - 1n) },
  { name: 'bool', dims: [2], dtype: 'bool', data: Uint8Array.of(0, 1) },
  { name: 'complex64', dims: [1], dtype: 'complex64', data: Float32Array.of(1, 2) },
  { name: 'complex128', dims: [1], dtype: 'complex128', data: Float64Array.of(1, 2) },
  { name: 'string', dims: [2], dtype: 'string', data: ['été', ''] },
  { name: 'scalar', dims: [], dtype: 'float32', data: Float32Array.of(3) },
  { name: 'empty', dims: [0, 3], dtype: 'float32', data: new Float32Array() },
  { name: 'documented', dims: [1], dtype: 'bool', data: Uint8Array.of(1), docString: 'yes' },
];

const [anyTensor = { name: '', dims: [], dtype: 'bool', data: Uint8Array.of(1) }] = tensors;
const sparse = {
  values: { name: 'v', dims: [1], dtype: 'float32', data: Float32Array.of(5) },
  indices: { name: 'i', dims: [1], dtype: 'int64', data: BigInt64Array.of(2n) },
  dims: [4],
} as const;

const inner: OnnxGraph = {
  name: 'inner',
  nodes: [],
  initializers: [],
  inputs: [],
  outputs: [{ name: 'elsewhere', type: { kind: 'unknown' } }],
  valueInfo: [],
};

export const attributes: readonly OnnxAttribute[] = [
  { name: 'a.float', kind: 'float', value: 0.5 },
  { name: 'a.int', kind: 'int', value: -1 },
  { name: 'a.big', kind: 'int', value: 2n ** 63n - 1n },
  { name: 'a.small', kind: 'int', value: -(2n ** 63n) },
  { name: 'a.zero', kind: 'int', value: 0 },
  { name: 'a.string', kind: 'string', value: 'ONNX ∂' },
  { name: 'a.tensor', kind: 'tensor', value: anyTensor },
  { name: 'a.graph', kind: 'graph', value: inner },
  { name: 'a.floats', kind: 'floats', value: [1, -2.5] },
  { name: 'a.ints', kind: 'ints', value: [0, -1, 2 ** 53 - 1, 2n ** 60n] },
  { name: 'a.no-ints', kind: 'ints', value: [] },
  { name: 'a.strings', kind: 'strings', value: ['', 'b'] },
  { name: 'a.tensors', kind: 'tensors', value: [anyTensor] },
  { name: 'a.graphs', kind: 'graphs', value: [inner, inner] },
  { name: 'a.sparse', kind: 'sparse-tensor', value: sparse },
  { name: 'a.sparses', kind: 'sparse-tensors', value: [sparse] },
  { name: 'a.type', kind: 'type', value: { kind: 'sequence', element: { kind: 'tensor', dtype: 'int64' } } },
  { name: 'a.types', kind: 'types', value: [{ kind: 'map', key: 'string', value: { kind: 'unknown' } }] },
];

export const model: OnnxModel = {
  irVersion: 8,
  opsets: [
    { domain: '', version: 17 },
    { domain: 'test', version: 1 },
  ],
  producerName: 'nascent',
  producerVersion: '1.2.3',
  domain: 'org.example',
  modelVersion: 4,
  docString: 'every kind of part',
  graph: {
    name: 'main',
    nodes: [
      {
        name: 'node',
        opType: 'Everything',
        domain: 'test',
        inputs: ['x', '', 'float32'],
        outputs: ['y'],
        attributes,
        docString: 'doc',
      },
    ],
    initializers: tensors,
    sparseInitializers: [sparse],
    inputs: [
      { name: 'x', type: { kind: 'tensor', dtype: 'float32', shape: ['batch', 3, undefined, 0] } },
      { name: 's', type: { kind: 'tensor', dtype: 'float32', shape: [] } },
      { name: 'u', type: { kind: 'tensor', dtype: 'string' } },
      {
        name: 'o',
        type: { kind: 'optional', element: { kind: 'sparse-tensor', dtype: 'bool', shape: [1] } },
      },
    ],
    outputs: [{ name: 'y', type: { kind: 'unknown' }, docString: 'out' }],
    valueInfo: [],
    docString: 'graph doc',
  },
  functions: [
    {
      name: 'Twice',
      domain: 'test',
      inputs: ['a'],
      outputs: ['b'],
      attributes: ['alpha'],
      nodes: [
        {
          name: 'leaky',
          opType: 'LeakyRelu',
          domain: '',
          inputs: ['a'],
          outputs: ['b'],
          attributes: [{ name: 'alpha', kind: 'reference', refersTo: 'alpha', refersToKind: 'float' }],
        },
      ],
      opsets: [{ domain: '', version: 17 }],
    },
  ],
  metadata: [
    ['a', '1'],
    ['b', ''],
  ],
};
