/** A model is run on stored and drawn tensors of every type, and held to what a dataset expects. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeModel, encodeTensorFile, type OnnxNumericType } from '../../proto/onnx.ts';
import { numbersOf, tensorOf } from '../../src/tensors/numbers.ts';
import { writeNpy } from '../../src/tensors/npy.ts';
import { requireExpected, runModel } from '../../src/onnx/run-model.ts';
import { renderModelRun } from '../../src/onnx/render-run.ts';
import { readTensorFile } from '../../src/tensors/tensor-file.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { floatInfo, floats, modelOf, node } from '../exporters/onnx/models.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

/** `y` is `x` as another type. */
function cast(from: OnnxNumericType, to: OnnxNumericType, code: number): string {
  const info = (name: string, dtype: OnnxNumericType) =>
    ({ name, type: { kind: 'tensor', dtype, shape: [2, 'n'] } }) as const;
  const nodes = [node('Cast', ['x'], ['y'], [{ name: 'to', kind: 'int', value: code }])];
  const path = at(`${from}-${to}.onnx`);
  const model = modelOf({ nodes, inputs: [info('x', from)], outputs: [info('y', to)] });
  writeFileSync(path, encodeModel(model));
  return path;
}

const sum = at('sum.onnx');
writeFileSync(
  sum,
  encodeModel(
    modelOf({
      nodes: [node('Add', ['a', 'b'], ['y'])],
      inputs: [floatInfo('a', ['n']), floatInfo('b', ['n'])],
      outputs: [floatInfo('y', ['n'])],
    }),
  ),
);
const folderLikeTensor = at('folder.pb');
mkdirSync(folderLikeTensor);
const pipe = at('pipe.pb');
spawnSync('mkfifo', [pipe]);
const run = async (order: Parameters<typeof runModel>[0]) => runModel(order, silentReporter);

describe.each(['onnxruntime-cpu', 'reference'] as const)('in %s', (runtime) => {
  it('what it wrote is a dataset that it passes', async () => {
    const outputs = at(`dataset-${runtime}`);
    const first = await run({ model: sum, runtime, outputs, extents: { n: 7 }, seed: 4 });
    expect(readdirSync(outputs).toSorted()).toEqual(['input_0.pb', 'input_1.pb', 'output_0.pb']);
    expect(first.inputs.map(({ name, shape, file }) => [name, shape, file])).toEqual([
      ['a', [7], null],
      ['b', [7], null],
    ]);
    const again = await run({ model: sum, runtime, dataset: outputs });
    expect(again.comparison).toMatchObject({
      passed: true,
      outputs: [{ name: 'y', elements: 7, mismatched: 0 }],
    });
    requireExpected(again);
    expect(again.outputs).toEqual(first.outputs);
  });

  it('what is not as expected is told, with the largest difference', async () => {
    const dataset = at(`wrong-${runtime}`);
    await run({ model: sum, runtime, outputs: dataset, extents: { n: 3 } });
    const y = await readTensorFile(join(dataset, 'output_0.pb'));
    if (y.dtype !== 'float32') throw new Error('it is float32');
    const wrong = Float32Array.from(y.data);
    wrong[1] = (wrong[1] ?? 0) + 1;
    writeFileSync(join(dataset, 'output_0.pb'), encodeTensorFile({ ...y, data: wrong }));
    const found = await run({ model: sum, runtime, dataset });
    expect(found.comparison?.outputs[0]).toMatchObject({
      passed: false,
      mismatched: 1,
      largest: { at: [1] },
    });
    expect(renderModelRun(found)).toContain(
      'y differs: 1 of 3 elements are too far off; largest difference 1 at [1]',
    );
    expect(() => requireExpected(found)).toThrow(`1 of 1 outputs are not what ${dataset} expects`);
    requireExpected(await run({ model: sum, runtime, dataset, atol: 1.1 }));
  });
});

it.each(['onnxruntime-cpu', 'reference'] as const)(
  'a sequence is refused by %s before it is read',
  async (runtime) => {
    const parts = { kind: 'sequence', element: floatInfo('', [1]).type } as const;
    const split = modelOf({
      nodes: [node('SplitToSequence', ['x'], ['parts'])],
      inputs: [floatInfo('x', [3])],
      outputs: [{ name: 'parts', type: parts }],
    });
    writeFileSync(at('split.onnx'), encodeModel(split));
    await expect(run({ model: at('split.onnx'), runtime })).rejects.toThrow(
      'the output "parts" is no tensor, but a sequence',
    );
    const join = modelOf({
      nodes: [node('ConcatFromSequence', ['parts'], ['y'], [{ name: 'axis', kind: 'int', value: 0 }])],
      inputs: [{ name: 'parts', type: parts }],
      outputs: [floatInfo('y', [3])],
    });
    writeFileSync(at('join.onnx'), encodeModel(join));
    await expect(run({ model: at('join.onnx'), runtime, dataset: folder })).rejects.toThrow(
      'the input "parts" is no tensor, but a sequence',
    );
  },
);

