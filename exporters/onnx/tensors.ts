/** Tensors of ours ↔ tensors of a file. */
import type { OnnxDataType, OnnxTensor } from '../../proto/onnx.ts';
import { dataTypes } from '../../proto/onnx.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import type { DType } from '../../src/graph/types.ts';

/** Our element types have ONNX's names. */
export function dtypeOf(dtype: OnnxDataType): DType | undefined {
  return dtype === 'float32' || dtype === 'int64' || dtype === 'bool' ? dtype : undefined;
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
  if (tensor.dtype === 'float32' || tensor.dtype === 'bool') {
    return { dtype: tensor.dtype, shape, data: tensor.data };
  }
  if (tensor.dtype === 'int64') {
    const wide = tensor.data.find((value) => BigInt.asIntN(32, value) !== value);
    if (wide !== undefined) return `holds ${wide}, and integers are kept in 32 bits`;
    return { dtype: 'int64', shape, data: Int32Array.from(tensor.data, Number) };
  }
  return `is of type ${tensor.dtype}; float32, int64 and bool are supported`;
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
