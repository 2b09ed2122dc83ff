/** Einstein's sums and long products, against sums that were written out by hand. */
import { describe, expect, it } from 'vitest';
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
