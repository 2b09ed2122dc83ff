/** Matrix products, reductions and softmax. */
import type { StandardOp } from '../../../src/graph/attributes.ts';
import { bare, float, int, ints, vector } from './form.ts';
import type { Form } from './form.ts';

type ReduceOp = 'ReduceSum' | 'ReduceMean' | 'ReduceMax';

/** Axes became an input at opset `since`; before, they were an attribute. */
function reduce<K extends ReduceOp>(since: number): Form<K> {
  return {
    write: ({ axes, keepdims }, { opset }) =>
      opset >= since
        ? { attributes: [int('keepdims', keepdims)], operands: [vector(axes)] }
        : { attributes: [ints('axes', axes), int('keepdims', keepdims)] },
  };
}

function alongAxis<K extends 'Softmax' | 'LogSoftmax'>(): Form<K> {
  return {
    write: ({ axis }) => ({ attributes: [int('axis', axis)] }),
  };
}

export const linear = {
  MatMul: bare<'MatMul'>(),
  Gemm: {
    write: ({ alpha, beta, transA, transB }) => ({
      attributes: [float('alpha', alpha), float('beta', beta), int('transA', transA), int('transB', transB)],
    }),
  },
  ReduceSum: reduce<'ReduceSum'>(13),
  ReduceMean: reduce<'ReduceMean'>(18),
  ReduceMax: reduce<'ReduceMax'>(18),
  ArgMax: {
    write: ({ axis, keepdims }) => ({ attributes: [int('axis', axis), int('keepdims', keepdims)] }),
  },
  Softmax: alongAxis<'Softmax'>(),
  LogSoftmax: alongAxis<'LogSoftmax'>(),
} satisfies { [K in StandardOp]?: Form<K> };
