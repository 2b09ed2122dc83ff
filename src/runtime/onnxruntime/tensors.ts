/** Tensors of ours ↔ tensors of onnxruntime: int64 is held in 64 bits there, and in 32 here. */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { internal, NascentError } from '../../errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Onnxruntime } from './load.ts';

/** Shares the array where it can; for what outlives the call, pass `copy`. */
export function toOrt(ort: Onnxruntime, tensor: Tensor, copy: boolean = false): OrtTensor {
  const { dtype, shape, data } = tensor;
  switch (dtype) {
    case 'float32': {
      const single = data instanceof Float32Array && !copy ? data : Float32Array.from(data);
      return new ort.Tensor('float32', single, shape);
    }
    case 'int64': {
      const wide = new BigInt64Array(data.length);
      for (let i = 0; i < data.length; i++) wide[i] = BigInt(data[i] ?? 0);
      return new ort.Tensor('int64', wide, shape);
    }
    case 'bool':
      return new ort.Tensor('bool', Uint8Array.from(data), shape);
    default:
      throw internal(`no tensors of ${String(dtype)}`);
  }
}

/** Shares the array where it can; for what others must not change, pass `copy`. */
export function fromOrt(tensor: OrtTensor, copy: boolean = false): Tensor {
  const { type, dims: shape, data } = tensor;
  if (type === 'float32' && data instanceof Float32Array) {
    return { dtype: 'float32', shape, data: copy ? data.slice() : data };
  }
  if (type === 'int64' && data instanceof BigInt64Array) {
    const narrow = new Int32Array(data.length);
    data.forEach((value, i) => {
      narrow[i] = Number(value);
    });
    return { dtype: 'int64', shape, data: narrow };
  }
  if (type === 'bool' && data instanceof Uint8Array) {
    return { dtype: 'bool', shape, data: copy ? data.slice() : data };
  }
  throw new NascentError('onnx/unsupported', `a tensor of type ${type} came out of the model`, {
    help: 'float32, int64 and bool are supported: cast the output in the model.',
  });
}
