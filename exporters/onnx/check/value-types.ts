/**
 * Types of values as the table of ops writes them: `float32` of a tensor, `seq(float32)` of a sequence of such,
 * `optional(seq(float32))`, `map(int64:float32)`. What holds shapes is in `told-types.ts`.
 */
import { dataTypeOf, type OnnxDataType } from '../../../proto/data-type.ts';
import type { OnnxType } from '../../../proto/onnx.ts';

export type ValueType = string;
/** A type, where it is known. */
export type MaybeType = ValueType | undefined;

/** What a file tells of a type, but for its shape; undefined where the table has no name for it. */
export function valueTypeOf(type: OnnxType): ValueType | undefined {
  if (type.kind === 'tensor') return type.dtype;
  if (type.kind === 'map') {
    const value = valueTypeOf(type.value);
    return value && `map(${type.key}:${value})`;
  }
  if (type.kind !== 'sequence' && type.kind !== 'optional') return undefined;
  const element = valueTypeOf(type.element);
  return element && holding(type.kind === 'sequence' ? 'seq' : 'optional', element);
}

export function holding(what: 'seq' | 'optional', element: ValueType): ValueType {
  return `${what}(${element})`;
}

/** What a sequence or an optional holds; undefined of another type. */
export function heldBy(what: 'seq' | 'optional', type: ValueType): ValueType | undefined {
  return type.startsWith(`${what}(`) ? type.slice(what.length + 1, -1) : undefined;
}

const tensors: ReadonlyMap<ValueType, OnnxDataType> = new Map(
  Array.from({ length: 64 }, (_, code) => dataTypeOf(code)).flatMap((dtype) =>
    dtype === undefined ? [] : [[dtype, dtype]],
  ),
);

/** What the elements of a tensor are; undefined of another type. */
export function elementOf(type: ValueType | undefined): OnnxDataType | undefined {
  return type === undefined ? undefined : tensors.get(type);
}

/** A type, for people: what it holds is told in words. */
export function showValueType(type: ValueType): string {
  const [items, maybe] = [heldBy('seq', type), heldBy('optional', type)];
  if (items !== undefined) return `a sequence of ${showValueType(items)}`;
  const [, key, value] = /^map\((\w+):(.*)\)$/.exec(type) ?? [];
  if (key !== undefined && value !== undefined) return `a map from ${key} to ${showValueType(value)}`;
  return maybe === undefined ? type : `an optional of ${showValueType(maybe)}`;
}
