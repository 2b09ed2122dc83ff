/** Types as a file tells them, beside those that its nodes give. */
import type { OnnxDataType, OnnxType } from '../../proto/onnx.ts';
import type { Dim } from '../../src/graph/types.ts';
import { showValueType, valueTypeOf } from './check/value-types.ts';

type TensorInfo = Pick<Extract<OnnxType, { readonly dtype: OnnxDataType }>, 'dtype' | 'shape'>;

/** Whether a type that a file tells can be that of a value; names of open extents say nothing. */
export function agrees(told: TensorInfo, dtype: OnnxDataType, shape: readonly Dim[]): boolean {
  return (
    told.dtype === dtype &&
    (told.shape === undefined ||
      (told.shape.length === shape.length &&
        told.shape.every(
          (dim, axis) => typeof dim !== 'number' || typeof shape[axis] !== 'number' || dim === shape[axis],
        )))
  );
}

export function typeText({ dtype, shape }: TensorInfo): string {
  if (shape === undefined) return `a tensor of ${dtype}`;
  return `${dtype}[${shape.map((dim) => dim ?? '?').join(', ')}]`;
}

export function saidText(type: OnnxType): string {
  return type.kind === 'tensor' ? typeText(type) : showValueType(valueTypeOf(type) ?? type.kind);
}

/** Where a sentence begins that tells of a value that is another. */
export function saidOf(name: string, type: OnnxType): string {
  return `"${name}" is said to be ${saidText(type)}`;
}
