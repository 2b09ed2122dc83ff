/** Einstein's sums and long products, against sums that were written out by hand. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tries } from '../../../support/properties.ts';
import { f, outputOf } from './lowered.ts';

const einsum = async (equation: string, ...inputs: ReturnType<typeof f>[]) =>
  outputOf({ op: 'Einsum', inputs, attributes: { equation } });

const x = f([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);

describe('Einsum', () => {
  it('multiplies matrices in whatever batches an ellipsis stands for', async () => {
    const matrix = f([2, 1], [1, 10]);
    expect(await einsum('...ij,jk->...ik', x, matrix)).toEqual({
      dtype: 'float32',
      shape: [2, 2, 1],
      data: [21, 43, 65, 87],
    });
    // Without a result, what the ellipsis stands for comes first, then the letters in their order.
    expect((await einsum('...kj,j...k', x, f([2, 1, 2], [1, 2, 10, 20]))).data).toEqual([
      21 + 2 * 43,
      65 + 2 * 87,
    ]);
  });

  it('broadcasts what an ellipsis stands for', async () => {
    const rows = f([2, 1, 2], [1, 2, 3, 4]);
    const column = f([3, 1], [1, 10, 100]);
    expect(await einsum('...,...->...', rows, column)).toEqual({
      dtype: 'float32',
      shape: [2, 3, 2],
      data: [1, 2, 10, 20, 100, 200, 3, 4, 30, 40, 300, 400],
    });
    expect((await einsum('a...,...->...', rows, column)).data).toEqual([4, 6, 40, 60, 400, 600]);
  });

  it('takes diagonals, of some axes or of all', async () => {
    expect((await einsum('...ii->...i', x)).data).toEqual([1, 4, 5, 8]);
    expect((await einsum('iii->i', x)).data).toEqual([1, 8]);
    expect((await einsum('ii', f([2, 2], [1, 2, 3, 4]))).data).toEqual([5]);
    expect(
      (
        await einsum(
          'iijj->ji',
          f(
            [2, 2, 2, 2],
            Array.from({ length: 16 }, (_, i) => i),
          ),
        )
      ).data,
    ).toEqual([0, 12, 3, 15]);
  });
});

describe('ReduceProd', () => {
  const product = async (shape: readonly number[], values: readonly number[], axes: readonly number[]) =>
    outputOf({ op: 'ReduceProd', inputs: [f([...shape], [...values])], attributes: { axes, keepdims: 0 } });

  it('multiplies odd and even numbers of elements, and none', async () => {
    expect(await product([2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [-1])).toMatchObject({
      shape: [2],
      data: [120, 30240],
    });
    expect((await product([7], [2, 2, 2, 2, 2, 2, 3], [0])).data).toEqual([192]);
    expect(await product([2, 0], [], [1])).toMatchObject({ shape: [2], data: [1, 1] });
  });

  it('multiplies more elements than anybody writes out', async () => {
    const values = Array.from({ length: 4000 }, (_, i) => (i % 400 === 3 ? -2 : 1));
    expect((await product([4000], values, [0])).data).toEqual([1024]);
  });
});

describe('Det', () => {
  const det = async (shape: readonly number[], values: readonly number[]) =>
    outputOf({ op: 'Det', opset: 11, inputs: [f([...shape], [...values])] });

  it('is that of each matrix, of any order of rows, and 0 where one follows from others', async () => {
    // ONNX's own examples.
    expect(await det([2, 2], [0, 1, 2, 3])).toMatchObject({ shape: [], data: [-2] });
    const three = await det([3, 2, 2], [1, 2, 3, 4, 1, 2, 2, 1, 1, 3, 3, 1]);
    expect(three.shape).toEqual([3]);
    [-2, -3, -8].forEach((value, i) => expect(three.data[i]).toBeCloseTo(value, 12));
    expect((await det([3, 3], [1, 2, 3, 2, 4, 6, 0, 1, 5])).data[0]).toBeCloseTo(0, 12);
    expect((await det([1, 1], [-7])).data).toEqual([-7]);
  });

  it('is the sum over all orders of columns, each with its sign', async () => {
    const orders = (of: readonly number[]): number[][] =>
      of.length === 0
        ? [[]]
        : of.flatMap((one) => orders(of.filter((k) => k !== one)).map((rest) => [one, ...rest]));
    const sign = (order: readonly number[]) =>
      order.reduce((all, k, i) => order.slice(i + 1).reduce((so, l) => (l < k ? -so : so), all), 1);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 16, maxLength: 16 }),
        async (values) => {
          const expected = orders([0, 1, 2, 3]).reduce(
            (sum, order) => sum + order.reduce((all, k, i) => all * (values[4 * i + k] ?? 0), sign(order)),
            0,
          );
          expect((await det([4, 4], values)).data[0]).toBeCloseTo(expected, 9);
        },
      ),
      { numRuns: tries(50) },
    );
  });
});
