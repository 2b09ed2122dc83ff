/** Normalisations, against figures that were worked out by hand. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importOnnx, type ImportOptions } from '../../../../exporters/onnx/import.ts';
import { tries } from '../../../support/properties.ts';
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

describe('LRN', () => {
  const reals = ['alpha', 'beta', 'bias'];
  const across = async (size: number, row: readonly number[], options?: ImportOptions) => {
    const attributes = { size, alpha: size, beta: 1, bias: 1 };
    const one = { op: 'LRN', inputs: [f([1, row.length, 1, 1], row)], attributes, reals };
    const [y] = await outputsOf(one, options);
    return y?.data;
  };

  it('divides by the squares of size channels, of which an even size has one more behind', async () => {
    const row = [1, 2, 3, 4];
    expect(await across(3, row)).toEqual([1 / 6, 2 / 15, 3 / 30, 4 / 26]);
    expect(await across(2, row)).toEqual([1 / 6, 2 / 14, 3 / 26, 4 / 17]);
    expect(await across(9, row)).toEqual(row.map((value) => value / 31));
  });

  it('is the same of one running total', async () => {
    const whole = fc.integer({ min: -9, max: 9 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(whole, { minLength: 1 }),
        async (size, row) => {
          const running = await across(size, row, { runningWindows: true });
          const apart = await across(size, row);
          expect(running).toHaveLength(row.length);
          running?.forEach((value, i) => expect(value).toBeCloseTo(apart?.[i] ?? NaN, 12));
        },
      ),
      { numRuns: tries(60) },
    );
  });

  it('leaves what is infinite or no number to the channels beside it', async () => {
    expect(await across(3, [1, 2, Infinity, 4, 5, NaN])).toEqual([1 / 6, 0, NaN, 0, NaN, NaN]);
    expect(await across(3, [Infinity, 1, 2, 3])).toEqual([NaN, 0, 2 / 15, 3 / 14]);
  });
});

it('groups are the same of squares of what is not centred', async () => {
  const [scale, bias] = [f([4], [1, 2, 3, 4]), f([4], [0, 1, 0, -1])];
  const x = f([1, 4, 2, 1], [1, 2, 5, 1, 0, 3, -1, 2]);
  const one = {
    op: 'GroupNormalization',
    opset: 21,
    inputs: [x, scale, bias],
    attributes: { num_groups: 2 },
  };
  const [exact] = await outputsOf(one);
  const [other] = await outputsOf(one, { squaresOfAll: true });
  expect(exact?.data).toHaveLength(8);
  exact?.data.forEach((value, k) => expect(other?.data[k]).toBeCloseTo(value, 9));
});
