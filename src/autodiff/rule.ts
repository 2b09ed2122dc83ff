/**
 * A vector–Jacobian rule: from the gradient of the loss with respect to a node's outputs to the gradient with respect
 * to its inputs, written in graph nodes.
 */
import type { OpName } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { known } from '../graph/infer/rule.ts';
import type { NodeOf, Value } from '../graph/types.ts';

/** Nothing flows back: the op is constant or integer-valued in that input. */
export type Gradient = Value | undefined;

export interface RuleContext<K extends OpName> {
  readonly b: GraphBuilder;
  readonly node: NodeOf<K>;
  readonly attributes: NodeOf<K>['attributes'];
  /** Input `i` of the node. */
  readonly x: (i: number) => Value;
  /** Output `i` of the node. */
  readonly y: (i?: number) => Value;
  /** Gradient for the first output; zeros where only another output has one. */
  readonly dy: Value;
  /** Gradient for output `i`, if any flows there. */
  readonly dyOf: (i: number) => Gradient;
  /** Whether anybody asks for the gradient of input `i`. A rule may skip what is not asked for. */
  readonly needs: (i: number) => boolean;
}

/** One gradient an input; `undefined` where none flows. */
export type Rule<K extends OpName> = (context: RuleContext<K>) => readonly Gradient[];

/** The shape of a value in numbers: gradients are built for a known batch. */
export function shapeOf(value: Value): number[] {
  return value.type.shape.map((dim) => known(dim, `the shape of "${value.name}"`));
}

export function sizeOfValue(value: Value): number {
  return shapeOf(value).reduce((product, dim) => product * dim, 1);
}

/** `gradient` summed over the axes along which a value of the shape `shape` was broadcast. */
export function sumTo(b: GraphBuilder, gradient: Value, shape: readonly number[]): Value {
  const from = shapeOf(gradient);
  const offset = from.length - shape.length;
  const axes = from.flatMap((dim, axis) => {
    const target = axis < offset ? 1 : (shape[axis - offset] ?? 1);
    return axis < offset || (target === 1 && dim !== 1) ? [axis] : [];
  });
  if (axes.length === 0) return gradient;
  const summed = b.op('ReduceSum', [gradient], { axes, keepdims: 1 });
  return offset === 0 ? summed : b.op('Reshape', [summed], { shape });
}

/** `value` with its last two axes exchanged. */
export function transposed(b: GraphBuilder, value: Value): Value {
  const rank = value.type.shape.length;
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  perm[rank - 2] = rank - 1;
  perm[rank - 1] = rank - 2;
  return b.op('Transpose', [value], { perm });
}

export function scaled(b: GraphBuilder, value: Value, factor: number): Value {
  return factor === 1 ? value : b.op('Mul', [value, b.constant(factor)]);
}
