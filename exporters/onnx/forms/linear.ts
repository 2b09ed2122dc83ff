/** Matrix products, reductions and softmax. */
import type { StandardOp } from '../../../src/graph/attributes.ts';
import type { NodeReader } from '../node-reader.ts';
import { bare, float, int, ints, vector } from './form.ts';
import type { Form } from './form.ts';

type ReduceOp = 'ReduceSum' | 'ReduceMean' | 'ReduceMax';

/** Axes became an input at opset `since`; before, they were an attribute. */
function reduce<K extends ReduceOp>(since: number): Form<K> {
  return {
    tensors: 1,
    write: ({ axes, keepdims }, { opset }) =>
      opset >= since
        ? { attributes: [int('keepdims', keepdims)], operands: [vector(axes)] }
        : { attributes: [ints('axes', axes), int('keepdims', keepdims)] },
    read: (node) => {
      const keepdims = node.flag('keepdims', 1);
      const nothing = node.flag('noop_with_empty_axes', 0);
      const given = node.ints('axes') ?? node.operandInts(1, 'axes') ?? [];
      // No axes means all of them, unless the node says that it means none.
      const axes = given.length > 0 || nothing === 1 ? given : node.shape.map((_, axis) => axis);
      return { axes, keepdims };
    },
  };
}

function alongAxis<K extends 'Softmax' | 'LogSoftmax'>(): Form<K> {
  return {
    tensors: 1,
    write: ({ axis }) => ({ attributes: [int('axis', axis)] }),
    read: (node: NodeReader) => ({ axis: node.int('axis', -1) }),
  };
}

export const linear = {
  MatMul: bare<'MatMul'>(2),
  Gemm: {
    tensors: 3,
    write: ({ alpha, beta, transA, transB }) => ({
      attributes: [float('alpha', alpha), float('beta', beta), int('transA', transA), int('transB', transB)],
    }),
    read: (node) => ({
      alpha: node.float('alpha', 1),
      beta: node.float('beta', 1),
      transA: node.flag('transA', 0),
      transB: node.flag('transB', 0),
    }),
  },
  ReduceSum: reduce<'ReduceSum'>(13),
  ReduceMean: reduce<'ReduceMean'>(18),
  ReduceMax: reduce<'ReduceMax'>(18),
  ArgMax: {
    tensors: 1,
    write: ({ axis, keepdims }) => ({ attributes: [int('axis', axis), int('keepdims', keepdims)] }),
    read: (node) => {
      node.only('select_last_index', 0);
      return { axis: node.int('axis', 0), keepdims: node.flag('keepdims', 1) };
    },
  },
  Softmax: alongAxis<'Softmax'>(),
  LogSoftmax: alongAxis<'LogSoftmax'>(),
} satisfies { [K in StandardOp]?: Form<K> };
