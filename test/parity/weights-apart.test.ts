/** Weights that two files call the same and that are not are told, whether or not any input shows them. */
import { describe, expect, it } from 'vitest';
import type { OnnxModel, OnnxTensor } from '../../proto/onnx.ts';
import { compareFiles } from '../../src/parity/compare-runtimes.ts';
import { renderParity } from '../../src/parity/render-parity.ts';
import { weightsApart } from '../../src/parity/weights-apart.ts';
import { floatInfo, floats, modelOf, node } from '../exporters/onnx/models.ts';
import { written } from './models.ts';

/** A table of 5,000 rows, of which one is otherwise. */
function table(row?: number): OnnxModel {
  const values = Array.from({ length: 10_000 }, (_, i) => i % 7);
  if (row !== undefined) values[2 * row] = 7.5;
  return modelOf({
    inputs: [{ name: 'ids', type: { kind: 'tensor', dtype: 'int64', shape: ['batch'] } }],
    initializers: [floats('table', [5000, 2], values)],
    nodes: [node('Gather', ['table', 'ids'], ['y'])],
    outputs: [floatInfo('y', ['batch', 2])],
  });
}

it('a row that no input looks up does not pass in silence', async () => {
  const order = { seeds: [1], batches: [1, 3] };
  const report = await compareFiles(await written(table()), await written(table(4321)), order);
  expect(report).toMatchObject({
    outcome: 'passed',
    other: { weights: ['"table" in 1 of 10,000 numbers, by 3.5e+0 at most'] },
  });
  const text = renderParity(report).replaceAll(/\s+/g, ' ');
  expect(text).toContain('weights not the same: "table" in 1 of 10,000 numbers, by 3.5e+0 at most.');
  expect(text).toMatch(/passed: .* does what .* does, with other weights \(/);
});

describe('weights', () => {
  const holding = (tensors: readonly OnnxTensor[], inner: readonly OnnxTensor[] = []): OnnxModel =>
    modelOf({
      initializers: tensors,
      nodes: [
        node(
          'Constant',
          [],
          ['c'],
          inner.slice(0, 1).map((value) => ({ name: 'value', kind: 'tensor', value })),
        ),
        node(
          'If',
          ['b'],
          ['y'],
          [{ name: 'then_branch', kind: 'graph', value: modelOf({ initializers: inner.slice(1) }).graph }],
        ),
      ],
    });

  it('that nodes and branches hold count as well', () => {
    const [w, c, k] = [floats('w', [2], [1, 2]), floats('', [1], [3]), floats('k', [1], [4])];
    const changed = holding([floats('w', [2], [1, 2.5])], [floats('', [1], [3.5]), floats('k', [1], [5])]);
    expect(weightsApart(holding([w], [c, k]), changed)).toEqual([
      '"w" in 1 of 2 numbers, by 5.0e-1 at most',
      '"c" in 1 of 1 numbers, by 5.0e-1 at most',
      '"k" in 1 of 1 numbers, by 1.0e+0 at most',
    ]);
    expect(weightsApart(holding([w], [c, k]), holding([w], [c, k]))).toEqual([]);
  });

  it('of another type, shape or name are of another file', () => {
    const others = [floats('w', [1, 2], [9, 9]), floats('v', [2], [9, 9])];
    expect(weightsApart(holding([floats('w', [2], [1, 2])]), holding(others))).toEqual([]);
  });
});