it('inputs are given by name and in order, as .pb and as .npy', async () => {
  writeFileSync(at('two.npy'), writeNpy(tensorOf('', 'float32', [2], [1, 2])));
  writeFileSync(at('ten.pb'), encodeTensorFile(tensorOf('whatever', 'float32', [2], [10, 20])));
  const given = await run({
    model: sum,
    inputs: [{ file: at('two.npy') }, { name: 'a', file: at('ten.pb') }],
  });
  expect(given.outputs[0]?.first).toEqual([11, 22]);
  const half = await run({ model: sum, inputs: [{ name: 'b', file: at('two.npy') }] });
  expect(half.inputs.map(({ file }) => file)).toEqual([null, at('two.npy')]);
  expect(half.inputs[0]?.shape).toEqual([2]);
});

it.each([
  ['float16', 'float32', 1],
  ['float64', 'float32', 1],
  ['int8', 'float32', 1],
  ['uint8', 'float32', 1],
  ['int32', 'float32', 1],
  ['int64', 'float32', 1],
  ['bool', 'float32', 1],
  ['float32', 'float16', 10],
  ['float32', 'float64', 11],
  ['float32', 'int8', 3],
  ['float32', 'uint8', 2],
  ['float32', 'int32', 6],
  ['float32', 'int64', 7],
  ['float32', 'bool', 9],
] as const)('tensors of %s and %s go in and come out', async (from, to, code) => {
  const model = cast(from, to, code);
  const x = tensorOf('x', from, [2, 1], [1, 0]);
  writeFileSync(at('x.pb'), encodeTensorFile(x));
  const { outputs, files } = await run({ model, inputs: [{ file: at('x.pb') }], outputs: at('cast') });
  expect(outputs).toMatchObject([{ name: 'y', dtype: to, shape: [2, 1], first: [1, 0] }]);
  const y = await readTensorFile(files[1] ?? '');
  expect(y.dtype === 'string' ? [] : Array.from(numbersOf(y) ?? [])).toEqual([1, 0]);
  // And drawn.
  expect((await run({ model })).inputs[0]).toMatchObject({ dtype: from, shape: [2, 5] });
});

describe.each(['onnxruntime-cpu', 'onnxruntime-web', 'reference'] as const)('in %s', (runtime) => {
  it.each([
    ['float64', [2], 'the input "a" is given as float64[2], and the model takes float32[n]'],
    ['int64', [2], 'the input "a" is given as int64[2], and the model takes float32[n]'],
    ['float32', [2, 1], 'the input "a" is given as float32[2, 1], and the model takes float32[n]'],
  ] as const)('%s%j is refused as no input', async (dtype, dims, message) => {
    const file = at(`unfit-${dtype}-${dims.length}.pb`);
    writeFileSync(file, encodeTensorFile(tensorOf('a', dtype, dims, [1, 2])));
    await expect(run({ model: sum, runtime, inputs: [{ name: 'a', file }] })).rejects.toMatchObject({
      code: 'input/invalid',
      message,
    });
  });
});

it('whole numbers are shown with each of their digits', async () => {
  const model = cast('int64', 'int64', 7);
  const data = BigInt64Array.of(1_234_567n, -98_765_432n, 2n ** 53n + 1n, 5n);
  writeFileSync(at('ids.pb'), encodeTensorFile({ name: 'x', dtype: 'int64', dims: [2, 2], data }));
  const found = await run({ model, inputs: [{ file: at('ids.pb') }], outputs: at('ids') });
  expect(renderModelRun(found)).toContain('begins 1234567 -98765432 9007199254740993 5');
  data[0] = 1_234_568n;
  writeFileSync(at('ids/output_0.pb'), encodeTensorFile({ name: 'y', dtype: 'int64', dims: [2, 2], data }));
  const off = await run({ model, dataset: at('ids'), rtol: 0 });
  expect(renderModelRun(off)).toContain('largest difference 1 at [0, 0], 1234567 for 1234568');
});

