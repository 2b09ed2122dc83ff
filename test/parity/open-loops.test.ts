/** Loops that stop where only a run can tell, and give what each round gave: read for what is fed, in stages. */
import { describe, expect, it } from 'vitest';

import { importOnnx } from '../../exporters/onnx/import.ts';
import type { OnnxGraph, OnnxModel, OnnxValueInfo } from '../../proto/onnx.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { openWay } from '../../src/parity/ways.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { floatInfo, floats, modelOf, node } from '../exporters/onnx/models.ts';
import { ready, written } from './models.ts';

const info = (name: string, dtype: 'int64' | 'bool'): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype, shape: [] },
});
const whole = { kind: 'int', name: 'keepdims', value: 0n } as const;

/** h ← h / 2 for as long as the largest is above 1, seven times at most: what is left, and what each round made of it. */
function halving(): OnnxModel {
  const body: OnnxGraph = {
    name: 'body',
    nodes: [
      node('Mul', ['h', 'half'], ['next']),
      node('ReduceMax', ['next'], ['most'], [whole]),
      node('Greater', ['most', 'edge'], ['on']),
      node('Identity', ['next'], ['each']),
    ],
    initializers: [],
    inputs: [info('i', 'int64'), info('go', 'bool'), floatInfo('h', [2])],
    outputs: [info('on', 'bool'), floatInfo('next', [2]), floatInfo('each', [2])],
    valueInfo: [],
  };
  return modelOf({
    inputs: [floatInfo('x', [2])],
    outputs: [floatInfo('last', [2]), floatInfo('all', ['rounds', 2]), floatInfo('sum', [2])],
    initializers: [
      floats('half', [], [0.5]),
      floats('edge', [], [1]),
      { name: 'count', dims: [], dtype: 'int64', data: BigInt64Array.of(7n) },
      { name: 'true', dims: [], dtype: 'bool', data: Uint8Array.of(1) },
      { name: 'axes', dims: [1], dtype: 'int64', data: BigInt64Array.of(0n) },
    ],
    nodes: [
      node('Loop', ['count', 'true', 'x'], ['last', 'all'], [{ kind: 'graph', name: 'body', value: body }]),
      node('ReduceSum', ['all', 'axes'], ['sum'], [whole]),
    ],
  });
}

describe('a loop that stops where only a run can tell', () => {
  it('is no graph for anything', () => {
    expect(() => importOnnx(halving())).toThrow('stops where only a run can tell');
  });

  it.each([
    ['once', [1, 0.5], 1],
    ['three times', [6, 7], 3],
    ['as often as it may', [1e6, -1e6], 7],
  ])('goes round %s', async (_, values, rounds) => {
    const path = await written(halving());
    const fed = new Map([['x', { dtype: 'float32', shape: [2], data: Float32Array.from(values) } as const]]);
    const all = Array.from({ length: rounds }, (__, i) => values.map((value) => value / 2 ** (i + 1)));
    for (const way of [
      { what: 'truth' },
      { what: 'graph', runtime: 'reference' },
      { what: 'file', provider: 'cpu', optimization: 'all' },
    ] as const) {
      const opened = await openWay(way, { path });
      const outputs = await opened.run(fed);
      expect(outputs.get('all')?.shape).toEqual([rounds, 2]);
      expect(Array.from(outputs.get('all')?.data ?? [])).toEqual(all.flat());
      expect(Array.from(outputs.get('last')?.data ?? [])).toEqual(all.at(-1));
      const sums = [0, 1].map((at) => all.reduce((sum, row) => sum + (row[at] ?? 0), 0));
      expect(Array.from(outputs.get('sum')?.data ?? [])).toEqual(sums);
      opened.dispose();
    }
  });

  it('has a truth that runtimes are held to', async () => {
    const path = await written(halving());
    const report = await compareSubject(
      {
        file: await readModelFile(path),
        probed: (['onnxruntime-cpu', 'reference', 'tfjs-cpu'] as const).map(ready),
        open: async (_, way, model) => openWay(way, model),
      },
      { model: path, data: null, seeds: [1, 2], batches: [1], climb: 4, layers: true },
      silentReporter,
      new AbortController().signal,
    );
    expect(report).toMatchObject({ outcome: 'passed', unread: null, truth: { why: null } });
    expect(report.pairs.map(({ name }) => name)).toContain('tfjs-cpu');
    for (const { first, error } of report.layers ?? []) expect([first, error]).toEqual([null, null]);
  });
});
