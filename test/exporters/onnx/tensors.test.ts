import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromOnnxTensor, shortestFloat, toOnnxTensor } from '../../../exporters/onnx/tensors.ts';

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
  const half = { name: 't', dims: [1], dtype: 'float16', data: Uint16Array.of(0) } as const;
  expect(fromOnnxTensor(half)).toBe('is of type float16; float32, int64 and bool are supported');
});
