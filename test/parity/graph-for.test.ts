/** Files that have no one graph: one is read for what is fed. */
import { describe, expect, it } from 'vitest';

import { importOnnx } from '../../exporters/onnx/import.ts';
import type { OnnxGraph, OnnxModel, OnnxValueInfo } from '../../proto/onnx.ts';
import type { AnyTensor } from '../../src/runtime/any-tensor.ts';
import { NascentError } from '../../src/errors.ts';
import { openWay, type OpenModel } from '../../src/parity/ways.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { floatInfo, floats, ints, modelOf, node } from '../exporters/onnx/models.ts';
import { ready, written } from './models.ts';

const signal = new AbortController().signal;

const wholeInfo = (name: string, shape: readonly (number | string)[]): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype: 'int64', shape },
});

/** Every other number along an open extent. */
const others = modelOf({
  inputs: [floatInfo('x', ['batch', 'past + 1'])],
  outputs: [floatInfo('y', ['batch', 'half'])],
  initializers: [ints('zero', [0]), ints('one', [1]), ints('two', [2])].map((one) => ({ ...one, dims: [] })),
  nodes: [
    node('Shape', ['x'], ['shape']),
    node('Gather', ['shape', 'one'], ['n']),
    node('Range', ['zero', 'n', 'two'], ['r']),
    node('Gather', ['x', 'r'], ['y'], [{ kind: 'int', name: 'axis', value: 1 }]),
  ],
});

/** As many numbers as a number that is fed says. */
const counted = modelOf({
  inputs: [wholeInfo('n', []), floatInfo('x', [1])],
  outputs: [floatInfo('y', ['many'])],
  initializers: [ints('zero', [0]), ints('one', [1])].map((one) => ({ ...one, dims: [] })),
  nodes: [
    node('Range', ['zero', 'n', 'one'], ['r']),
    node('Cast', ['r'], ['f'], [{ kind: 'int', name: 'to', value: 1n }]),
    node('Add', ['f', 'x'], ['y']),
  ],
});

/** Rows of x, added up from one offset to the next, as the exporter of PyTorch writes an EmbeddingBag. */
const bag: OnnxGraph = {
  name: 'bag',
  inputs: [wholeInfo('round', []), wholeInfo('on', []), wholeInfo('k', []), wholeInfo('sums', [])].map(
    (one) => ({
      ...one,
      type: { kind: 'unknown' },
    }),
  ),
  outputs: [wholeInfo('goes on', []), wholeInfo('next', []), wholeInfo('more', [])].map((one) => ({
    ...one,
    type: { kind: 'unknown' },
  })),
  initializers: [],
  valueInfo: [],
  nodes: [
    node('CastLike', ['one', 'k'], ['one like it']),
    node('Add', ['k', 'one like it'], ['next']),
    node('Unsqueeze', ['k', 'first axis'], ['from']),
    node('Unsqueeze', ['next', 'first axis'], ['to']),
    node('Gather', ['bounds', 'from'], ['start']),
    node('Gather', ['bounds', 'to'], ['end']),
    node('Slice', ['x', 'start', 'end'], ['rows']),
    node('ReduceSum', ['rows', 'first axis'], ['sum']),
    node('SequenceInsert', ['sums', 'sum'], ['more']),
    node('Less', ['next', 'count'], ['goes on']),
  ],
};
const bags = modelOf({
  inputs: [wholeInfo('offsets', ['bags']), floatInfo('x', ['rows', 2])],
  outputs: [floatInfo('y', ['bags', 2])],
  initializers: [
    ints('first axis', [0]),
    ...[ints('zero', [0]), ints('one', [1])].map((one) => ({ ...one, dims: [] })),
  ],
  nodes: [
    node('Shape', ['x'], ['length'], [{ kind: 'int', name: 'end', value: 1 }]),
    node('Concat', ['offsets', 'length'], ['bounds'], [{ kind: 'int', name: 'axis', value: 0 }]),
    node('Size', ['offsets'], ['count']),
    node('Less', ['zero', 'count'], ['begins']),
    node('SequenceEmpty', [], ['none']),
    node(
      'Loop',
      ['', 'begins', 'zero', 'none'],
      ['last', 'all'],
      [{ kind: 'graph', name: 'body', value: bag }],
    ),
    node('ConcatFromSequence', ['all'], ['y'], [{ kind: 'int', name: 'axis', value: 0 }]),
  ],
});

