/** Convolutions and pools that ours on images do not have, against sums that were written out by hand. */
import { describe, expect, it } from 'vitest';
import { f, outputOf, outputsOf } from './lowered.ts';

const line = f([1, 1, 6], [1, 2, 3, 4, 5, 6]);

describe('over a line', () => {
  it('a convolution with a stride, a dilation and auto_pad', async () => {
    const filter = f([1, 1, 3], [1, 10, 100]);
    const plain = await outputOf({
      op: 'Conv',
      inputs: [line, filter],
      attributes: { strides: [2], pads: [1, 1] },
    });
    expect(plain).toEqual({ dtype: 'float32', shape: [1, 1, 3], data: [210, 432, 654] });
    const apart = await outputOf({ op: 'Conv', inputs: [line, filter], attributes: { dilations: [2] } });
    expect(apart.data).toEqual([531, 642]);
    const upper = await outputOf({
      op: 'Conv',
      inputs: [line, filter],
      attributes: { strides: [2], auto_pad: 'SAME_UPPER' },
    });
    // One is padded in all, at the end.
    expect(upper.data).toEqual([321, 543, 65]);
    const lower = await outputOf({
      op: 'Conv',
      inputs: [line, filter],
      attributes: { strides: [2], auto_pad: 'SAME_LOWER' },
    });
    expect(lower.data).toEqual([210, 432, 654]);
  });

  it('a pool whose last window sticks out', async () => {
    const attributes = { kernel_shape: [3], strides: [2], ceil_mode: 1 };
    expect((await outputOf({ op: 'MaxPool', inputs: [line], attributes })).data).toEqual([3, 5, 6]);
    expect((await outputOf({ op: 'AveragePool', inputs: [line], attributes })).data).toEqual([2, 4, 5.5]);
    const counted = { ...attributes, pads: [1, 0], count_include_pad: 1 };
    // Padding that was asked for counts, what ceil_mode adds does not: (0+1+2)/3, (2+3+4)/3, (4+5+6)/3.
    expect(
      (await outputOf({ op: 'AveragePool', opset: 19, inputs: [line], attributes: counted })).data,
    ).toEqual([1, 3, 5]);
  });

  it('a pool with gaps, and one that says where its maxima were', async () => {
    const gaps = { kernel_shape: [2], dilations: [3] };
    expect((await outputOf({ op: 'MaxPool', inputs: [line], attributes: gaps })).data).toEqual([4, 5, 6]);
    const [, at] = await outputsOf({
      op: 'MaxPool',
      inputs: [line],
      attributes: { kernel_shape: [2] },
      outputs: 2,
    });
    expect(at).toEqual({ dtype: 'int64', shape: [1, 1, 5], data: [1, 2, 3, 4, 5] });
  });

  it('a maximum of whole numbers is one, and a long window is no matter', async () => {
    const bytes = { name: 'x', dtype: 'uint8', dims: [1, 1, 4], data: Uint8Array.of(3, 200, 7, 9) } as const;
    const pool = { op: 'MaxPool', opset: 12, inputs: [bytes], attributes: { kernel_shape: [2] } };
    expect(await outputOf(pool)).toEqual({ dtype: 'uint8', shape: [1, 1, 3], data: [200, 200, 9] });
    const image = f(
      [1, 1, 60, 60],
      Array.from({ length: 3600 }, (_, i) => (i * 7919) % 3607),
    );
    const wide = { kernel_shape: [29, 29], dilations: [2, 2], strides: [3, 3], storage_order: 1 };
    const maxima = await outputOf({ op: 'MaxPool', inputs: [image], attributes: wide });
    const under = (top: number, left: number) =>
      Math.max(
        ...Array.from({ length: 841 }, (_, i) => {
          const at = (top + 2 * Math.floor(i / 29)) * 60 + left + 2 * (i % 29);
          return (at * 7919) % 3607;
        }),
      );
    expect(maxima).toEqual({
      dtype: 'float32',
      shape: [1, 1, 2, 2],
      data: [under(0, 0), under(0, 3), under(3, 0), under(3, 3)],
    });
  });

  it('a transposed convolution with a bias', async () => {
    const one = {
      op: 'ConvTranspose',
      inputs: [f([1, 1, 2], [1, 2]), f([1, 1, 3], [1, 2, 3]), f([1], [10])],
    } as const;
    expect((await outputOf({ ...one, attributes: { strides: [2] } })).data).toEqual([11, 12, 15, 14, 16]);
    // Of an odd padding the front has more.
    expect((await outputOf({ ...one, attributes: { strides: [2], output_shape: [4] } })).data).toEqual([
      12, 15, 14, 16,
    ]);
  });
});

it('over a volume, a convolution and a pool', async () => {
  const cube = f([1, 1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
  const filter = f([1, 1, 2, 1, 1], [1, 10]);
  expect((await outputOf({ op: 'Conv', inputs: [cube, filter] })).data).toEqual([51, 62, 73, 84]);
  const whole = { kernel_shape: [2, 2, 2] };
  expect((await outputOf({ op: 'MaxPool', inputs: [cube], attributes: whole })).data).toEqual([8]);
  expect((await outputOf({ op: 'AveragePool', inputs: [cube], attributes: whole })).data).toEqual([4.5]);
});

it('Resize repeats, and interpolates between the middles of pixels', async () => {
  const row = f([1, 1, 1, 2], [0, 4]);
  const scales = f([4], [1, 1, 1, 2]);
  const none = f([0], []);
  const base = { op: 'Resize', inputs: [row, none, scales], constant: [1, 2] } as const;
  expect((await outputOf({ ...base })).data).toEqual([0, 0, 4, 4]);
  expect((await outputOf({ ...base, attributes: { mode: 'linear' } })).data).toEqual([0, 1, 3, 4]);
  const corners = { mode: 'linear', coordinate_transformation_mode: 'align_corners' };
  const [, second = NaN] = (await outputOf({ ...base, attributes: corners })).data;
  expect(second).toBeCloseTo(4 / 3, 6);
});

it('tells where maxima are, counted along rows or along columns', async () => {
  const x = f([1, 2, 2, 3], [0, 9, 1, 2, 3, 4, 7, 1, 0, 1, 8, 2]);
  const found = async (storage_order: number) =>
    (
      await outputsOf({
        op: 'MaxPool',
        inputs: [x],
        attributes: { kernel_shape: [2, 2], storage_order },
        outputs: 2,
      })
    )[1];
  expect(await found(0)).toMatchObject({ dtype: 'int64', shape: [1, 2, 1, 2], data: [1, 1, 10, 10] });
  expect((await found(1))?.data).toEqual([2, 2, 9, 9]);
});
