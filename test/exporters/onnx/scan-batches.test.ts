/** Scan of opset 8, which has a batch in front of everything. What is expected is what onnxruntime gives. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel } from '../../../proto/onnx.ts';
import { floats as tensor, integers } from '../../../src/graph/tensor.ts';
import { verify } from '../../../src/graph/verify.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { floatInfo, floats, modelOf, node } from './models.ts';

/** h ← h/2 + x·w, `w` of the graph around, and h + z; a name of its body is one that is wanted for the length. */
const body: OnnxGraph = {
  name: 'body',
  nodes: [
    node('Mul', ['length', 'w'], ['xw']),
    node('Mul', ['h', 'half'], ['halved']),
    node('Add', ['halved', 'xw'], ['h_next']),
    node('Add', ['h_next', 'z'], ['y']),
  ],
  initializers: [floats('half', [], [0.5])],
  inputs: [floatInfo('h', [2]), floatInfo('length', [2]), floatInfo('z', [2])],
  outputs: [floatInfo('h_next', [2]), floatInfo('y', [2])],
  valueInfo: [],
};

function model(lengths: string, directions?: readonly number[]): OnnxModel {
  const attributes: readonly OnnxAttribute[] = [
    { name: 'body', kind: 'graph', value: body },
    { name: 'num_scan_inputs', kind: 'int', value: 2 },
    ...(directions === undefined ? [] : [{ name: 'directions', kind: 'ints', value: directions } as const]),
  ];
  return modelOf(
    {
      inputs: [
        floatInfo('h0', ['batch', 2]),
        floatInfo('xs', ['batch', 'time', 2]),
        floatInfo('zs', ['batch', 'time', 2]),
        ...(lengths === ''
          ? []
          : [{ name: lengths, type: { kind: 'tensor', dtype: 'int64', shape: ['batch'] } } as const]),
      ],
      initializers: [floats('w', [2], [1, 2])],
      nodes: [node('Scan', [lengths, 'h0', 'xs', 'zs'], ['last', 'every'], attributes)],
      outputs: [floatInfo('last', ['batch', 2]), floatInfo('every', ['batch', 'time', 2])],
    },
    { opsets: [{ domain: '', version: 8 }], irVersion: 4 },
  );
}

async function run(of: OnnxModel) {
  const { graph, weights } = importOnnx(of);
  const numbers = Array.from({ length: 12 }, (_, i) => i);
  const feeds = new Map([
    ...weights,
    ['h0', tensor([2, 2], [1, 2, 3, 4])] as const,
    ['xs', tensor([2, 3, 2], numbers)] as const,
    [
      'zs',
      tensor(
        [2, 3, 2],
        numbers.map((value) => -10 * value),
      ),
    ] as const,
    ...(of.graph.inputs.length > 3 ? [['lengths', integers([2], [2, 3])] as const] : []),
  ]);
  const results = await (await createReferenceRuntime().compile(verify(graph))).run(feeds);
  return {
    last: [...(results.get('last')?.data ?? [])],
    every: [...(results.get('every')?.data ?? [])],
  };
}

describe('a Scan of opset 8', () => {
  it('goes along each row of the batch', async () => {
    expect(await run(model(''))).toEqual({
      last: [5.125, 13.75, 15.875, 35],
      every: [0.5, -7, -17.75, -22.5, -34.875, -36.25, -52.5, -54, -68.25, -64, -84.125, -75],
    });
  });

  it('goes backwards along those that it is told to', async () => {
    expect(await run(model('', [0, 1]))).toEqual({
      last: [5.125, 13.75, 15.875, 35],
      every: [-39.5, -47, -17.75, -22.5, 5.125, 3.75, -92.5, -94, -68.25, -64, -44.125, -35],
    });
  });

  it('ends where the length of a row says', async () => {
    expect(await run(model('lengths'))).toEqual({
      last: [2.25, 7.5, 15.875, 35],
      every: [0.5, -7, -17.75, -22.5, 0, 0, -52.5, -54, -68.25, -64, -84.125, -75],
    });
    expect(() => importOnnx(model('lengths', [0, 1]))).toThrow(
      'goes backwards along sequences of different lengths',
    );
  });
});
