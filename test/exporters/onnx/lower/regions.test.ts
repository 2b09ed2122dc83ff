/** RoiAlign, on images whose means over a region are known. */
import { describe, expect, it } from 'vitest';
import { f, i, outputOf } from './lowered.ts';

/** Two images of one channel, [2, 1, 6, 8]: 10·row + column, and the same and 1000. */
const plane = Array.from({ length: 48 }, (_, at) => 10 * Math.floor(at / 8) + (at % 8));
const x = f([2, 1, 6, 8], [...plane, ...plane.map((value) => value + 1000)]);
const attributes = { output_height: 1, output_width: 2, sampling_ratio: 2 };

describe('RoiAlign', () => {
  it('reads each region of its own image; a slope has its mean in the middle', async () => {
    const regions = f([2, 4], [1, 1, 5, 3, 2, 2, 4, 4]);
    const y = await outputOf({ op: 'RoiAlign', inputs: [x, regions, i(0, 1)], attributes });
    expect(y.shape).toEqual([2, 1, 1, 2]);
    // The middles are half an element to the left, and above.
    [15 + 1.5, 15 + 3.5, 1025 + 2, 1025 + 3].forEach((value, k) => expect(y.data[k]).toBeCloseTo(value, 6));
    const older = await outputOf({ op: 'RoiAlign', opset: 10, inputs: [x, regions, i(0, 1)], attributes });
    [20 + 2, 20 + 4, 1030 + 2.5, 1030 + 3.5].forEach((value, k) =>
      expect(older.data[k]).toBeCloseTo(value, 6),
    );
  });

  it('is 0 far beyond the image, and takes any number of regions', async () => {
    const y = await outputOf({
      op: 'RoiAlign',
      inputs: [x, f([1, 4], [40, 40, 44, 44]), i(0)],
      attributes,
      open: { 1: ['regions', 4], 2: ['regions'] },
    });
    expect(y.data).toEqual([0, 0]);
  });

  it('reads as many places as a region is large, where that is known', async () => {
    // Squares of 4·row + column. A region of 3 by 2 with two results across is read at three places down, at one across.
    const squares = f(
      [1, 1, 4, 4],
      Array.from({ length: 16 }, (_, at) => at * at),
    );
    const four = (row: number, column: number) => {
      const at = 4 * row + column;
      return (at ** 2 + (at + 1) ** 2 + (at + 4) ** 2 + (at + 5) ** 2) / 4;
    };
    const mean = (column: number) => (four(0, column) + four(1, column) + four(2, column)) / 3;
    const tall = [0.5, 0.5, 2.5, 3.5];
    const regions = f([3, 4], [...tall, 1, 1, 1, 3, ...tall]);
    const one = { op: 'RoiAlign', inputs: [squares, regions, i(0, 0, 0)], attributes: { output_width: 2 } };
    const { shape, data } = await outputOf({ ...one, constant: [1] });
    expect(shape).toEqual([3, 1, 1, 2]);
    // The second is of no width, and nothing is read.
    [mean(0), mean(1), 0, 0, mean(0), mean(1)].forEach((value, k) => expect(data[k]).toBeCloseTo(value, 5));
    await expect(outputOf(one)).rejects.toThrow(/sampling_ratio=0/);
  });
});
