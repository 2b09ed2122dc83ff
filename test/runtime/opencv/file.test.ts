import { describe, expect, it } from 'vitest';
import {
  encodeModel,
  encodeModelBeside,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNumericType,
  type OnnxTensor,
  type OnnxValueInfo,
} from '../../../proto/onnx.ts';
import type { AnyTensor, Numbers } from '../../../src/runtime/any-tensor.ts';
import { hasWholeExtra } from '../../../src/runtime/extra/packages.ts';
import { openInOpenCv } from '../../../src/runtime/opencv/file.ts';
import { modelOf, node } from '../../exporters/onnx/models.ts';

const isThere = hasWholeExtra('@techstark/opencv-js');
if (!isThere) console.warn('tests of opencv are skipped: nascent setup --runtimes fetches what they need');

type Extents = readonly (number | string)[];

const value = (name: string, dtype: OnnxNumericType, shape: Extents): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype, shape },
});

interface Written {
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly nodes: readonly (readonly [
    op: string,
    inputs: readonly string[],
    output: string,
    attributes?: readonly OnnxAttribute[],
  ])[];
  readonly initializers?: readonly OnnxTensor[];
}

const written = ({ nodes, ...rest }: Written): OnnxModel =>
  modelOf({
    nodes: nodes.map(([op, inputs, output, attributes]) =>
      node(op, inputs, [output], attributes, { name: output }),
    ),
    ...rest,
  });

const opened = async (graph: Written) =>
  openInOpenCv({ path: 'm.onnx', bytes: encodeModel(written(graph)), external: new Map() });

const tensor = (dtype: OnnxNumericType, shape: readonly number[], data: Numbers): AnyTensor => ({
  dtype,
  shape,
  data,
});

/** y = x, by an op that is there for every type. */
const same = (dtype: OnnxNumericType, shape: Extents): Written => ({
  inputs: [value('x', dtype, shape)],
  outputs: [value('y', dtype, shape)],
  nodes: [['Identity', ['x'], 'y']],
});

