/** What a graph does not keep, or have, is refused by every runtime that runs graphs, or run right. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  dataTypes,
  encodeModel,
  encodeTensorFile,
  type OnnxNode,
  type OnnxNumericType,
} from '../../proto/onnx.ts';
import { runModel } from '../../src/onnx/run-model.ts';
import { findExtra } from '../../src/runtime/extra/packages.ts';
import { loadTensorFlow } from '../../src/runtime/tfjs/load.ts';
import { tensorOf } from '../../src/tensors/numbers.ts';
import { modelOf, node } from '../exporters/onnx/models.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-beyond-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cast = (from: string, to: OnnxNumericType, made: string): OnnxNode =>
  node('Cast', [from], [made], [{ kind: 'int', name: 'to', value: dataTypes[to].code }]);

const constant = (made: string, value: bigint): OnnxNode => {
  const data = { name: made, dims: [1], dtype: 'int64', data: BigInt64Array.of(value) } as const;
  return node('Constant', [], [made], [{ kind: 'tensor', name: 'value', value: data }]);
};

/** What a model gives of one tensor. */
async function given(
  runtime: (typeof graphRuntimes)[number],
  nodes: readonly OnnxNode[],
  dtype: OnnxNumericType,
  values: readonly number[],
  shape: readonly (number | string)[] = [values.length],
  dims: readonly number[] = [values.length],
) {
  const [model, file] = [join(folder, 'model.onnx'), join(folder, 'x.pb')];
  const graph = {
    nodes,
    inputs: [{ name: 'x', type: { kind: 'tensor', dtype, shape } }],
    outputs: [{ name: 'y', type: { kind: 'unknown' } }],
  } as const;
  writeFileSync(model, encodeModel(modelOf(graph)));
  writeFileSync(file, encodeTensorFile(tensorOf('x', dtype, dims, values)));
  const [y] = (await runModel({ model, runtime, inputs: [{ file }] })).outputs;
  return y;
}

const squared = [node('Mul', ['x', 'x'], ['y'])];

const isThere = findExtra('@tensorflow/tfjs-backend-wasm') !== undefined;
const hasTensorFlow = await loadTensorFlow().then(
  () => true,
  () => false,
);
const graphRuntimes = [
  'reference',
  'tfjs-cpu',
  ...(isThere ? (['tfjs-wasm'] as const) : []),
  ...(hasTensorFlow ? (['tfjs-node-gpu'] as const) : []),
] as const;

describe.each(graphRuntimes)('in %s', (runtime) => {
  it('whole numbers beyond 32 bits are refused', async () => {
    const beyond = 'and a graph keeps them in 32 bits';
    await expect(given(runtime, squared, 'int64', [3, 100_000])).rejects.toThrow(
      `whole numbers go as far as 10000000000 on these inputs, ${beyond}`,
    );
    await expect(given(runtime, [node('Add', ['x', 'x'], ['y'])], 'int32', [2 ** 30])).rejects.toThrow(
      beyond,
    );
    await expect(given(runtime, [cast('x', 'int64', 'y')], 'float32', [3e9])).rejects.toThrow(beyond);
    await expect(given(runtime, [cast('x', 'uint32', 'y')], 'int32', [-8])).rejects.toThrow(beyond);
  });

  it.each<[string, readonly OnnxNode[]]>([
    ['a sum with one', [constant('w', 2n ** 53n + 1n), node('Add', ['x', 'w'], ['y'])]],
    ['one of two', [constant('w', -(2n ** 40n)), node('Where', ['p', 'x', 'w'], ['y'])]],
    ['an operand of a product', [constant('w', 2n ** 31n), node('Mul', ['x', 'w'], ['y'])]],
  ])('so are those that the file holds: %s', async (_, nodes) => {
    const zero = constant('z', 0n);
    const isPositive = node('Greater', ['x', 'z'], ['p']);
    await expect(given(runtime, [zero, isPositive, ...nodes], 'int64', [-1, 1])).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining('and a graph keeps them in 32 bits'),
    });
  });

  it('those within are computed, and what comes out is what the file says', async () => {
    expect(await given(runtime, squared, 'int64', [3, -40_000])).toMatchObject({
      name: 'y',
      first: [9, 1_600_000_000],
    });
    expect(await given(runtime, [cast('x', 'int64', 'y')], 'float32', [-2.5, 2 ** 30])).toMatchObject({
      first: [-2, 2 ** 30],
    });
  });

  it('a cast to a narrow type drops bits', async () => {
    const narrow = [cast('x', 'int8', 'y')];
    const y = await given(runtime, narrow, 'int64', [2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1, 300]);
    expect(y?.first).toEqual([-1, 0, 1, 44]);
  });

  it('a number that a JavaScript number does not hold is told as the file has it', async () => {
    const model = join(folder, 'wide.onnx');
    const info = (name: string) => ({ name, type: { kind: 'tensor', dtype: 'int64', shape: [1] } }) as const;
    const nodes = [node('Add', ['x', 'x'], ['y'])];
    writeFileSync(model, encodeModel(modelOf({ nodes, inputs: [info('x')], outputs: [info('y')] })));
    const file = join(folder, 'wide.pb');
    const data = BigInt64Array.of(9_007_199_254_740_993n);
    writeFileSync(file, encodeTensorFile({ name: 'x', dtype: 'int64', dims: [1], data }));
    await expect(runModel({ model, runtime, inputs: [{ file }] })).rejects.toThrow(
      'the input "x" holds 9007199254740993, and integers are kept in 32 bits',
    );
  });

  const sums = [
    node('Relu', ['x'], ['r']),
    node('ReduceSum', ['r'], ['y'], [{ kind: 'int', name: 'keepdims', value: 0 }]),
  ];
  it.runIf(runtime !== 'tfjs-wasm')('an open extent may be 0', async () => {
    expect(await given(runtime, [node('Relu', ['x'], ['y'])], 'float32', [], ['n', 4], [0, 4])).toMatchObject(
      {
        shape: [0, 4],
        first: [],
      },
    );
    expect(await given(runtime, sums, 'float32', [], ['n', 4], [0, 4])).toMatchObject({ first: [0] });
  });

  it.runIf(runtime === 'tfjs-wasm')('an open extent of 0 is refused', async () => {
    await expect(given(runtime, sums, 'float32', [], ['n', 4], [0, 4])).rejects.toMatchObject({
      help: 'Axis 0 is 0, and open extents are 1 or more here; onnxruntime, which takes the file itself, may take 0.',
    });
  });
});
