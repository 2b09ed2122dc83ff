/** Reading and writing at positions that are data, against what ONNX says element by element. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OnnxTensor } from '../../../../proto/onnx.ts';
import { f, i, outputOf } from './lowered.ts';

function table(dims: readonly number[], values: readonly number[]): OnnxTensor {
  return { ...i(...values), dims };
}

type Combine = (old: number, more: number) => number;
const combines: Readonly<Record<string, Combine>> = {
  add: (old, more) => old + more,
  mul: (old, more) => old * more,
  min: Math.min,
  max: Math.max,
};

describe('scattered', () => {
  it('elements that meet in a place are added, multiplied, or the least or largest is kept', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(combines)),
        fc.constantFrom(0, 1, -1),
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        fc.array(fc.integer({ min: -3, max: 2 }), { minLength: 9, maxLength: 9 }),
        async (reduction, axis, [rows, columns], given) => {
          const at = given.slice(0, rows * columns);
          const x = Array.from({ length: 9 }, (_, k) => k - 3.5);
          const updates = at.map((index, k) => index + k / 2);
          const wanted = [...x];
          at.forEach((index, k) => {
            const from = index < 0 ? index + 3 : index;
            const [row, column] = [Math.floor(k / columns), k % columns];
            const place = axis === 0 ? from * 3 + column : row * 3 + from;
            wanted[place] = combines[reduction]!(wanted[place]!, updates[k]!);
          });
          const y = await outputOf({
            op: 'ScatterElements',
            opset: 18,
            inputs: [f([3, 3], x), table([rows, columns], at), f([rows, columns], updates)],
            attributes: { reduction, axis },
          });
          expect(y.data).toEqual(wanted);
        },
      ),
    );
  });

  it('rows, by ScatterND', async () => {
    const inputs = [f([3, 2], [1, 2, 3, 4, 5, 6]), table([3, 1], [0, -1, 0]), f([3, 2], [9, 0, 1, 9, 2, 3])];
    const by = (reduction: string) =>
      outputOf({ op: 'ScatterND', opset: 18, inputs, attributes: { reduction } });
    expect((await by('max')).data).toEqual([9, 3, 3, 4, 5, 9]);
    expect((await by('min')).data).toEqual([1, 0, 3, 4, 1, 6]);
    expect((await by('mul')).data).toEqual([18, 0, 3, 4, 5, 54]);
  });

  it('whole numbers stay whole', async () => {
    const inputs = [i(7, 8, 9), i(1, 1), i(20, 30)];
    const y = await outputOf({
      op: 'ScatterElements',
      opset: 18,
      inputs,
      attributes: { reduction: 'max' },
    });
    expect(y).toMatchObject({ dtype: 'int64', data: [7, 30, 9] });
  });

  it('refuses a reduction that would cost too much, or that ONNX does not have', async () => {
    const wide = f(
      [4096],
      Array.from({ length: 4096 }, () => 0),
    );
    const many = i(...Array.from({ length: 4097 }, () => 0));
    const more = f(
      [4097],
      Array.from({ length: 4097 }, () => 0),
    );
    const of = (reduction: string) =>
      outputOf({ op: 'ScatterElements', opset: 18, inputs: [wide, many, more], attributes: { reduction } });
    await expect(of('max')).rejects.toThrow(/4096 places with 4097 indices/);
    await expect(of('mean')).rejects.toThrow(/its reduction is "mean", and in opset 18 may be none, add/);
  });
});

describe('read', () => {
  it('GatherND within batches, also of an open number', async () => {
    const x = f([2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7]);
    const rows = { op: 'GatherND', inputs: [x, table([2, 1], [1, -2])], attributes: { batch_dims: 1 } };
    expect(await outputOf(rows)).toMatchObject({ shape: [2, 2], data: [2, 3, 4, 5] });
    const open = { ...rows, open: { 0: ['batch', 2, 2], 1: ['batch', 1] } };
    expect((await outputOf(open)).data).toEqual([2, 3, 4, 5]);
  });

  it('ReverseSequence along either axis', async () => {
    const x = f([3, 2], [1, 2, 3, 4, 5, 6]);
    const down = { op: 'ReverseSequence', inputs: [x, i(3, 2)] };
    expect((await outputOf(down)).data).toEqual([5, 4, 3, 2, 1, 6]);
    const across = { ...down, inputs: [x, i(1, 2, 1)], attributes: { batch_axis: 0, time_axis: 1 } };
    expect((await outputOf(across)).data).toEqual([1, 2, 4, 3, 5, 6]);
  });

  it('MaxUnpool puts maxima back, also into an image that is larger than the windows', async () => {
    const inputs = [f([1, 1, 2, 2], [5, 6, 7, 8]), table([1, 1, 2, 2], [5, 7, 13, 15])];
    const attributes = { kernel_shape: [2, 2], strides: [2, 2] };
    const own = await outputOf({ op: 'MaxUnpool', inputs, attributes });
    expect(own.shape).toEqual([1, 1, 4, 4]);
    expect(own.data).toEqual([0, 0, 0, 0, 0, 5, 0, 6, 0, 0, 0, 0, 0, 7, 0, 8]);
    const wide = await outputOf({
      op: 'MaxUnpool',
      inputs: [...inputs, i(1, 1, 5, 5)],
      constant: [2],
      attributes,
    });
    expect(wide.data.flatMap((value, at) => (value === 0 ? [] : [at]))).toEqual([6, 8, 16, 18]);
  });
});
