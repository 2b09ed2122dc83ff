/**
 * Tensors whose elements are known when a file is read: operands (the shape of a Reshape), and what follows from
 * shapes. An element may be an open extent, or an expression in one.
 */
import type { OnnxTensor } from '../../proto/onnx.ts';
import type { GraphBuilder } from '../../src/graph/builder.ts';
import { sizeOf } from '../../src/graph/tensor.ts';
import type { DType, Dim, Value } from '../../src/graph/types.ts';
import { doublesOf, kindOf, shortestFloat } from './tensors.ts';

export interface Known {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly Dim[];
}

/** Beyond this it is data, and no operand. */
const largest = 65536;

/** What an initializer or a Constant holds; undefined where it is too large for an operand, or a text. */
export function knownOf(tensor: OnnxTensor): Known | undefined {
  const dtype = kindOf(tensor.dtype);
  const shape = tensor.dims;
  if (dtype === undefined || sizeOf(shape) > largest) return undefined;
  const data = Array.from(doublesOf(tensor), (value) =>
    tensor.dtype === 'float32' ? shortestFloat(value) : value,
  );
  return { dtype, shape, data };
}

export function vectorOf(data: readonly Dim[]): Known {
  return { dtype: 'int64', shape: [data.length], data };
}

export function numbersOf({ data }: Known): readonly number[] | undefined {
  return data.every((value) => typeof value === 'number') ? data : undefined;
}

/** As a tensor of the graph. What an open extent is, is counted when the graph runs. */
export function materialised(b: GraphBuilder, known: Known): Value {
  const { dtype, shape, data } = known;
  const values = numbersOf(known);
  if (values !== undefined) return b.op('Constant', [], { dtype, shape, values });
  const parts = data.map((value) =>
    typeof value === 'number'
      ? b.constant([value], [1])
      : b.op('Reshape', [counted(b, value)], { shape: [1] }),
  );
  const [only] = parts;
  const list = parts.length === 1 && only !== undefined ? only : b.op('Concat', parts, { axis: 0 });
  const shaped = b.op('Reshape', [list], { shape: [...shape] });
  return dtype === 'float32' ? shaped : b.op('Cast', [shaped], { to: dtype });
}

/** An open extent as a float32 scalar: as many ones, added up. */
function counted(b: GraphBuilder, extent: string): Value {
  const ones = b.op('Expand', [b.constant([1], [1])], { shape: [extent] });
  return b.op('ReduceSum', [ones], { axes: [0], keepdims: 0 });
}
