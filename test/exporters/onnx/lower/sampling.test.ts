/** Images read at places that are data. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../../src/random.ts';
import { tries } from '../../../support/properties.ts';
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

it('DeformConv is the sum over a window whose elements are read where they are told', async () => {
  const [batch, channels, height, width, filters, tall, wide] = [2, 4, 5, 6, 6, 3, 2];
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        group: fc.constantFrom(1, 2),
        offsetGroup: fc.constantFrom(1, 2, 4),
        pads: fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
        strides: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 2, maxLength: 2 }),
        dilations: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 2, maxLength: 2 }),
        optional: fc.boolean(),
        seed: fc.nat(),
      }),
      async ({ group, offsetGroup, pads, strides, dilations, optional, seed }) => {
        const [top = 0, left = 0, bottom = 0, right = 0] = pads;
        const [down = 1, across = 1] = strides;
        const [downApart = 1, acrossApart = 1] = dilations;
        const rows = Math.floor((height + top + bottom - downApart * (tall - 1) - 1) / down) + 1;
        const columns = Math.floor((width + left + right - acrossApart * (wide - 1) - 1) / across) + 1;
        fc.pre(rows > 0 && columns > 0);
        const random = new Random(seed);
        const drawn = (dims: readonly number[], size: number) =>
          f(
            dims,
            Array.from({ length: dims.reduce((a, c) => a * c, 1) }, () => size * (2 * random.uniform() - 1)),
          );
        const x = drawn([batch, channels, height, width], 1);
        const filter = drawn([filters, channels / group, tall, wide], 1);
        const offset = drawn([batch, offsetGroup * tall * wide * 2, rows, columns], 4);
        const bias = drawn([filters], 1);
        const mask = drawn([batch, offsetGroup * tall * wide, rows, columns], 1);
        const read = (n: number, c: number, row: number, column: number): number => {
          const at = (r: number, k: number) =>
            r < 0 || k < 0 || r >= height || k >= width
              ? 0
              : Number(x.data[((n * channels + c) * height + r) * width + k]);
          const [r, k] = [Math.floor(row), Math.floor(column)];
          const [v, u] = [row - r, column - k];
          return (
            (1 - v) * ((1 - u) * at(r, k) + u * at(r, k + 1)) +
            v * ((1 - u) * at(r + 1, k) + u * at(r + 1, k + 1))
          );
        };
        const wanted: number[] = [];
        for (let n = 0; n < batch; n++) {
          for (let m = 0; m < filters; m++) {
            for (let place = 0; place < rows * columns; place++) {
              const [row, column] = [Math.floor(place / columns), place % columns];
              let sum = optional ? Number(bias.data[m]) : 0;
              for (let own = 0; own < channels / group; own++) {
                const c = Math.floor(m / (filters / group)) * (channels / group) + own;
                const of = Math.floor(c / (channels / offsetGroup));
                for (let tap = 0; tap < tall * wide; tap++) {
                  const element = (n * offsetGroup + of) * tall * wide + tap;
                  const told = (axis: 0 | 1) =>
                    Number(offset.data[(2 * element + axis) * rows * columns + place]);
                  const value = read(
                    n,
                    c,
                    row * down - top + Math.floor(tap / wide) * downApart + told(0),
                    column * across - left + (tap % wide) * acrossApart + told(1),
                  );
                  const weight = Number(filter.data[(m * (channels / group) + own) * tall * wide + tap]);
                  sum +=
                    value * weight * (optional ? Number(mask.data[element * rows * columns + place]) : 1);
                }
              }
              wanted.push(sum);
            }
          }
        }
        const given = await outputOf({
          op: 'DeformConv',
          opset: 19,
          inputs: [x, filter, offset, ...(optional ? ([bias, mask] as const) : ([] as const))],
          attributes: { group, offset_group: offsetGroup, pads, strides, dilations },
        });
        expect(given.shape).toEqual([batch, filters, rows, columns]);
        given.data.forEach((value, k) => expect(value).toBeCloseTo(wanted[k] ?? NaN, 5));
      },
    ),
    { numRuns: tries(20) },
  );
});
