/** What a benchmark says adds up; how long anything takes is not tested. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { encodeModel } from '../../proto/onnx.ts';
import { benchModel, profileOf, quantile } from '../../src/onnx/bench-model.ts';
import { renderBench } from '../../src/onnx/render-bench.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { floatInfo, floats, modelOf, node } from '../exporters/onnx/models.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, batch: number | string) => {
  const path = join(folder, name);
  const model = modelOf({
    inputs: [floatInfo('x', [batch, 3])],
    initializers: [floats('w', [3, 2], [1, 2, 3, 4, 5, 6])],
    nodes: [node('MatMul', ['x', 'w'], ['h']), node('Tanh', ['h'], ['y'])],
    outputs: [floatInfo('y', [batch, 2])],
  });
  writeFileSync(path, encodeModel(model));
  return path;
};

it('onnxruntime: times at each batch, shares of ops, placement', async () => {
  const bench = await benchModel(
    { model: write('open.onnx', 'n'), batches: [1, 4], seconds: 0 },
    silentReporter,
  );
  expect(bench.batches.map(({ batch, runs }) => [batch, runs])).toEqual([
    [1, 5],
    [4, 5],
  ]);
  for (const { p50, p90, p99 } of bench.batches) {
    expect(p50).toBeLessThanOrEqual(p90);
    expect(p90).toBeLessThanOrEqual(p99);
  }
  expect(bench.ops?.map(({ op }) => op).toSorted()).toEqual(['MatMul', 'Tanh']);
  expect(bench.placement).toEqual({ CPU: 2 });
  expect(renderBench('open.onnx', [bench, { runtime: 'tfjs-cpu', failure: 'no' }])).toContain(
    '2 nodes on CPU',
  );
});

it('times the batch that an extent says, and refuses one that there is not', async () => {
  const model = write('said.onnx', 'n');
  const bench = await benchModel(
    { model, runtime: 'reference', extents: { n: 7 }, seconds: 0 },
    silentReporter,
  );
  expect(bench.batches.map(({ batch }) => batch)).toEqual([7]);
  await expect(
    benchModel({ model, runtime: 'reference', extents: { m: 7 }, seconds: 0 }, silentReporter),
  ).rejects.toMatchObject({ code: 'input/unknown', help: 'Open are n.' });
});

it('takes a length that the model can do with', async () => {
  const path = join(folder, 'eighth.onnx');
  const model = modelOf({
    inputs: [floatInfo('x', ['batch', 2, 'time'])],
    initializers: [{ name: 'at', dims: [1], dtype: 'int64', data: BigInt64Array.of(7n) }],
    nodes: [node('Gather', ['x', 'at'], ['y'], [{ name: 'axis', kind: 'int', value: 2 }])],
    outputs: [{ name: 'y', type: { kind: 'unknown' } }],
  });
  writeFileSync(path, encodeModel(model));
  const { batches } = await benchModel({ model: path, batches: [1, 2], seconds: 0 }, silentReporter);
  expect(batches.map(({ batch }) => batch)).toEqual([1, 2]);
});

it('another runtime, on a fixed batch', async () => {
  const order = { model: write('fixed.onnx', 2), runtime: 'reference', seconds: 0 } as const;
  const bench = await benchModel(order, silentReporter);
  expect(bench).toMatchObject({
    runtime: 'reference',
    batches: [{ batch: null }],
    ops: null,
    placement: null,
  });
});

it('a profile is read as what it says', () => {
  const kernel = (name: string, op: string, dur: number, provider: string) => ({
    cat: 'Node',
    name: `${name}_kernel_time`,
    dur,
    args: { op_name: op, provider: `${provider}ExecutionProvider`, node_index: name },
  });
  const events = [
    { cat: 'Session', name: 'model_run', dur: 100 },
    kernel('a', 'Conv', 30, 'CUDA'),
    kernel('b', 'Conv', 30, 'CUDA'),
    kernel('a', 'Conv', 30, 'CUDA'),
    kernel('c', 'Relu', 10, 'CPU'),
  ];
  expect(profileOf(JSON.stringify(events))).toEqual({
    ops: [
      { op: 'Conv', share: 0.9, nodes: 2 },
      { op: 'Relu', share: 0.1, nodes: 1 },
    ],
    placement: { CUDA: 2, CPU: 1 },
  });
});

it('quantiles are values that were measured', () => {
  const sorted = Array.from({ length: 100 }, (_, i) => i + 1);
  expect([0.5, 0.9, 0.99].map((part) => quantile(sorted, part))).toEqual([50, 90, 99]);
  expect(quantile([7], 0.99)).toBe(7);
});
