/** Normalisations, against figures that were worked out by hand. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../../exporters/onnx/import.ts';
import { f, modelOfNode, outputsOf } from './lowered.ts';

describe('BatchNormalization in training mode', () => {
  // Channels [1, 3, 5, 7] and [0, 0, 2, 2]: means 4 and 1, variances 5 and 1.
  const x = f([2, 2, 2], [1, 3, 0, 0, 5, 7, 2, 2]);
  const inputs = [x, f([2], [1, 10]), f([2], [0, 100]), f([2], [0, 1]), f([2], [1, 1])];
  const train = {
    op: 'BatchNormalization',
    inputs,
    attributes: { training_mode: 1, epsilon: 0 },
    reals: ['epsilon'],
  };

  it('takes the statistics of what it is given, and hands on running ones', async () => {
    const [y, mean, variance] = await outputsOf({
      ...train,
      attributes: { ...train.attributes, momentum: 0.75 },
      outputs: 3,
    });
    const far = [-3, -1, 1, 3].map((value) => value / Math.sqrt(5));
    const expected = [far[0], far[1], 90, 90, far[2], far[3], 110, 110];
    y?.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 12));
    expect(y?.shape).toEqual([2, 2, 2]);
    expect(mean?.data).toEqual([1, 1]);
    expect(variance?.data).toEqual([2, 1]);
  });

  it('computes no running ones where nobody reads them', () => {
    const { graph, ...rest } = modelOfNode({ ...train, outputs: 3 });
    const [one] = graph.nodes;
    const [y] = graph.outputs;
    if (one === undefined || y === undefined) throw new Error('no node');
    const nodes = [{ ...one, outputs: ['y0', '', ''] }];
    const read = importOnnx({ ...rest, graph: { ...graph, nodes, outputs: [y] } }).graph;
    expect(read.outputs.map(({ name }) => name)).toEqual(['y0']);
    expect(read.nodes.some(({ op }) => op === 'Squeeze')).toBe(false);
  });
});
