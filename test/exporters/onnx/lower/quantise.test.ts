/** Arithmetic of 8 bits, against whole numbers worked out by hand. */
import { expect, it } from 'vitest';
import { bytes, f, outputOf, outputsOf } from './lowered.ts';

it('QuantizeLinear rounds halves to even, moves by the zero point and saturates', async () => {
  const x = f([6], [0, 1, 3, -1000, 1000, 255]);
  const zero = bytes('uint8', [], [128]);
  const y = await outputOf({ op: 'QuantizeLinear', inputs: [x, f([], [2]), zero], constant: [1, 2] });
  // 0, 0.5 → 0, 1.5 → 2, −500 and 500 saturate, 127.5 → 128 saturates.
  expect(y).toEqual({ dtype: 'uint8', shape: [6], data: [128, 128, 130, 0, 255, 255] });
});

it('DequantizeLinear has a scale for each place along an axis', async () => {
  const q = bytes('int8', [2, 2], [1, -2, 3, 4]);
  const scale = f([2], [0.5, 2]);
  const zero = bytes('int8', [2], [0, 1]);
  const y = await outputOf({
    op: 'DequantizeLinear',
    inputs: [q, scale, zero],
    constant: [1, 2],
    attributes: { axis: 0 },
  });
  expect(y).toEqual({ dtype: 'float32', shape: [2, 2], data: [0.5, -1, 4, 6] });
});

it('MatMulInteger takes the zero points off', async () => {
  const a = bytes('uint8', [1, 2], [130, 127]);
  const b = bytes('int8', [2, 1], [3, -4]);
  const y = await outputOf({ op: 'MatMulInteger', inputs: [a, b, bytes('uint8', [], [128])] });
  expect(y).toEqual({ dtype: 'int32', shape: [1, 1], data: [2 * 3 + -1 * -4] });
});

it('DynamicQuantizeLinear finds a scale under which 0 is exact', async () => {
  const outputs = await outputsOf({
    op: 'DynamicQuantizeLinear',
    inputs: [f([3], [-51, 0, 204])],
    outputs: 3,
  });
  expect(outputs).toEqual([
    { dtype: 'uint8', shape: [3], data: [0, 51, 255] },
    { dtype: 'float32', shape: [], data: [1] },
    { dtype: 'uint8', shape: [], data: [51] },
  ]);
});

it('a cast to a narrow type wraps around, and sums of narrow types do', async () => {
  const x = { name: '', dtype: 'int32', dims: [3], data: Int32Array.of(300, -1, 7) } as const;
  expect(await outputOf({ op: 'Cast', inputs: [x], attributes: { to: 2 } })).toEqual({
    dtype: 'uint8',
    shape: [3],
    data: [44, 255, 7],
  });
  const [a, b] = [bytes('uint8', [2], [200, 1]), bytes('uint8', [2], [100, 1])];
  expect((await outputOf({ op: 'Add', inputs: [a, b] })).data).toEqual([44, 2]);
});
