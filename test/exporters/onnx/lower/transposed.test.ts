/** ConvTranspose by the law that it is Conv the other way round, and Col2Im, which adds windows up. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f, i, outputOf } from './lowered.ts';

function numbers(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, k) => ((k * 37 + seed * 11) % 17) - 8);
}

function product(a: readonly number[], c: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * (c[k] ?? NaN), 0);
}

describe('ConvTranspose', () => {
  it('⟨ConvTranspose(x), y⟩ = ⟨x, Conv(y)⟩, over 1 to 3 axes', async () => {
    const small = fc.integer({ min: 1, max: 3 });
    const axis = fc.record({ count: small, kernel: small, stride: small, dilation: small, pad: small });
    await fc.assert(
      fc.asyncProperty(fc.array(axis, { minLength: 1, maxLength: 3 }), small, async (axes, group) => {
        const pads = axes.map(({ kernel, pad }) => Math.min(pad - 1, kernel - 1));
        const image = axes.map(
          ({ count, kernel, stride, dilation }, k) =>
            (count - 1) * stride + (kernel - 1) * dilation + 1 - 2 * (pads[k] ?? 0),
        );
        fc.pre(image.every((extent) => extent > 0));
        const size = (extents: readonly number[]) => extents.reduce((a, c) => a * c, 1);
        const windows = axes.map(({ count }) => count);
        const kernel = axes.map((one) => one.kernel);
        const attributes = {
          group,
          strides: axes.map(({ stride }) => stride),
          dilations: axes.map(({ dilation }) => dilation),
          pads: [...pads, ...pads],
        };
        const small = f([1, 2 * group, ...windows], numbers(2 * group * size(windows), 1));
        const large = f([1, group, ...image], numbers(group * size(image), 2));
        const filter = f([2 * group, 1, ...kernel], numbers(2 * group * size(kernel), 3));
        const up = await outputOf({ op: 'ConvTranspose', inputs: [small, filter], attributes });
        const down = await outputOf({ op: 'Conv', inputs: [large, filter], attributes });
        expect(up.shape).toEqual(large.dims);
        expect(down.shape).toEqual(small.dims);
        expect(product(up.data, numbers(group * size(image), 2))).toBe(
          product(numbers(2 * group * size(windows), 1), down.data),
        );
      }),
    );
  });

  it('of more than its windows cover, there is the bias', async () => {
    const y = await outputOf({
      op: 'ConvTranspose',
      inputs: [f([1, 1, 2], [1, 2]), f([1, 1, 1], [1]), f([1], [5])],
      attributes: { output_shape: [4] },
    });
    expect(y.data).toEqual([5, 6, 7, 5]);
  });
});

describe('Col2Im', () => {
  it('adds up what windows hold of each element', async () => {
    // Windows of 2 along an axis of 3 twice, and of 1 across.
    const inputs = [f([1, 2, 2], [1, 2, 10, 20]), i(3, 1), i(2, 1)];
    const y = await outputOf({ op: 'Col2Im', opset: 18, inputs, constant: [1, 2] });
    expect(y).toMatchObject({ shape: [1, 1, 3, 1], data: [1, 2 + 10, 20] });
  });
});
