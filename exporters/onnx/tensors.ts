/** Tensors of ours ↔ tensors of a file. */
import type { OnnxDataType, OnnxTensor } from '../../proto/onnx.ts';
import { fromHalf } from '../../proto/half.ts';
import { dataTypes } from '../../proto/onnx.ts';
import { fromExponent, fromSmallFloat, isSmallFloat } from '../../proto/small-float.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import type { DType } from '../../src/graph/types.ts';

/** What holds the elements of a type of ONNX here: three types are enough for the arithmetic. */
const kinds: { readonly [T in OnnxDataType]?: DType } = {
  float32: 'float32',
  float64: 'float32',
  float16: 'float32',
  bfloat16: 'float32',
  float8e4m3fn: 'float32',
  float8e4m3fnuz: 'float32',
  float8e5m2: 'float32',
  float8e5m2fnuz: 'float32',
  float8e8m0: 'float32',
  float4e2m1: 'float32',
  int64: 'int64',
  int32: 'int64',
  int16: 'int64',
  int8: 'int64',
  uint8: 'int64',
  uint16: 'int64',
  uint32: 'int64',
  uint64: 'int64',
  int4: 'int64',
  uint4: 'int64',
  int2: 'int64',
  uint2: 'int64',
  bool: 'bool',
};

/** The types of ONNX that can be read. */
export const readableTypes = Object.keys(kinds);

/** The type of ours that holds a type of ONNX; undefined where none does. */
/** Floats that a graph of ours holds as float32, and a file computes in with fewer digits. */
export type NarrowFloat = 'float16' | 'bfloat16';

export function isNarrow(dtype: OnnxDataType): dtype is NarrowFloat {
  return dtype === 'float16' || dtype === 'bfloat16';
}

export function kindOf(dtype: OnnxDataType): DType | undefined {
  return kinds[dtype];
}

/** Whole numbers of fewer than 32 bits, from least to most: what arithmetic wraps to and casts saturate at. */
const ranges: { readonly [T in OnnxDataType]?: readonly [number, number] } = {
  int16: [-32768, 32767],
  int8: [-128, 127],
  uint8: [0, 255],
  uint16: [0, 65535],
  int4: [-8, 7],
  uint4: [0, 15],
  int2: [-2, 1],
  uint2: [0, 3],
};

export function rangeOf(dtype: OnnxDataType): readonly [number, number] | undefined {
  return ranges[dtype];
}

export function dtypeCode(dtype: DType): number {
  return dataTypes[dtype].code;
}

/** Values beyond float32 are rounded to it. */
export function toOnnxTensor(
  name: string,
  dtype: DType,
  dims: readonly number[],
  values: ArrayLike<number>,
): OnnxTensor {
  switch (dtype) {
    case 'float32':
      return { name, dims, dtype, data: values instanceof Float32Array ? values : Float32Array.from(values) };
    case 'int64':
      return { name, dims, dtype, data: BigInt64Array.from(Array.from(values, BigInt)) };
    case 'bool':
      break;
  }
  return { name, dims, dtype, data: Uint8Array.from(values) };
}

/** The tensor as ours, or why it cannot be one: our int64 tensors hold 32 bits. */
export function fromOnnxTensor(tensor: OnnxTensor): Tensor | string {
  const { dims: shape } = tensor;
  const dtype = kindOf(tensor.dtype);
  if (dtype === undefined) return `is of type ${tensor.dtype}, which cannot be read`;
  if (tensor.dtype === 'float32' || tensor.dtype === 'bool' || tensor.dtype === 'float64') {
    return { dtype, shape, data: tensor.data };
  }
  if (tensor.dtype === 'float16' || tensor.dtype === 'bfloat16') {
    return { dtype, shape, data: floatsOf(tensor.dtype, tensor.data) };
  }
  if (dtype === 'float32') return { dtype, shape, data: doublesOf(tensor) };
  if (narrow.has(tensor.dtype)) return { dtype, shape, data: new Int32Array(tensor.data as Int32Array) };
  const values = doublesOf(tensor);
  const wide = values.findIndex((value) => (value | 0) !== value);
  // As it is in the file, which a number of JavaScript may not hold.
  if (wide >= 0) return `holds ${tensor.data[wide] ?? values[wide]}, and integers are kept in 32 bits`;
  return { dtype, shape, data: Int32Array.from(values) };
}

/** Whole numbers that 32 bits hold, an element each. */
const narrow: ReadonlySet<OnnxDataType> = new Set(['int32', 'int16', 'int8', 'uint16', 'uint8']);

/** All numbers of 16 bits, by their bits: a model has millions of such, and only 65,536 that differ. */
const tables: Partial<Record<'float16' | 'bfloat16', Float32Array>> = {};

function tableOf(dtype: 'float16' | 'bfloat16'): Float32Array {
  if (dtype === 'float16') return Float32Array.from({ length: 0x10000 }, (_, half) => fromHalf(half));
  return new Float32Array(Uint32Array.from({ length: 0x10000 }, (_, bits) => bits << 16).buffer);
}

/** Exact: float32 holds all of either. */
function floatsOf(dtype: 'float16' | 'bfloat16', bits: ArrayLike<number>): Float32Array {
  const table = (tables[dtype] ??= tableOf(dtype));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < values.length; i++) values[i] = table[bits[i] ?? 0] ?? 0;
  return values;
}

/** The elements of a tensor as numbers; beyond what a number holds exactly, clamped. */
export function doublesOf(tensor: OnnxTensor): Float64Array {
  if (tensor.dtype === 'string') return Float64Array.from(tensor.data, Number);
  if (tensor.dtype === 'int64' || tensor.dtype === 'uint64') return Float64Array.from(tensor.data, clamped);
  if (tensor.dtype === 'float16' || tensor.dtype === 'bfloat16') {
    return new Float64Array(floatsOf(tensor.dtype, tensor.data));
  }
  const { dtype } = tensor;
  if (dtype === 'float8e8m0') return Float64Array.from(tensor.data, fromExponent);
  const { bits } = dataTypes[dtype];
  const numberOf = isSmallFloat(dtype) ? (code: number) => fromSmallFloat(dtype, code) : undefined;
  if (bits >= 8)
    return numberOf === undefined ? new Float64Array(tensor.data) : Float64Array.from(tensor.data, numberOf);
  // Several in a byte, the first in its lowest bits.
  const { data } = tensor;
  const [each, mask] = [8 / bits, 2 ** bits - 1];
  const signed = dtype.startsWith('int');
  const count = tensor.dims.reduce((product, dim) => product * dim, 1);
  return Float64Array.from({ length: count }, (_, i) => {
    const value = ((data[Math.floor(i / each)] ?? 0) >> (bits * (i % each))) & mask;
    if (numberOf !== undefined) return numberOf(value);
    return signed && value > mask >> 1 ? value - mask - 1 : value;
  });
}

/** Beyond what a number holds exactly there is only "as far as it goes" (Slice to the end). */
function clamped(value: bigint): number {
  if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
  if (value < Number.MIN_SAFE_INTEGER) return Number.MIN_SAFE_INTEGER;
  return Number(value);
}

/**
 * The shortest decimal that rounds to the same float32: 1e-5 for the float nearest to it, not 9.99999974738e-6. So a
 * number that a person wrote comes back from a file as it was written.
 */
export function shortestFloat(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const single = Math.fround(value);
  for (let digits = 6; digits <= 9; digits++) {
    const candidate = Number(single.toPrecision(digits));
    if (Math.fround(candidate) === single) return candidate;
  }
  return single;
}
