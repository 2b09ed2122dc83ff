/**
 * Tensors of a model file: of any element type that ONNX has, their values as plain numbers, whatever the file or a
 * library packs them into. A tensor of a graph is one, too.
 */
import type { OnnxNumericType } from '../../proto/onnx.ts';

/** Arrays that hold plain numbers. */
export type Numbers =
  Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

/** Values in row-major order; an int64 beyond 2⁵³ is rounded. */
export interface AnyTensor {
  readonly dtype: OnnxNumericType;
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/** By name: what a model is fed, and what it gives. */
export type AnyTensors = ReadonlyMap<string, AnyTensor>;

/** `float32[1, 3, 32, 32]`. */
export function showTensor({ dtype, shape }: Pick<AnyTensor, 'dtype' | 'shape'>): string {
  return `${dtype}[${shape.join(', ')}]`;
}

/** Whether values of the type have a fraction, and are rounded. */
export function isFloat(dtype: OnnxNumericType): boolean {
  return dtype.startsWith('float') || dtype === 'bfloat16';
}
