import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { doublesOf, fromOnnxTensor, shortestFloat, toOnnxTensor } from '../../../exporters/onnx/tensors.ts';

it('the shortest decimal of a float32 is that float32', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (value) => {
      expect(Math.fround(shortestFloat(value))).toBe(value);
    }),
  );
});

it('what a person wrote comes back from float32', () => {
  for (const written of [1e-5, 0.1, 0.9, 3e-4, 1e30, -2.5, 0, 0.333333]) {
    expect(shortestFloat(Math.fround(written))).toBe(written);
  }
});

it('tensors go to a file and back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), (values) => {
      const back = fromOnnxTensor(toOnnxTensor('t', 'int64', [values.length], values));
      expect(back).toEqual({ dtype: 'int64', shape: [values.length], data: Int32Array.from(values) });
    }),
  );
  const flags = toOnnxTensor('t', 'bool', [2], [0, 1]);
  expect(fromOnnxTensor(flags)).toEqual({ dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) });
});

it('what ours cannot hold is told', () => {
  const wide = { name: 't', dims: [1], dtype: 'int64', data: BigInt64Array.of(2n ** 40n) } as const;
  expect(fromOnnxTensor(wide)).toBe('holds 1099511627776, and integers are kept in 32 bits');
  const pair = { name: 't', dims: [1], dtype: 'complex64', data: Float32Array.of(0, 1) } as const;
  expect(fromOnnxTensor(pair)).toBe('is of type complex64, which cannot be read');
});

it('narrow types are read as what they stand for', () => {
  // 1, −2, the largest, the least above 0, infinity: by the tables of IEEE 754.
  const half = {
    name: 't',
    dims: [5],
    dtype: 'float16',
    data: Uint16Array.of(0x3c00, 0xc000, 0x7bff, 1, 0x7c00),
  } as const;
  expect([...doublesOf(half)]).toEqual([1, -2, 65504, 2 ** -24, Infinity]);
  const brain = { name: 't', dims: [2], dtype: 'bfloat16', data: Uint16Array.of(0x3f80, 0xc040) } as const;
  expect([...doublesOf(brain)]).toEqual([1, -3]);
  // Two in a byte, the low one first.
  const nibbles = { name: 't', dims: [3], dtype: 'int4', data: Uint8Array.of(0x8f, 0x07) } as const;
  expect([...doublesOf(nibbles)]).toEqual([-1, -8, 7]);
  const bytes = { name: 't', dims: [2], dtype: 'uint8', data: Uint8Array.of(0, 255) } as const;
  expect(fromOnnxTensor(bytes)).toEqual({ dtype: 'int64', shape: [2], data: Int32Array.of(0, 255) });
  const signed = { name: 't', dims: [2], dtype: 'int8', data: Int8Array.of(-128, 127) } as const;
  expect(fromOnnxTensor(signed)).toEqual({ dtype: 'int64', shape: [2], data: Int32Array.of(-128, 127) });
  const unsigned = { name: 't', dims: [1], dtype: 'uint32', data: Uint32Array.of(2 ** 31) } as const;
  expect(fromOnnxTensor(unsigned)).toBe('holds 2147483648, and integers are kept in 32 bits');
});

it('each number of 16 bits is the float32 that it says', () => {
  const all = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
  const of = (dtype: 'float16' | 'bfloat16') =>
    fromOnnxTensor({ name: 't', dims: [all.length], dtype, data: all });
  const view = new DataView(new ArrayBuffer(4));
  // bfloat16 is the upper half of a float32. Of a float16 the bits are those of a float32, 3 places to the left, with an
  // exponent that counts from 15 and not from 127: as a number that is too small by 2^112.
  const brains = Float32Array.from(all, (bits) => (view.setUint16(0, bits), view.getFloat32(0)));
  const halves = Float32Array.from(all, (bits) => {
    view.setUint32(0, ((bits & 0x8000) << 16) | ((bits & 0x7fff) << 13));
    const value = view.getFloat32(0) * 2 ** 112;
    return (bits & 0x7c00) < 0x7c00 ? value : bits & 0x3ff ? NaN : value * Infinity;
  });
  expect(of('bfloat16')).toEqual({ dtype: 'float32', shape: [all.length], data: brains });
  expect(of('float16')).toEqual({ dtype: 'float32', shape: [all.length], data: halves });
});
