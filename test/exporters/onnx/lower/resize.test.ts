/** What is resized otherwise than by a whole scale of all of it. Values are those of ONNX's formulas, by hand. */
import { expect, it } from 'vitest';
import { f, i, outputOf } from './lowered.ts';

const row = f([4], [1, 2, 3, 4]);
const left = undefined;

it('aligns the corners of the length that comes out, whatever the scale asked for', async () => {
  const scaled = {
    op: 'Resize',
    opset: 19,
    inputs: [row, left, f([1], [0.6])],
    constant: [2],
    attributes: { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
  } as const;
  const { shape, data } = await outputOf(scaled);
  expect(shape).toEqual([2]);
  // As PyTorch and onnxruntime do.
  expect([...data]).toEqual([1, 4]);
  // A third of 9 is 3, though not of the float32 that is a third.
  const third = { ...scaled, inputs: [f([9], [1, 2, 3, 4, 5, 6, 7, 8, 9]), left, f([1], [1 / 3])] };
  expect((await outputOf(third)).data).toEqual([1, 5, 9]);
});

it('takes the nearest element by a place of float32', async () => {
  const nearest = { op: 'Resize', opset: 19, constant: [2], attributes: { mode: 'nearest' } } as const;
  // Element 4 of a scale of 0.9 lies at (4 + 0.5) / 0.9 - 0.5: 4.5 in float32, of which the floor is taken.
  const ten = f([10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const { data } = await outputOf({ ...nearest, inputs: [ten, left, f([1], [0.9])] });
  expect(data[4]).toBe(4);
  // Element 3 of a third lies at 9, which it falls short of in double precision.
  const floor = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' };
  const twelve = f([12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const third = await outputOf({ ...nearest, attributes: floor, inputs: [twelve, left, f([1], [1 / 3])] });
  expect(third.data[3]).toBe(9);
});

it('resizes a region, with a value of its own outside', async () => {
  const region = {
    op: 'Resize',
    opset: 19,
    inputs: [row, f([2], [0.5, 1.5]), left, i(4)],
    constant: [1, 3],
    attributes: {
      mode: 'linear',
      coordinate_transformation_mode: 'tf_crop_and_resize',
      extrapolation_value: 9.5,
    },
  } as const;
  expect((await outputOf(region)).data).toEqual([2.5, 3.5, 9.5, 9.5]);
  const nearest = { ...region, attributes: { ...region.attributes, mode: 'nearest' } };
  expect((await outputOf(nearest)).data).toEqual([2, 3, 9.5, 9.5]);
  const scaled = { ...region, inputs: [row, f([2], [0, 0.5]), f([1], [1]), left], constant: [1, 2] };
  expect((await outputOf(scaled)).data).toEqual([1, 1.5, 2, 2.5]);
});

it.each([
  ['not_larger', [3, 6]],
  ['not_smaller', [4, 7]],
  ['stretch', [3, 7]],
])('takes sizes as bounds, or as they are: %s', async (policy, shape) => {
  const { shape: given } = await outputOf({
    op: 'Resize',
    opset: 19,
    inputs: [f([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]), left, left, i(3, 7)],
    constant: [3],
    attributes: { keep_aspect_ratio_policy: policy },
  });
  expect(given).toEqual(shape);
});

it('gives a remainder of nothing the sign of the divisor, and with fmod of the dividend', async () => {
  const [x, y] = [f([4], [0, -0, 4, -4]), f([4], [-2, 2, -2, 2])];
  const of = async (fmod: number) =>
    (await outputOf({ op: 'Mod', inputs: [x, y], attributes: { fmod } })).data;
  expect(await of(0)).toEqual([-0, 0, -0, 0]);
  expect(await of(1)).toEqual([0, -0, 0, -0]);
});
