/** Elementwise ops: one output, shaped by broadcasting. */
import type { OpName } from '../attributes.ts';
import { at, broadcast, float, requireSameShape, requireType, ensure, type OpDefinition } from './rule.ts';

function unary<K extends OpName>(): OpDefinition<K> {
  return {
    arity: [1, 1],
    infer: (inputs) => {
      requireType(at(inputs, 0), 'float32', 'the operand');
      return [at(inputs, 0)];
    },
  };
}

/** Numbers of one kind; whole numbers stay whole. */
function arithmetic<K extends OpName>(): OpDefinition<K> {
  return {
    arity: [2, 2],
    infer: (inputs) => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      ensure(a.dtype === b.dtype, `operands are ${a.dtype} and ${b.dtype}`, 'Cast one of them.');
      ensure(a.dtype !== 'bool', 'the operands must be numbers, not bool', 'Cast the operands to float32.');
      return [{ dtype: a.dtype, shape: broadcast(a.shape, b.shape) }];
    },
  };
}

function binary<K extends OpName>(result: 'float32' | 'bool'): OpDefinition<K> {
  return {
    arity: [2, 2],
    infer: (inputs) => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      ensure(a.dtype === b.dtype, `operands are ${a.dtype} and ${b.dtype}`, 'Cast one of them.');
      if (result === 'float32') requireType(a, 'float32', 'the operands');
      return [{ dtype: result, shape: broadcast(a.shape, b.shape) }];
    },
  };
}

export const elementwise = {
  Identity: { arity: [1, 1], infer: (inputs) => [at(inputs, 0)] } satisfies OpDefinition<'Identity'>,
  Neg: unary<'Neg'>(),
  Abs: unary<'Abs'>(),
  Exp: unary<'Exp'>(),
  Log: unary<'Log'>(),
  Sqrt: unary<'Sqrt'>(),
  Reciprocal: unary<'Reciprocal'>(),
  Relu: unary<'Relu'>(),
  Sigmoid: unary<'Sigmoid'>(),
  Tanh: unary<'Tanh'>(),
  Erf: unary<'Erf'>(),
  Sin: unary<'Sin'>(),
  Cos: unary<'Cos'>(),
  Atan: unary<'Atan'>(),
  Floor: unary<'Floor'>(),
  Round: unary<'Round'>(),
  Cast: {
    arity: [1, 1],
    infer: (inputs, { to }) => [{ dtype: to, shape: at(inputs, 0).shape }],
  } satisfies OpDefinition<'Cast'>,
  Add: arithmetic<'Add'>(),
  Sub: arithmetic<'Sub'>(),
  Mul: arithmetic<'Mul'>(),
  Div: arithmetic<'Div'>(),
  Pow: binary<'Pow'>('float32'),
  Min: arithmetic<'Min'>(),
  Max: arithmetic<'Max'>(),
  Greater: binary<'Greater'>('bool'),
  Less: binary<'Less'>('bool'),
  Equal: binary<'Equal'>('bool'),
  Where: {
    arity: [3, 3],
    infer: (inputs) => {
      const [condition, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
      requireType(condition, 'bool', 'the condition');
      ensure(a.dtype === b.dtype, `the branches are ${a.dtype} and ${b.dtype}`, 'Cast one of them.');
      return [{ dtype: a.dtype, shape: broadcast(condition.shape, broadcast(a.shape, b.shape)) }];
    },
  } satisfies OpDefinition<'Where'>,
  Sum: {
    arity: [1, Infinity],
    infer: (inputs) => {
      for (const input of inputs) {
        requireType(input, 'float32', 'every term');
        requireSameShape(input, at(inputs, 0), 'the terms');
      }
      return [at(inputs, 0)];
    },
  } satisfies OpDefinition<'Sum'>,
  ReluGrad: sameShapes<'ReluGrad'>(),
  SigmoidGrad: sameShapes<'SigmoidGrad'>(),
  TanhGrad: sameShapes<'TanhGrad'>(),
  Dot: {
    arity: [2, 2],
    infer: (inputs) => {
      requireType(at(inputs, 0), 'float32', 'the operands');
      requireSameShape(at(inputs, 0), at(inputs, 1), 'the operands');
      return [float([])];
    },
  } satisfies OpDefinition<'Dot'>,
  SgdMomentum: {
    arity: [5, 5],
    infer: (inputs) => {
      const weight = at(inputs, 0);
      requireSameShape(weight, at(inputs, 1), 'a weight and its gradient');
      requireSameShape(weight, at(inputs, 2), 'a weight and its velocity');
      for (const [index, what] of [
        [3, 'rate'],
        [4, 'clip'],
      ] as const) {
        ensure(at(inputs, index).shape.length === 0, `${what} must be a scalar`, 'Pass a scalar.');
      }
      return [weight, weight];
    },
  } satisfies OpDefinition<'SgdMomentum'>,
};

function sameShapes<K extends OpName>(): OpDefinition<K> {
  return {
    arity: [2, 2],
    infer: (inputs) => {
      requireSameShape(at(inputs, 0), at(inputs, 1), 'the operands');
      return [at(inputs, 0)];
    },
  };
}
