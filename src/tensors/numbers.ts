/** The elements of a tensor of a file as numbers, and numbers as elements of a tensor of a file. */
import { dataTypes, type NumericTensor, type OnnxNumericType } from '../../proto/onnx.ts';
import { internal } from '../errors.ts';
import { fromHalf, toHalf } from '../../proto/half.ts';
import { fromExponent, fromSmallFloat, isSmallFloat, toSmallFloat } from '../../proto/small-float.ts';

/** What `ArrayLike` is to numbers: read by index. */
export type Numbers = ArrayLike<number>;

/** Types of pairs, and those that no file of tensors is written with here. */
const complex = /^complex/;
const unwritten = /^(complex|float[468]e)/;

/** A whole number of 64 bits beyond 2⁵³ is rounded. Undefined where the type is left as bits. */
export function numbersOf(tensor: NumericTensor): Numbers | undefined {
  const { dtype, dims, data } = tensor;
  if (complex.test(dtype)) return undefined;
  const { bits } = dataTypes[dtype];
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from(data as BigInt64Array, Number);
  }
  if (dtype === 'float16') return Float64Array.from(data, fromHalf);
  if (dtype === 'bfloat16') return Float32Array.from(data, fromBrain);
  if (dtype === 'float8e8m0') return Float64Array.from(data, fromExponent);
  const codes = bits < 8 ? unpacked(data, dims, bits, dtype.startsWith('int')) : data;
  return isSmallFloat(dtype) ? Float64Array.from(codes, (code) => fromSmallFloat(dtype, code)) : codes;
}

function unpacked(bytes: Numbers, dims: readonly number[], bits: number, signed: boolean): Numbers {
  const count = dims.reduce((product, extent) => product * extent, 1);
  const each = 8 / bits;
  const mask = 2 ** bits - 1;
  return Float64Array.from({ length: count }, (_, i) => {
    const value = ((bytes[Math.floor(i / each)] ?? 0) >> (bits * (i % each))) & mask;
    return signed && value > mask >> 1 ? value - mask - 1 : value;
  });
}

/** Types that numbers can be written to a file as. */
export function isWritable(dtype: OnnxNumericType): boolean {
  return !unwritten.test(dtype);
}

/** Types that numbers can be held as. */
export function isHeld(dtype: OnnxNumericType): boolean {
  return isWritable(dtype) || isSmallFloat(dtype);
}

/** Numbers as a tensor of a type that `isHeld`; those that the type does not have are rounded to it. */
export function tensorOf(
  name: string,
  dtype: OnnxNumericType,
  dims: readonly number[],
  values: Numbers,
): NumericTensor {
  if (!isHeld(dtype)) throw internal(`numbers cannot be written as ${dtype}`);
  const { bits } = dataTypes[dtype];
  const codes = isSmallFloat(dtype) ? Uint8Array.from(values, (value) => toSmallFloat(dtype, value)) : values;
  const data = bits < 8 ? packed(codes, bits) : held(dtype, codes);
  return { name, dims, dtype, data } as NumericTensor;
}

/** Numbers as those of a type are: of one narrower than float32, which has no array of its own, a copy that is rounded to it. */
export function heldAs<T extends Numbers>(dtype: OnnxNumericType, numbers: T): T | Float32Array {
  const round = narrow[dtype];
  return round === undefined ? numbers : Float32Array.from(numbers, round);
}

/** Several in a byte, the first in its lowest bits. */
function packed(values: Numbers, bits: number): Uint8Array {
  const each = 8 / bits;
  const bytes = new Uint8Array(Math.ceil(values.length / each));
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor(i / each);
    bytes[at] = (bytes[at] ?? 0) | ((Math.round(values[i] ?? 0) & (2 ** bits - 1)) << (bits * (i % each)));
  }
  return bytes;
}

function held(dtype: OnnxNumericType, values: Numbers): NumericTensor['data'] {
  const own = packers[dtype];
  if (own !== undefined) return own(values);
  const { array } = dataTypes[dtype];
  return (array as unknown as { from(values: Numbers): NumericTensor['data'] }).from(values);
}

/** Types whose elements are not the numbers themselves. */
const packers: { readonly [T in OnnxNumericType]?: (values: Numbers) => NumericTensor['data'] } = {
  int64: (values) => BigInt64Array.from({ length: values.length }, (_, i) => whole(values[i] ?? 0)),
  uint64: (values) => BigUint64Array.from({ length: values.length }, (_, i) => whole(values[i] ?? 0)),
  float16: (values) => Uint16Array.from(values, toHalf),
  bfloat16: (values) => Uint16Array.from(values, toBrain),
  bool: (values) => Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
};

/** The number of a type that is nearest to one; of types without an array. */
const narrow: { readonly [T in OnnxNumericType]?: (value: number) => number } = {
  float16: (value) => fromHalf(toHalf(value)),
  bfloat16: (value) => fromBrain(toBrain(value)),
};

function whole(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The upper half of a float32, rounded to the nearest, of two that are equally near to the even one. */
function toBrain(value: number): number {
  single[0] = value;
  const bits = singleBits[0] ?? 0;
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function fromBrain(half: number): number {
  singleBits[0] = half << 16;
  return single[0] ?? 0;
}
