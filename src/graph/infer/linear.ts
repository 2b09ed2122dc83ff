/** Matrix products, reductions and softmax. */
import type { OpName } from '../attributes.ts';
import {
  at,
  axisOf,
  broadcast,
  float,
  ensure,
  requireRank,
  requireSameExtent,
  requireType,
  showShape,
  type OpDefinition,
} from './rule.ts';

type ReduceOp = 'ReduceSum' | 'ReduceMean' | 'ReduceMax';

function reduce<K extends ReduceOp>(): OpDefinition<K> {
  return {
    arity: [1, 1],
    infer: (inputs, { axes, keepdims }) => {
      const x = at(inputs, 0);
      requireType(x, 'float32', 'x');
      const gone = new Set(axes.map((axis) => axisOf(axis, x.shape.length)));
      ensure(gone.size === axes.length, `axes [${axes.join(', ')}] repeat`, 'Name each axis once.');
      const shape = keepdims
        ? x.shape.map((dim, axis) => (gone.has(axis) ? 1 : dim))
        : x.shape.filter((_, axis) => !gone.has(axis));
      return [float(shape)];
    },
  };
}

function alongAxis<K extends OpName & ('Softmax' | 'LogSoftmax')>(): OpDefinition<K> {
  return {
    arity: [1, 1],
    infer: (inputs, { axis }) => {
      requireType(at(inputs, 0), 'float32', 'x');
      axisOf(axis, at(inputs, 0).shape.length);
      return [at(inputs, 0)];
    },
  };
}

export const linear = {
  MatMul: {
    arity: [2, 2],
    infer: (inputs) => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      ensure(
        a.shape.length >= 2 && b.shape.length >= 2,
        'both operands must be matrices',
        'Reshape vectors.',
      );
      const [m, k] = a.shape.slice(-2);
      const [inner, n] = b.shape.slice(-2);
      requireSameExtent(
        k ?? 0,
        inner ?? 0,
        `${showShape(a.shape)} times ${showShape(b.shape)}: ${String(k)} meets ${String(inner)}`,
        'Columns of the left must equal rows of the right.',
      );
      return [float([...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), m ?? 0, n ?? 0])];
    },
  } satisfies OpDefinition<'MatMul'>,
  Gemm: {
    arity: [2, 3],
    infer: (inputs, { transA, transB }) => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      requireRank(a, 2, 'A');
      requireRank(b, 2, 'B');
      const [m, k] = transA ? a.shape.toReversed() : a.shape;
      const [inner, n] = transB ? b.shape.toReversed() : b.shape;
      requireSameExtent(
        k ?? 0,
        inner ?? 0,
        `A ${showShape(a.shape)} times B ${showShape(b.shape)}: ${String(k)} meets ${String(inner)}`,
        'Check transA and transB.',
      );
      const shape = [m ?? 0, n ?? 0];
      if (inputs.length > 2) {
        ensure(
          showShape(broadcast(at(inputs, 2).shape, shape)) === showShape(shape),
          `C ${showShape(at(inputs, 2).shape)} does not broadcast to ${showShape(shape)}`,
          'Give C the shape of the product, or a row of it.',
        );
      }
      return [float(shape)];
    },
  } satisfies OpDefinition<'Gemm'>,
  ReduceSum: reduce<'ReduceSum'>(),
  ReduceMean: reduce<'ReduceMean'>(),
  ReduceMax: reduce<'ReduceMax'>(),
  ArgMax: {
    arity: [1, 1],
    infer: (inputs, { axis, keepdims }) => {
      const x = at(inputs, 0);
      const along = axisOf(axis, x.shape.length);
      const shape = keepdims
        ? x.shape.map((dim, i) => (i === along ? 1 : dim))
        : x.shape.filter((_, i) => i !== along);
      return [{ dtype: 'int64', shape }];
    },
  } satisfies OpDefinition<'ArgMax'>,
  Softmax: alongAxis<'Softmax'>(),
  LogSoftmax: alongAxis<'LogSoftmax'>(),
};