/** Along columns: a eighth of the sum of those above the state, as many as there are. */
const above: OnnxGraph = {
  name: 'above',
  inputs: [floatInfo('h', []), floatInfo('column', [5])],
  outputs: [floatInfo('next', []), floatInfo('change', [])],
  initializers: [floats('eighth', [], [0.125])],
  valueInfo: [],
  nodes: [
    node('Greater', ['column', 'h'], ['is above']),
    node('Compress', ['column', 'is above'], ['those'], [{ kind: 'int', name: 'axis', value: 0 }]),
    node('ReduceSum', ['those'], ['sum'], [{ kind: 'int', name: 'keepdims', value: 0 }]),
    node('Mul', ['sum', 'eighth'], ['next']),
    node('Sub', ['next', 'h'], ['change']),
  ],
};
const columns = modelOf({
  inputs: [floatInfo('h0', []), floatInfo('x', [5, 'time'])],
  outputs: [floatInfo('last', []), floatInfo('changes', ['time'])],
  nodes: [
    node(
      'Scan',
      ['h0', 'x'],
      ['last', 'changes'],
      [
        { kind: 'graph', name: 'body', value: above },
        { kind: 'int', name: 'num_scan_inputs', value: 1 },
        { kind: 'ints', name: 'scan_input_axes', value: [1] },
        { kind: 'ints', name: 'scan_output_directions', value: [1] },
      ],
    ),
  ],
});

const float = (shape: readonly number[], ...values: readonly number[]): AnyTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});
const whole = (value: number): AnyTensor => ({ dtype: 'int64', shape: [], data: Int32Array.of(value) });

async function opened(model: OnnxModel): Promise<OpenModel> {
  // Or else nothing is shown here.
  expect(() => importOnnx(model)).toThrow('cannot be read as a graph');
  return openWay({ what: 'truth' }, { path: await written(model) });
}

async function ran(model: OpenModel, feeds: Record<string, AnyTensor>) {
  const y = (await model.run(new Map(Object.entries(feeds)))).get('y');
  return { shape: y?.shape, data: Array.from(y?.data ?? []) };
}

describe('the graph for what is fed', () => {
  it('is one for each set of extents, where it hangs on them', async () => {
    const model = await opened(others);
    for (let round = 0; round < 2; round++) {
      expect(await ran(model, { x: float([1, 3], 1, 2, 4) })).toEqual({ shape: [1, 2], data: [1, 4] });
      // More sets than are kept open.
      for (const n of [1, 2, 4, 5, 6]) {
        const all = Array.from({ length: 2 * n }, (_, i) => i);
        const data = all.filter((i) => (i % n) % 2 === 0);
        const shape = [2, Math.ceil(n / 2)];
        expect(await ran(model, { x: float([2, n], ...all) })).toEqual({ shape, data });
      }
    }
  });

  it('is one for each of the whole numbers that are fed, where it hangs on those', async () => {
    const model = await opened(counted);
    expect(await ran(model, { n: whole(3), x: float([1], 5) })).toEqual({ shape: [3], data: [5, 6, 7] });
    expect(await ran(model, { n: whole(2), x: float([1], 1) })).toEqual({ shape: [2], data: [1, 2] });
    expect(await ran(model, { n: whole(3), x: float([1], 0) })).toEqual({ shape: [3], data: [0, 1, 2] });
  });

  it('goes round as often as there are offsets, and hands a list from one round to the next', async () => {
    const model = await opened(bags);
    const x = float([5, 2], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    const by = async (...offsets: readonly number[]) =>
      ran(model, {
        offsets: { dtype: 'int64', shape: [offsets.length], data: Int32Array.from(offsets) },
        x,
      });
    expect(await by(0, 2, 3)).toEqual({ shape: [3, 2], data: [4, 6, 5, 6, 16, 18] });
    expect(await by(0, 0)).toEqual({ shape: [2, 2], data: [0, 0, 25, 30] });
  });

  it('is one for what is fed, where each step of a Scan asks for another number', async () => {
    const model = await opened(columns);
    const run = async (h: number, ...rows: readonly (readonly number[])[]) => {
      const x = float([5, rows[0]?.length ?? 0], ...rows.flat());
      const outputs = await model.run(
        new Map([
          ['h0', float([], h)],
          ['x', x],
        ]),
      );
      return ['last', 'changes'].map((name) => Array.from(outputs.get(name)?.data ?? []));
    };
    // 8 of 3, 5 and −1; then what is above 1: 4 and 8; then nothing above 1.5.
    expect(await run(0.5, [3, 4, 0], [5, 8, 1], [-1, 1, 1.5], [0, -3, 1], [0.5, 0, -1])).toEqual([
      [0],
      [-1.5, 0.5, 0.5],
    ]);
    expect(await run(9, [16], [1], [2], [3], [24])).toEqual([[5], [-4]]);
  });

  it('is what runtimes are held to', async () => {
    const file = await readModelFile(await written(others));
    const given = {
      file,
      refusal: new NascentError('onnx/unsupported', 'there is no graph for anything', { help: '' }),
      probed: [ready('onnxruntime-cpu'), ready('reference')],
      open: async (_: string, way: Parameters<typeof openWay>[0], model: { path: string }) =>
        openWay(way, model),
    };
    const order = { model: file.path, seeds: [1], batches: [1, 3] };
    const report = await compareSubject(given, order, silentReporter, signal);
    expect(report).toMatchObject({ outcome: 'passed', unread: null, truth: { inputs: 9, why: null } });
  });
});
