/** Tensors of any type ↔ those of onnxruntime, which holds 64-bit integers as bigints and float16 as bits. */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { dataTypes, type OnnxNumericType } from '../../../proto/onnx.ts';
import { NascentError } from '../../errors.ts';
import type { AnyTensor, Numbers } from '../any-tensor.ts';
import { fromHalf, toHalf } from '../../../proto/half.ts';
import type { Onnxruntime } from './load.ts';

/** Both packages of onnxruntime have this. */
export type TensorMaker = Pick<Onnxruntime, 'Tensor'>;

type Packed = OrtTensor['data'];

/** How the values of each type are packed; those that are missing, onnxruntime for Node has no tensors of. */
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

/** @throws NascentError 'onnx/unsupported' for a type that onnxruntime has no tensors of */
export function anyToOrt({ Tensor }: TensorMaker, { dtype, shape, data }: AnyTensor): OrtTensor {
  const pack = packers[dtype];
  if (pack === undefined) throw unsupported(dtype);
  // The packer is that of the type.
  return new Tensor(dtype as 'float32', pack(data) as Float32Array<ArrayBuffer>, shape);
}

/** What leaves is a copy. @throws NascentError 'onnx/unsupported' for strings, and for what no array here holds */
export function anyFromOrt({ type, dims, data }: OrtTensor): AnyTensor {
  const shape = [...dims];
  if (!isNumeric(type)) throw unsupported(type);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return { dtype: type, shape, data: Float64Array.from(data as BigInt64Array, Number) };
  }
  if (type === 'float16' && data instanceof Uint16Array) {
    return { dtype: type, shape, data: Float32Array.from(data, fromHalf) };
  }
  if (dataTypes[type].bits >= 8 && ArrayBuffer.isView(data)) {
    return { dtype: type, shape, data: data.slice() };
  }
  throw unsupported(type);
}

function isNumeric(type: string): type is OnnxNumericType {
  return Object.hasOwn(dataTypes, type);
}

function whole(data: Numbers, i: number): bigint {
  return BigInt(Math.trunc(data[i] ?? 0));
}

function unsupported(type: string): NascentError {
  return new NascentError('onnx/unsupported', `tensors of type ${type} cannot be given or taken`, {
    help: 'Cast the inputs and outputs of the model to a type of numbers that JavaScript has arrays of.',
  });
}
