/**
 * The element types of ONNX tensors, and tensors themselves.
 *
 * What JavaScript has no array for is held as its bits: float16 and bfloat16 in a Uint16Array, 8-bit floats a byte an
 * element, 6-, 4- and 2-bit types packed as in the file, complex numbers as pairs.
 */

/**
 * `code` is ONNX's TensorProto.DataType; `bits` the size of an element; `array` what holds it; `field` where a file has
 * the elements that are not in `rawData`.
 */
export const dataTypes = {
  float32: { code: 1, bits: 32, array: Float32Array, field: 'floatData' },
  uint8: { code: 2, bits: 8, array: Uint8Array, field: 'int32Data' },
  int8: { code: 3, bits: 8, array: Int8Array, field: 'int32Data' },
  uint16: { code: 4, bits: 16, array: Uint16Array, field: 'int32Data' },
  int16: { code: 5, bits: 16, array: Int16Array, field: 'int32Data' },
  int32: { code: 6, bits: 32, array: Int32Array, field: 'int32Data' },
  int64: { code: 7, bits: 64, array: BigInt64Array, field: 'int64Data' },
  bool: { code: 9, bits: 8, array: Uint8Array, field: 'int32Data' },
  float16: { code: 10, bits: 16, array: Uint16Array, field: 'int32Data' },
  float64: { code: 11, bits: 64, array: Float64Array, field: 'doubleData' },
  uint32: { code: 12, bits: 32, array: Uint32Array, field: 'uint64Data' },
  uint64: { code: 13, bits: 64, array: BigUint64Array, field: 'uint64Data' },
  complex64: { code: 14, bits: 64, array: Float32Array, field: 'floatData' },
  complex128: { code: 15, bits: 128, array: Float64Array, field: 'doubleData' },
  bfloat16: { code: 16, bits: 16, array: Uint16Array, field: 'int32Data' },
  float8e4m3fn: { code: 17, bits: 8, array: Uint8Array, field: 'int32Data' },
  float8e4m3fnuz: { code: 18, bits: 8, array: Uint8Array, field: 'int32Data' },
  float8e5m2: { code: 19, bits: 8, array: Uint8Array, field: 'int32Data' },
  float8e5m2fnuz: { code: 20, bits: 8, array: Uint8Array, field: 'int32Data' },
  uint4: { code: 21, bits: 4, array: Uint8Array, field: 'int32Data' },
  int4: { code: 22, bits: 4, array: Uint8Array, field: 'int32Data' },
  float4e2m1: { code: 23, bits: 4, array: Uint8Array, field: 'int32Data' },
  float8e8m0: { code: 24, bits: 8, array: Uint8Array, field: 'int32Data' },
  uint2: { code: 25, bits: 2, array: Uint8Array, field: 'int32Data' },
  int2: { code: 26, bits: 2, array: Uint8Array, field: 'int32Data' },
  float6e2m3: { code: 27, bits: 6, array: Uint8Array, field: 'int32Data' },
  float6e3m2: { code: 28, bits: 6, array: Uint8Array, field: 'int32Data' },
} as const;

const stringCode = 8;

export type OnnxNumericType = keyof typeof dataTypes;
export type OnnxDataType = OnnxNumericType | 'string';

interface TensorBase {
  readonly name: string;
  readonly dims: readonly number[];
  readonly docString?: string;
  readonly metadata?: readonly (readonly [key: string, value: string])[];
  /** Its elements are in another file and could not be had: there are none here. */
  readonly missing?: true;
}

/** Elements are row-major. */
export type OnnxTensor =
  | {
      [T in OnnxNumericType]: TensorBase & {
        readonly dtype: T;
        readonly data: (typeof dataTypes)[T]['array']['prototype'];
      };
    }[OnnxNumericType]
  | StringTensor;

export interface StringTensor extends TensorBase {
  readonly dtype: 'string';
  readonly data: readonly string[];
}

export type NumericTensor = Exclude<OnnxTensor, StringTensor>;

export function codeOf(dtype: OnnxDataType): number {
  return dtype === 'string' ? stringCode : dataTypes[dtype].code;
}

const byCode = new Map<number, OnnxDataType>([[stringCode, 'string']]);
for (const [name, { code }] of Object.entries(dataTypes)) byCode.set(code, name as OnnxNumericType);

/** The element type of a code, if it is one we know. */
export function dataTypeOf(code: number): OnnxDataType | undefined {
  return byCode.get(code);
}

/** Bytes that `count` elements take, packed ones rounded up. */
export function byteLengthOf(dtype: OnnxNumericType, count: number): number {
  return Math.ceil((dataTypes[dtype].bits * count) / 8);
}

/** The bytes of a tensor's elements, as the file has them: little-endian, as is every platform onnxruntime runs on. */
export function bytesOf(data: NumericTensor['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
