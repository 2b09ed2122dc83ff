/** Tensors of any type ↔ those of onnxruntime, which holds 64-bit integers as bigints and float16 as bits. */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { dataTypes, type OnnxNumericType } from '../../../proto/onnx.ts';
import { NascentError } from '../../errors.ts';
import type { AnyTensor } from '../any-tensor.ts';
import { packed, unpacked } from '../packed.ts';
import type { Onnxruntime } from './load.ts';

/** Both packages of onnxruntime have this. */
export type TensorMaker = Pick<Onnxruntime, 'Tensor'>;

/** @throws NascentError 'onnx/unsupported' for a type that onnxruntime has no tensors of */
export function anyToOrt({ Tensor }: TensorMaker, { dtype, shape, data }: AnyTensor): OrtTensor {
  const values = packed(dtype, data);
  if (values === undefined) throw unsupported(dtype);
  // The array is that of the type.
  return new Tensor(dtype as 'float32', values as Float32Array<ArrayBuffer>, shape);
}

/** What leaves is a copy. @throws NascentError 'onnx/unsupported' for strings, and for what no array here holds */
export function anyFromOrt({ type, dims, data }: OrtTensor): AnyTensor {
  if (isNumeric(type) && dataTypes[type].bits >= 8 && ArrayBuffer.isView(data)) {
    return { dtype: type, shape: [...dims], data: unpacked(type, data) };
  }
  throw unsupported(type);
}

function isNumeric(type: string): type is OnnxNumericType {
  return Object.hasOwn(dataTypes, type);
}

function unsupported(type: string): NascentError {
  return new NascentError('onnx/unsupported', `tensors of type ${type} cannot be given or taken`, {
    help: 'Cast the inputs and outputs of the model to a type of numbers that JavaScript has arrays of.',
  });
}
