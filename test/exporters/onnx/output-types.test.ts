/** Of what types an output is, where that is not the type of the first input. */
import { expect, it } from 'vitest';

import { importOnnx } from '../../../exporters/onnx/import.ts';
import type { OnnxAttribute, OnnxDataType, OnnxValueInfo } from '../../../proto/onnx.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { modelOf, node } from './models.ts';

type Told = readonly [OnnxDataType, readonly number[]];

const infos = (prefix: string, told: readonly Told[]): readonly OnnxValueInfo[] =>
  told.map(([dtype, shape], i) => ({ name: `${prefix}${i}`, type: { kind: 'tensor', dtype, shape } }));

function modelFor(
  op: string,
  version: number,
  inputs: readonly Told[],
  outputs: readonly Told[],
  attributes: readonly OnnxAttribute[],
) {
  const [fed, made] = [infos('x', inputs), infos('y', outputs)];
  const names = (list: readonly OnnxValueInfo[]) => list.map(({ name }) => name);
  const graph = { inputs: fed, nodes: [node(op, names(fed), names(made), attributes)], outputs: made };
  return modelOf(graph, { opsets: [{ domain: '', version }], irVersion: 10 });
}

const training: OnnxAttribute = { name: 'training_mode', kind: 'int', value: 1 };
const equation: OnnxAttribute = {
  name: 'equation',
  kind: 'string',
  value: 'ij,jk',
};
const image: Told = ['float16', [2, 3, 4, 4]];

it.each<[string, number, readonly Told[], readonly Told[], readonly OnnxAttribute[]]>([
  ['Size', 13, [['int32', [2, 3]]], [['int64', []]], []],
  ['Size', 13, [['uint8', [2, 3]]], [['int64', []]], []],
  ['Shape', 13, [['int32', [2, 3]]], [['int64', [2]]], []],
  [
    'LayerNormalization',
    17,
    [
      ['float16', [2, 3]],
      ['float16', [3]],
    ],
    [
      ['float16', [2, 3]],
      ['float32', [2, 1]],
      ['float32', [2, 1]],
    ],
    [],
  ],
  [
    'BatchNormalization',
    15,
    [image, ['float16', [3]], ['float16', [3]], ['float32', [3]], ['float32', [3]]],
    [image, ['float32', [3]], ['float32', [3]]],
    [training],
  ],
  [
    'Dropout',
    7,
    [['float16', [3]]],
    [
      ['float16', [3]],
      ['float16', [3]],
    ],
    [],
  ],
  [
    'Dropout',
    13,
    [['float16', [3]]],
    [
      ['float16', [3]],
      ['bool', [3]],
    ],
    [],
  ],
  [
    'Einsum',
    12,
    [
      ['int32', [2, 3]],
      ['int32', [3, 4]],
    ],
    [['int32', [2, 4]]],
    [equation],
  ],
])('%s of opset %i', (op, version, inputs, outputs, attributes) => {
  const { outputTypes } = importOnnx(modelFor(op, version, inputs, outputs, attributes), 'a model');
  expect([...outputTypes.values()]).toEqual(outputs.map(([dtype]) => dtype));
  const [[first, shape], ...rest] = outputs as [Told, ...Told[]];
  const wrong = first === 'float32' ? 'float64' : 'float32';
  expect(() =>
    importOnnx(modelFor(op, version, inputs, [[wrong, shape], ...rest], attributes), 'a model'),
  ).toThrow(/is said to be/);
});

it('a sum of products of small whole numbers wraps around, as each of them does', async () => {
  const model = modelFor(
    'Einsum',
    12,
    [
      ['int8', [1, 2]],
      ['int8', [2, 1]],
    ],
    [['int8', [1, 1]]],
    [equation],
  );
  const program = await createReferenceRuntime().compile(importOnnx(model, 'a model').graph);
  const found = await program.run(
    new Map([
      ['x0', { dtype: 'int64', shape: [1, 2], data: Int32Array.of(100, 50) }],
      ['x1', { dtype: 'int64', shape: [2, 1], data: Int32Array.of(1, 1) }],
    ]),
  );
  expect([...(found.get('y0')?.data ?? [])]).toEqual([-106]);
});