describe.skipIf(!isThere)('opencv', () => {
  it.each<readonly [OnnxNumericType, Numbers, OnnxNumericType]>([
    ['float32', new Float32Array([1.5, -2, NaN, Infinity, 1e-40, 0]), 'float32'],
    ['float64', new Float64Array([Math.PI, -2, 1e300, 0, 1, 2]), 'float64'],
    // It computes those in float32.
    ['float16', new Float32Array([1.5, -2, 65504, 2 ** -24, 0, 1]), 'float32'],
    ['int8', new Int8Array([-128, 127, 0, 1, 2, 3]), 'int8'],
    ['uint8', new Uint8Array([255, 0, 1, 2, 3, 4]), 'uint8'],
    ['int16', new Int16Array([-32768, 32767, 0, 1, 2, 3]), 'int16'],
    ['uint16', new Uint16Array([65535, 0, 1, 2, 3, 4]), 'uint16'],
    ['int32', new Int32Array([-(2 ** 31), 2 ** 31 - 1, 0, 1, 2, 3]), 'int32'],
    ['uint32', new Uint32Array([2 ** 32 - 1, 0, 1, 2, 3, 4]), 'uint32'],
    ['int64', new Float64Array([-(2 ** 53), 2 ** 53, 0, 1, 2, 3]), 'int64'],
    ['uint64', new Float64Array([2 ** 53, 0, 1, 2, 3, 4]), 'uint64'],
    ['bool', new Uint8Array([1, 0, 0, 1, 1, 0]), 'bool'],
  ])('gives %s as it was given', async (dtype, data, given) => {
    const session = await opened(same(dtype, [2, 3]));
    const { y } = Object.fromEntries(await session.run(new Map([['x', tensor(dtype, [2, 3], data)]])));
    expect(y).toMatchObject({ dtype: given, shape: [2, 3] });
    expect([...(y?.data ?? [])]).toEqual([...data]);
    session.dispose();
  });

  it('gives outputs whose types the file does not tell, as of values that are exposed', async () => {
    const session = await opened({
      inputs: [value('x', 'int32', [2, 3])],
      outputs: [
        { name: 'y', type: { kind: 'unknown' } },
        { name: 'z', type: { kind: 'unknown' } },
      ],
      nodes: [
        ['Identity', ['x'], 'y'],
        ['Flatten', ['y'], 'z', [{ name: 'axis', kind: 'int', value: 0 }]],
      ],
    });
    const data = new Int32Array([1, -2, 3, 4, 5, 2 ** 30]);
    const given = await session.run(new Map([['x', tensor('int32', [2, 3], data)]]));
    expect(given.get('y')).toEqual(tensor('int32', [2, 3], data));
    expect(given.get('z')).toEqual(tensor('int32', [1, 6], data));
    session.dispose();
  });

  it.each([
    [[]],
    [[1]],
    [[6]],
    [[2, 3]],
    [[1, 2, 3]],
    [[2, 1, 3, 1, 1]],
    [[1, 1, 2, 1, 3, 1, 1]],
    [[2, 0, 3]],
  ])('takes tensors of %j', async (shape) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1);
    const session = await opened(same('float32', shape));
    const { y } = Object.fromEntries(await session.run(new Map([['x', tensor('float32', shape, data)]])));
    expect(y).toEqual(tensor('float32', shape, data));
  });

  it('keeps two inputs of one shape apart, and outputs by their names', async () => {
    const [a, b] = [new Float32Array([1, 2]), new Float32Array([10, 30])];
    const session = await opened({
      inputs: [value('a', 'float32', [2]), value('b', 'float32', [2])],
      outputs: [value('less', 'float32', [2]), value('more', 'float32', [2])],
      nodes: [
        ['Add', ['a', 'b'], 'more'],
        ['Sub', ['a', 'b'], 'less'],
      ],
    });
    const run = async () =>
      session.run(
        new Map([
          ['b', tensor('float32', [2], b)],
          ['a', tensor('float32', [2], a)],
        ]),
      );
    const first = await run();
    a.fill(5);
    const second = await run();
    const told = [first, second].map((outputs) => [...outputs].map(([name, { data }]) => [name, ...data]));
    expect(told).toEqual([
      [
        ['less', -9, -28],
        ['more', 11, 32],
      ],
      [
        ['less', -5, -25],
        ['more', 15, 35],
      ],
    ]);
  });

  it('runs a batch of any size in one piece, after another', async () => {
    const weights = Float32Array.from({ length: 2 * 3 * 3 * 3 }, (_, i) => ((i * 7) % 11) - 5);
    const session = await opened({
      inputs: [value('x', 'float32', ['n', 3, 5, 5])],
      outputs: [value('y', 'float32', ['n', 2]), value('mean', 'float32', [])],
      initializers: [{ name: 'w', dtype: 'float32', dims: [2, 3, 3, 3], data: weights }],
      nodes: [
        ['Conv', ['x', 'w'], 'c', [{ name: 'dilations', kind: 'ints', value: [2, 2] }]],
        ['Flatten', ['c'], 'y'],
        ['ReduceMean', ['y'], 'mean', [{ name: 'keepdims', kind: 'int', value: 0 }]],
      ],
    });
    for (const batch of [1, 3, 7, 2]) {
      const x = Float32Array.from({ length: batch * 75 }, (_, i) => ((i * 13) % 17) - 8);
      const wanted = Array.from({ length: batch * 2 }, (_, at) => {
        let sum = 0;
        for (let i = 0; i < 27; i++) {
          const [channel, row, column] = [Math.floor(i / 9), 2 * (Math.floor(i / 3) % 3), 2 * (i % 3)];
          const pixel = Math.floor(at / 2) * 75 + channel * 25 + row * 5 + column;
          sum += (weights[(at % 2) * 27 + i] ?? 0) * (x[pixel] ?? 0);
        }
        return sum;
      });
      const outputs = await session.run(new Map([['x', tensor('float32', [batch, 3, 5, 5], x)]]));
      expect(outputs.get('y')).toEqual(tensor('float32', [batch, 2], Float32Array.from(wanted)));
      const mean = wanted.reduce((a, b) => a + b, 0) / wanted.length;
      expect(outputs.get('mean')?.shape).toEqual([]);
      expect(outputs.get('mean')?.data[0]).toBeCloseTo(mean, 4);
    }
  });

  it('reads the file again for a batch of another size, since a MatMul keeps what is of the first', async () => {
    // Of less it has another kernel.
    const [rows, width, columns] = [5, 24, 50];
    const weights = Float32Array.from({ length: width * columns }, (_, i) => ((i * 7) % 11) - 5);
    const session = await opened({
      inputs: [value('x', 'float32', ['n', rows, width])],
      outputs: [value('y', 'float32', ['n', rows, columns])],
      initializers: [{ name: 'w', dtype: 'float32', dims: [width, columns], data: weights }],
      nodes: [['MatMul', ['x', 'w'], 'y']],
    });
    for (const batch of [1, 3, 7, 7, 1]) {
      const x = Float32Array.from({ length: batch * rows * width }, (_, i) => ((i * 13) % 17) - 8);
      const wanted = Float32Array.from({ length: batch * rows * columns }, (_, at) => {
        let sum = 0;
        for (let k = 0; k < width; k++) {
          sum +=
            (x[width * Math.floor(at / columns) + k] ?? 0) * (weights[columns * k + (at % columns)] ?? 0);
        }
        return sum;
      });
      const outputs = await session.run(new Map([['x', tensor('float32', [batch, rows, width], x)]]));
      expect(outputs.get('y')).toEqual(tensor('float32', [batch, rows, columns], wanted));
    }
  });

  it('has its old reader take what the new one does not, and says so', async () => {
    const session = await opened({
      inputs: [value('x', 'float32', [1, 1, 1, 2])],
      outputs: [value('y', 'float32', [1, 2, 1, 2])],
      initializers: [
        { name: 's', dtype: 'float32', dims: [], data: new Float32Array([0.5]) },
        { name: 'z', dtype: 'int8', dims: [], data: new Int8Array([0]) },
        { name: 'w', dtype: 'int8', dims: [2, 1, 1, 1], data: new Int8Array([3, -2]) },
        { name: 'b', dtype: 'int32', dims: [2], data: new Int32Array([4, 8]) },
        { name: 'bs', dtype: 'float32', dims: [1], data: new Float32Array([0.25]) },
        { name: 'bz', dtype: 'int32', dims: [], data: new Int32Array([0]) },
      ],
      nodes: [
        ['QuantizeLinear', ['x', 's', 'z'], 'q'],
        ['DequantizeLinear', ['q', 's', 'z'], 'd'],
        ['DequantizeLinear', ['w', 's', 'z'], 'v'],
        ['DequantizeLinear', ['b', 'bs', 'bz'], 'c'],
        ['Conv', ['d', 'v', 'c'], 'y'],
      ],
    });
    expect(session.note).toBe('by its old reader: the new one does not take the file');
    const x = tensor('float32', [1, 1, 1, 2], new Float32Array([1, -2.5]));
    const { y } = Object.fromEntries(await session.run(new Map([['x', x]])));
    expect(y).toEqual(tensor('float32', [1, 2, 1, 2], new Float32Array([2.5, -2.75, 1, 4.5])));
  });

  it('has weights that are in another file', async () => {
    const weights = Float32Array.from({ length: 600 }, (_, i) => i);
    const model = written({
      inputs: [value('x', 'float32', [600])],
      outputs: [value('y', 'float32', [600])],
      initializers: [{ name: 'w', dtype: 'float32', dims: [600], data: weights }],
      nodes: [['Add', ['x', 'w'], 'y']],
    });
    const { model: bytes, weights: beside } = encodeModelBeside({ ...model }, 'deep/m.data');
    const external = new Map([['deep/m.data', beside]]);
    const session = await openInOpenCv({ path: 'm.onnx', bytes, external });
    const x = tensor('float32', [600], new Float32Array(600).fill(1));
    const outputs = await session.run(new Map([['x', x]]));
    expect(outputs.get('y')?.data).toEqual(weights.map((w) => w + 1));
  });

  it('says of what it does not know why', async () => {
    const unknown = opened({
      inputs: [value('x', 'float32', [2])],
      outputs: [value('y', 'float32', [2])],
      nodes: [['NoSuchOp', ['x'], 'y']],
    });
    await expect(unknown).rejects.toMatchObject({
      code: 'onnx/unsupported',
      message: expect.stringMatching(/^OpenCV refused "m\.onnx": .*NoSuchOp/) as string,
    });
  });

  it.each<Written>([
    { ...same('float32', [2]), nodes: [['Add', ['x', 'y'], 'y']] },
    { ...same('float32', [2]), nodes: [['Identity', ['nobody'], 'y']] },
    { ...same('float32', []), nodes: [['Identity', ['x'], 'z']] },
  ])('takes no output that was not computed for an empty one: %j', async (written) => {
    const isScalar =
      written.outputs[0]?.type.kind === 'tensor' && written.outputs[0].type.shape?.length === 0;
    const x = tensor('float32', isScalar ? [] : [2], new Float32Array(isScalar ? 1 : 2));
    const run = async () => (await opened(written)).run(new Map([['x', x]]));
    await expect(run()).rejects.toThrow(/^OpenCV (failed to run|refused) "m\.onnx": /);
  });

  it.each([
    [
      'it has no input "z"',
      { x: tensor('float32', [2], new Float32Array(2)), z: tensor('float32', [2], new Float32Array(2)) },
    ],
    ['its input "x" is missing', {}],
    ['its input "x" cannot be float32[3]', { x: tensor('float32', [3], new Float32Array(3)) }],
    ['its input "x" cannot be float32[2, 1]', { x: tensor('float32', [2, 1], new Float32Array(2)) }],
    ['its input "x" cannot be int64[2]', { x: tensor('int64', [2], new Float64Array(2)) }],
  ])('is given nothing but what the file takes: %s', async (reason, feeds: Record<string, AnyTensor>) => {
    const session = await opened(same('float32', [2]));
    await expect(session.run(new Map(Object.entries(feeds)))).rejects.toThrow(
      `OpenCV failed to run "m.onnx": ${reason}`,
    );
  });

  it('says what it ended with where memory runs out', async () => {
    const session = await opened({
      inputs: [value('x', 'float32', [1]), value('shape', 'int64', [1])],
      outputs: [value('y', 'float32', ['n'])],
      nodes: [['Expand', ['x', 'shape'], 'y']],
    });
    const feeds = new Map([
      ['x', tensor('float32', [1], new Float32Array(1))],
      ['shape', tensor('int64', [1], new Float64Array([1e9]))],
    ]);
    await expect(session.run(feeds)).rejects.toThrow(/^OpenCV failed to run "m\.onnx": .*[Mm]emory/);
  });
});
