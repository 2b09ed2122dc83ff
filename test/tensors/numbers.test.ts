/** Numbers and elements of tensors are each other's inverse, where the type has the number. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataTypes, type OnnxNumericType } from '../../proto/onnx.ts';
import { isWritable, numbersOf, tensorOf } from '../../src/tensors/numbers.ts';

const types = (Object.keys(dataTypes) as OnnxNumericType[]).filter(isWritable);

describe('numbers', () => {
  it.each(types)('come back from %s', (dtype) => {
    const { bits } = dataTypes[dtype];
    const signed = dtype.startsWith('int');
    const most = dtype === 'bool' ? 1 : Math.min(127, 2 ** (signed ? bits - 1 : bits) - 1);
    const whole = fc.integer({ min: signed ? -most - 1 : 0, max: most });
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 9 }), (values) => {
        const tensor = tensorOf('x', dtype, [values.length], values);
        expect(Array.from(numbersOf(tensor) ?? [])).toEqual(values);
      }),
    );
  });

  it('are rounded to bfloat16, halves to even', () => {
    const round = (value: number) => numbersOf(tensorOf('x', 'bfloat16', [1], [value]))?.[0];
    expect(round(1 + 2 ** -8)).toBe(1);
    expect(round(1 + 3 * 2 ** -8)).toBe(1 + 2 ** -6);
    expect(round(-1.5)).toBe(-1.5);
    expect(round(Infinity)).toBe(Infinity);
    expect(round(NaN)).toBe(NaN);
  });

  it('are unpacked from types of less than a byte', () => {
    const four = { name: '', dims: [3], dtype: 'int4', data: Uint8Array.of(0xf1, 0x08) } as const;
    expect(numbersOf(four)).toEqual(Float64Array.of(1, -1, -8));
    const two = { name: '', dims: [4], dtype: 'uint2', data: Uint8Array.of(0b11_10_01_00) } as const;
    expect(numbersOf(two)).toEqual(Float64Array.of(0, 1, 2, 3));
  });
});
