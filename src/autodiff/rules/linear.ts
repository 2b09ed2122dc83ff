/** Rules of matrix products, reductions and softmax. */
import type { GraphBuilder } from '../../graph/builder.ts';
import { axisOf } from '../../graph/infer/rule.ts';
import type { Value } from '../../graph/types.ts';
import { scaled, shapeOf, sumTo, transposed, type Rule } from '../rule.ts';

interface Reduced {
  readonly axes: readonly number[];
  readonly keepdims: 0 | 1;
}

/** A reduced tensor with the lost axes put back as 1s. */
function restored(b: GraphBuilder, reduced: Value, like: Value, { axes, keepdims }: Reduced): Value {
  if (keepdims) return reduced;
  const shape = shapeOf(like);
  const gone = new Set(axes.map((axis) => axisOf(axis, shape.length)));
  return b.op('Reshape', [reduced], { shape: shape.map((dim, axis) => (gone.has(axis) ? 1 : dim)) });
}

function countOf(like: Value, axes: readonly number[]): number {
  const shape = shapeOf(like);
  return axes.reduce((product, axis) => product * (shape[axisOf(axis, shape.length)] ?? 1), 1);
}

export const linearRules = {
  MatMul: (({ b, dy, x, needs }) => [
    needs(0) ? sumTo(b, b.op('MatMul', [dy, transposed(b, x(1))]), shapeOf(x(0))) : undefined,
    needs(1) ? sumTo(b, b.op('MatMul', [transposed(b, x(0)), dy]), shapeOf(x(1))) : undefined,
  ]) satisfies Rule<'MatMul'>,

  Gemm: (({ b, dy, x, needs, node, attributes }) => {
    const { alpha, beta, transA, transB } = attributes;
    const gemm = (p: Value, q: Value, left: boolean, right: boolean) =>
      b.op('Gemm', [p, q], { alpha, beta: 1, transA: left ? 1 : 0, transB: right ? 1 : 0 });
    return [
      needs(0)
        ? transA
          ? gemm(x(1), dy, transB === 1, true)
          : gemm(dy, x(1), false, transB === 0)
        : undefined,
      needs(1)
        ? transB
          ? gemm(dy, x(0), true, transA === 1)
          : gemm(x(0), dy, transA === 0, false)
        : undefined,
      node.inputs.length > 2 && needs(2) ? scaled(b, sumTo(b, dy, shapeOf(x(2))), beta) : undefined,
    ];
  }) satisfies Rule<'Gemm'>,

  ReduceSum: (({ b, dy, x, attributes }) => [
    b.op('Expand', [restored(b, dy, x(0), attributes)], { shape: shapeOf(x(0)) }),
  ]) satisfies Rule<'ReduceSum'>,

  ReduceMean: (({ b, dy, x, attributes }) => {
    const share = scaled(b, restored(b, dy, x(0), attributes), 1 / countOf(x(0), attributes.axes));
    return [b.op('Expand', [share], { shape: shapeOf(x(0)) })];
  }) satisfies Rule<'ReduceMean'>,

  /** Equal maxima share the gradient. */
  ReduceMax: (({ b, dy, x, y, attributes }) => {
    const isMax = b.op('Equal', [x(0), restored(b, y(), x(0), attributes)]);
    const mask = b.op('Cast', [isMax], { to: 'float32' });
    const count = b.op('ReduceSum', [mask], { axes: attributes.axes, keepdims: 1 });
    return [b.op('Mul', [mask, b.op('Div', [restored(b, dy, x(0), attributes), count])])];
  }) satisfies Rule<'ReduceMax'>,

  ArgMax: (() => []) satisfies Rule<'ArgMax'>,

  Softmax: (({ b, dy, y, attributes }) => {
    const weighted = b.op('Mul', [dy, y()]);
    const total = b.op('ReduceSum', [weighted], { axes: [attributes.axis], keepdims: 1 });
    return [b.op('Sub', [weighted, b.op('Mul', [y(), total])])];
  }) satisfies Rule<'Softmax'>,

  LogSoftmax: (({ b, dy, y, attributes }) => {
    const total = b.op('ReduceSum', [dy], { axes: [attributes.axis], keepdims: 1 });
    return [b.op('Sub', [dy, b.op('Mul', [b.op('Exp', [y()]), total])])];
  }) satisfies Rule<'LogSoftmax'>,
} as const;
