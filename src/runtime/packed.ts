/** Plain numbers ↔ the arrays that libraries hold them in: bigints for 64 bits, the bits of a float16. */
import { fromHalf, toHalf } from '../../proto/half.ts';
import type { OnnxNumericType } from '../../proto/onnx.ts';
import type { Numbers } from './any-tensor.ts';

/** What a library holds. */
export type Packed = Numbers | BigInt64Array | BigUint64Array;

/** How the values of each type are packed; those that are missing, no library here is given. */
const packers: { readonly [T in OnnxNumericType]?: (data: Numbers) => Packed } = {
  float32: (data) => Float32Array.from(data),
  float64: (data) => Float64Array.from(data),
  float16: (data) => Uint16Array.from(data, toHalf),
  int8: (data) => Int8Array.from(data),
  int16: (data) => Int16Array.from(data),
  int32: (data) => Int32Array.from(data),
  int64: (data) => BigInt64Array.from({ length: data.length }, (_, i) => whole(data, i)),
  uint8: (data) => Uint8Array.from(data),
  uint16: (data) => Uint16Array.from(data),
  uint32: (data) => Uint32Array.from(data),
  uint64: (data) => BigUint64Array.from({ length: data.length }, (_, i) => whole(data, i)),
  bool: (data) => Uint8Array.from(data),
};

/** A copy in the array of the type; undefined for a type that no library here is given. */
export function packed(dtype: OnnxNumericType, data: Numbers): Packed | undefined {
  return packers[dtype]?.(data);
}

/** A copy as plain numbers; an int64 beyond 2⁵³ is rounded. */
export function unpacked(dtype: OnnxNumericType, data: Packed): Numbers {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from(data as BigInt64Array, Number);
  }
  if (dtype === 'float16' && data instanceof Uint16Array) return Float32Array.from(data, fromHalf);
  return data.slice();
}

function whole(data: Numbers, i: number): bigint {
  return BigInt(Math.trunc(data[i] ?? 0));
}
