/** Images read at places that are data. */
import { describe, expect, it } from 'vitest';
import { f, i, outputOf } from './lowered.ts';

/** A row of 1, 2, 3, 4, read at places of −1 … 1 along it. */
async function read(places: readonly number[], attributes: Readonly<Record<string, string | number>>) {
  const grid = f(
    [1, 1, places.length, 2],
    places.flatMap((x) => [x, 0]),
  );
  const given = { op: 'GridSample', opset: 20, inputs: [f([1, 1, 1, 4], [1, 2, 3, 4]), grid], attributes };
  return (await outputOf(given)).data.map((value) => Number(value.toFixed(6)));
}

describe('GridSample', () => {
  it('has the ends at the outer borders, or in the middles of the outermost elements', async () => {
    expect(await read([-0.75, -0.25, 0, 0.75], {})).toEqual([1, 2, 2.5, 4]);
    expect(await read([-1, -1 / 3, 0, 1], { align_corners: 1 })).toEqual([1, 2, 2.5, 4]);
  });

  it('pads with zeros, with the border, or with what is thrown back', async () => {
    const outside = [-1.25, 1, 1.5];
    expect(await read(outside, {})).toEqual([0, 2, 0]);
    expect(await read(outside, { padding_mode: 'border' })).toEqual([1, 4, 4]);
    // 1.5 is 4.5 elements from the first one's middle, and as far inside of the border as out: at 2.5.
    expect(await read(outside, { padding_mode: 'reflection' })).toEqual([1, 4, 3.5]);
    const aligned = { padding_mode: 'reflection', align_corners: 1 };
    expect(await read([5 / 3, 7 / 3, -3], aligned)).toEqual([3, 2, 4]);
    const alone = { op: 'GridSample', inputs: [f([1, 1, 1, 1], [7]), f([1, 1, 1, 2], [9, 9])] };
    expect((await outputOf({ ...alone, attributes: aligned })).data).toEqual([7]);
  });

  it('takes the nearest, of two the even one', async () => {
    expect(await read([-0.5, 0, 0.1], { mode: 'nearest' })).toEqual([1, 3, 3]);
  });

  it('follows a cubic through the elements', async () => {
    // Keys' weights in the middle of two with −0.75: −0.09375, 0.59375.
    expect(await read([-0.75, 0], { mode: 'cubic' })).toEqual([
      1,
      Number((0.59375 * 5 - 0.09375 * 5).toFixed(6)),
    ]);
  });

  it('takes the first number of a place along the last axis, in batches of any size', async () => {
    const image = f([1, 1, 2, 2], [1, 2, 3, 4]);
    const grid = f([1, 1, 2, 2], [0.5, -0.5, -0.5, 0.5]);
    const open = { 0: ['n', 1, 2, 2], 1: ['n', 1, 2, 2] };
    expect((await outputOf({ op: 'GridSample', inputs: [image, grid], open })).data).toEqual([2, 3]);
  });
});

it('AffineGrid is the places of an image, moved', async () => {
  const theta = f([1, 2, 3], [2, 0, 0.5, 0, 1, 0]);
  const grid = { op: 'AffineGrid', opset: 20, inputs: [theta, i(1, 1, 2, 2)], constant: [1] };
  expect(await outputOf(grid)).toMatchObject({
    shape: [1, 2, 2, 2],
    data: [-0.5, -0.5, 1.5, -0.5, -0.5, 0.5, 1.5, 0.5],
  });
  const aligned = await outputOf({ ...grid, attributes: { align_corners: 1 } });
  expect(aligned.data).toEqual([-1.5, -1, 2.5, -1, -1.5, 1, 2.5, 1]);
});
