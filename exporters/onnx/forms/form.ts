/**
 * An op's form: how its attributes stand in an ONNX node. `lower/` reads them.
 *
 * Some of our attributes are inputs there, always constant (`Reshape`'s shape, `Pad`'s pads). Those are called operands
 * here; they come after the inputs that are tensors in our graph.
 */
import type { OnnxAttribute, OnnxInteger } from '../../../proto/onnx.ts';
import type { OpAttributes, StandardOp } from '../../../src/graph/attributes.ts';
import type { DType, Node, TensorType } from '../../../src/graph/types.ts';

/** A constant input. */
export interface Operand {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

export interface Written {
  readonly attributes?: readonly OnnxAttribute[];
  readonly operands?: readonly Operand[];
}

export interface WriteContext {
  readonly inputs: readonly TensorType[];
  readonly opset: number;
}

export interface Form<K extends StandardOp> {
  readonly write: (attributes: OpAttributes[K], context: WriteContext) => Written;
}

/** The form of some op: what it writes are that op's attributes. */
export interface AnyForm {
  readonly write: (attributes: Node['attributes'], context: WriteContext) => Written;
}

type None = Readonly<Record<string, never>>;
type BareOp = { [K in StandardOp]: None extends OpAttributes[K] ? K : never }[StandardOp];

/** For ops without attributes. */
export function bare<K extends BareOp>(): Form<K> {
  return { write: () => ({}) };
}

export function int(name: string, value: OnnxInteger): OnnxAttribute {
  return { name, kind: 'int', value };
}

export function ints(name: string, value: readonly number[]): OnnxAttribute {
  return { name, kind: 'ints', value };
}

/** Rounded to what a file holds. */
export function float(name: string, value: number): OnnxAttribute {
  return { name, kind: 'float', value: Math.fround(value) };
}

export function string(name: string, value: string): OnnxAttribute {
  return { name, kind: 'string', value };
}

/** A vector of integers. */
export function vector(values: readonly number[]): Operand {
  return { dtype: 'int64', dims: [values.length], values };
}