describe('what follows from other extents', () => {
  const masked = (name: string, frames: string): string => {
    const weights = (of: string, size: number) =>
      floats(
        of,
        [1, 1, size],
        Array.from({ length: size }, () => 0.5),
      );
    const strided = (by: number) => [{ name: 'strides', kind: 'ints', value: [by] }] as const;
    const model = modelOf({
      inputs: [floatInfo('x', ['b', 1, 'samples']), floatInfo('m', ['b', 1, frames])],
      initializers: [weights('v', 10), weights('w', 8)],
      nodes: [
        node('Conv', ['x', 'v'], ['c'], [...strided(5)]),
        node('Conv', ['c', 'w'], ['d'], [...strided(4)]),
        node('Mul', ['d', 'm'], ['y']),
      ],
      outputs: [floatInfo('y', ['b', 1, 'out'])],
    });
    writeFileSync(at(name), encodeModel(model));
    return at(name);
  };
  const named = masked('masked.onnx', 'frames');
  const written = masked('written.onnx', 'floor((floor((samples - 10)/5) - 7)/4) + 1');

  it.each([named, written])('is computed from what is long enough: %s', async (model) => {
    const { inputs } = await run({ model });
    expect(inputs.map(({ shape }) => shape)).toEqual([
      [1, 1, 64],
      [1, 1, 1],
    ]);
  });

  it.each([named, written])('and from what is given: %s', async (model) => {
    const { inputs } = await run({ model, extents: { samples: 320 } });
    expect(inputs.map(({ shape }) => shape)).toEqual([
      [1, 1, 320],
      [1, 1, 14],
    ]);
  });

  it('is not told as what was given', async () => {
    await expect(run({ model: named, extents: { samples: 3 } })).rejects.toMatchObject({
      code: 'input/invalid',
      message: 'the input "m" would be float32[1, 1, -2], as extents follow from others that are too short',
    });
  });
});

describe('a dataset', () => {
  const two = at('two.onnx');
  writeFileSync(
    two,
    encodeModel(
      modelOf({
        nodes: [node('Neg', ['x'], ['y']), node('Abs', ['x'], ['z'])],
        inputs: [floatInfo('x', [3])],
        outputs: [floatInfo('y', [3]), floatInfo('z', [3])],
      }),
    ),
  );

  it('that says nothing of an output is not met', async () => {
    const dataset = at('one-output');
    await run({ model: two, outputs: dataset });
    rmSync(join(dataset, 'output_1.pb'));
    const found = await run({ model: two, dataset });
    expect(found.comparison).toMatchObject({ passed: false, outputs: [{ passed: true }, { name: 'z' }] });
    expect(renderModelRun(found)).toContain('z differs: the dataset holds nothing that is expected of it');
    expect(() => requireExpected(found)).toThrow('1 of 2 outputs are not what');
    rmSync(join(dataset, 'output_0.pb'));
    const none = await run({ model: two, dataset });
    expect(() => requireExpected(none)).toThrow('holds no output to compare with');
  });

  it('takes the place of one that was there, and of nothing else', async () => {
    const dataset = at('replaced');
    await run({ model: two, outputs: dataset });
    writeFileSync(join(dataset, 'notes.txt'), '');
    await run({ model: sum, outputs: dataset, format: 'npy' });
    expect(readdirSync(dataset).toSorted()).toEqual([
      'input_0.npy',
      'input_1.npy',
      'notes.txt',
      'output_0.npy',
    ]);
    requireExpected(await run({ model: sum, dataset }));
  });
});

it.each([
  [{ model: 'nowhere.onnx' }, 'data/missing', 'there is no model nowhere.onnx'],
  [{ model: '/dev/zero' }, 'input/invalid', '/dev/zero is a device, not a model'],
  [{ model: pipe }, 'input/invalid', `${pipe} is a pipe, not a model`],
  [{ model: sum, inputs: [{ file: pipe }] }, 'input/invalid', `${pipe} is a pipe, not a tensor`],
  [{ model: sum, inputs: [{ file: 'nowhere.pb' }] }, 'data/missing', 'there is no tensor nowhere.pb'],
  [{ model: sum, inputs: [{ file: 'a.txt' }] }, 'input/invalid', 'a.txt is no tensor file'],
  [
    { model: sum, dataset: 'nowhere' },
    'data/missing',
    'there is no folder nowhere, neither here nor beside the model',
  ],
  [{ model: sum, inputs: [{ file: folderLikeTensor }] }, 'input/invalid', 'is a folder, not a tensor'],
  [{ model: sum, extents: { m: 3 } }, 'input/unknown', 'no input of the model has an extent "m"'],
  [{ model: sum, dataset: folder }, 'data/missing', 'has 0 inputs, and the model takes 2'],
] as const)('%j is refused', async (order, code, message) => {
  await expect(run(order)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});
