/** Bits, against what JavaScript makes of them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OnnxTensor } from '../../../../proto/onnx.ts';
import { tries } from '../../../support/properties.ts';
import { bytes, f, i, outputOf } from './lowered.ts';

const operators: Readonly<Record<string, (a: number, c: number) => number>> = {
  BitwiseAnd: (a, c) => a & c,
  BitwiseOr: (a, c) => a | c,
  BitwiseXor: (a, c) => a ^ c,
};

const typed = { uint8: Uint8Array, int8: Int8Array, int32: Int32Array };

describe('bits', () => {
  it('and, or, exclusive or, not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(operators)),
        fc.constantFrom('uint8', 'int8', 'int32'),
        fc.array(fc.tuple(fc.maxSafeInteger(), fc.maxSafeInteger()), { minLength: 1, maxLength: 8 }),
        async (op, dtype, pairs) => {
          const own = (value: number) => typed[dtype].of(value)[0] ?? NaN;
          const side = (k: 0 | 1) => {
            const data = typed[dtype].from(pairs.map((pair) => pair[k]));
            return { name: '', dtype, dims: [pairs.length], data } as OnnxTensor;
          };
          const wanted = pairs.map(([a, c]) => own(operators[op]?.(a, c) ?? NaN));
          const y = await outputOf({ op, opset: 18, inputs: [side(0), side(1)] });
          expect(y).toMatchObject({ dtype, data: wanted });
          const not = await outputOf({ op: 'BitwiseNot', opset: 18, inputs: [side(0)] });
          expect(not.data).toEqual(pairs.map(([a]) => own(~a)));
        },
      ),
      { numRuns: tries(20) },
    );
  });

  it('shifted, by more than there are, or by less than none', async () => {
    const x = bytes('int8', [4], [-7, 65, -1, 3]);
    const by = bytes('int8', [4], [1, 1, 9, -1]);
    const shift = (direction: string) =>
      outputOf({ op: 'BitShift', inputs: [x, by], attributes: { direction } });
    expect((await shift('LEFT')).data).toEqual([-14, -126, 0, 0]);
    expect((await shift('RIGHT')).data).toEqual([-4, 32, -1, 0]);
  });

  it('refuses numbers that are too wide to be exact', async () => {
    const wide = { op: 'BitwiseAnd', opset: 18, inputs: [i(1), i(1)] };
    await expect(outputOf(wide)).rejects.toThrow(
      /on the bits of int64; 16 bits at most, or int32, are supported/,
    );
    const by = { ...wide, op: 'BitShift', attributes: { direction: 'LEFT' } };
    await expect(outputOf(by)).rejects.toThrow(/on the bits of int64; 16 bits at most are supported/);
  });
});

describe('spectra', () => {
  const signal = f([1, 5, 1], [1, 2, 0, -1, 3]);
  const close = (given: readonly number[], wanted: readonly number[]) => {
    expect(given).toHaveLength(wanted.length);
    given.forEach((value, k) => expect(value).toBeCloseTo(wanted[k] ?? NaN, 6));
  };

  it('a transform there and back is the signal, also by half a spectrum', async () => {
    for (const onesided of [0, 1]) {
      const there = await outputOf({ op: 'DFT', inputs: [signal], attributes: { axis: 1, onesided } });
      expect(there.shape).toEqual([1, onesided === 1 ? 3 : 5, 2]);
      const spectrum = f(there.shape, there.data);
      const back = await outputOf({
        op: 'DFT',
        opset: 20,
        inputs: [spectrum, i(5), i(1)],
        constant: [1, 2],
        attributes: { inverse: 1, onesided },
      });
      const real = onesided === 1 ? back.data : back.data.filter((_, k) => k % 2 === 0);
      close(real, [1, 2, 0, -1, 3]);
    }
  });

  it('pieces of a signal are transformed apart', async () => {
    const y = await outputOf({
      op: 'STFT',
      inputs: [signal, i(1), undefined, i(2)],
      constant: [1, 3],
    });
    expect(y.shape).toEqual([1, 4, 2, 2]);
    // The sum of two neighbours, and their difference.
    close(y.data, [3, 0, -1, 0, 2, 0, 2, 0, -1, 0, 1, 0, 2, 0, -4, 0]);
  });

  it('a window', async () => {
    const hann = { op: 'HannWindow', inputs: [i(4)], constant: [0] };
    close((await outputOf(hann)).data, [0, 0.5, 1, 0.5]);
    close((await outputOf({ ...hann, inputs: [i(3)], attributes: { periodic: 0 } })).data, [0, 1, 0]);
  });
});
