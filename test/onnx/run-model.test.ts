/** A model is run on stored and drawn tensors of every type, and held to what a dataset expects. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
import { floatInfo, modelOf, node } from '../exporters/onnx/models.ts';

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
  [{ model: sum, dataset: folder }, 'data/missing', 'has 0 inputs, and the model takes 2'],
] as const)('%j is refused', async (order, code, message) => {
  await expect(run(order)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});
