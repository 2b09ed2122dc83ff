import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OnnxNumericType } from '../../../../proto/onnx.ts';
import type { AnyTensor } from '../../../../src/runtime/any-tensor.ts';
import { pack, unpack } from '../../../../src/runtime/onnxruntime/browser/pack.ts';

/** Each type, the arrays that its values come in, and what they may be. */
const types: readonly (readonly [OnnxNumericType, (numbers: readonly number[]) => AnyTensor['data']])[] = [
  ['float32', (numbers) => Float32Array.from(numbers)],
  ['float64', (numbers) => Float64Array.from(numbers)],
  ['float16', (numbers) => Float32Array.from(numbers)],
  ['int8', (numbers) => Int8Array.from(numbers)],
  ['int16', (numbers) => Int16Array.from(numbers)],
  ['int32', (numbers) => Int32Array.from(numbers)],
  ['int64', (numbers) => Float64Array.from(numbers)],
  ['uint8', (numbers) => Uint8Array.from(numbers, Math.abs)],
  ['uint16', (numbers) => Uint16Array.from(numbers, Math.abs)],
  ['uint32', (numbers) => Uint32Array.from(numbers, Math.abs)],
  ['uint64', (numbers) => Float64Array.from(numbers, Math.abs)],
  ['bool', (numbers) => Uint8Array.from(numbers, (n) => n & 1)],
];

const tensor = fc
  .record({
    type: fc.constantFrom(...types),
    numbers: fc.array(fc.integer({ min: -128, max: 127 }), { maxLength: 9 }),
  })
  .map(({ type: [dtype, from], numbers }): AnyTensor => {
    return { dtype, shape: [1, numbers.length], data: from(numbers) };
  });

const tensors = fc
  .uniqueArray(fc.tuple(fc.string(), tensor), { selector: ([name]) => name, maxLength: 5 })
  .map((entries) => new Map(entries));

it('gives back what was packed, of every type, wherever the bytes lie', () => {
  fc.assert(
    fc.property(tensors, fc.nat({ max: 9 }), (given, offset) => {
      const packed = pack(given);
      const moved = Buffer.concat([Buffer.alloc(offset), packed]).subarray(offset);
      expect(unpack(moved)).toEqual(given);
    }),
  );
});

it('refuses what came in part', () => {
  const whole = pack(new Map([['x', { dtype: 'int32', shape: [3], data: Int32Array.of(1, 2, 3) }]]));
  expect(() => unpack(whole.subarray(0, whole.length - 8))).toThrow('the output "x" came in part');
});
