/** The kinds of attribute by their numbers in the format: AttributeProto.AttributeType. */
import type { OnnxAttributeKind } from './types.ts';

const kinds: readonly (OnnxAttributeKind | undefined)[] = [
  undefined,
  'float',
  'int',
  'string',
  'tensor',
  'graph',
  'floats',
  'ints',
  'strings',
  'tensors',
  'graphs',
  'sparse-tensor',
  'sparse-tensors',
  'type',
  'types',
];

export function attributeKindOf(code: number): OnnxAttributeKind | undefined {
  return kinds[code];
}
