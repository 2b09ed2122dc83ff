/** Elementwise ops on tfjs's CPU backend. */
import { broadcast } from '../../../graph/infer/rule.ts';
import { sizeOf } from '../../../graph/tensor.ts';
import type { OpName } from '../../../graph/attributes.ts';
import { erf, roundToEven } from '../../scalars.ts';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { operand, typeOf, type CpuKernel, type CpuOps } from './ops.ts';
import { broadcasting, emptyLike, rearranged, sameShape, type Values } from './walk.ts';

/** The shape that tensors broadcast to together. */
export function commonShape(...handles: readonly TensorInfo[]): number[] {
  // Device shapes are numbers throughout.
  return handles.reduce<number[]>((shape, handle) => broadcast(shape, handle.shape) as number[], []);
}

/**
 * A kernel of two operands, broadcast against each other. They are brought to one shape first: tfjs's kernels are
 * quick where the shapes are equal or an operand is a scalar, and very slow elsewhere.
 */
export function binary(tf: CpuOps, name: string, a: TensorInfo, b: TensorInfo): TensorInfo {
  const shape = commonShape(a, b);
  const spread = (x: TensorInfo): TensorInfo => {
    if (sameShape(x.shape, shape)) return x;
    if (sizeOf(x.shape) === 1) return tf.reshape(x, []);
    return tf.make(typeOf(x), shape, rearranged(tf.values(x), shape, broadcasting(x.shape, shape)));
  };
  return tf.call(name, { a: spread(a), b: spread(b) });
}

export function elementwiseKernels(tf: CpuOps) {
  const unary =
    <K extends OpName>(name: string): CpuKernel<K> =>
    () =>
    (inputs) => [tf.call(name, { x: operand(inputs, 0) })];
  const mapped =
    <K extends OpName>(f: (x: number) => number): CpuKernel<K> =>
    () =>
    (inputs) => {
      const x = operand(inputs, 0);
      return [tf.make('float32', x.shape, Float32Array.from(tf.values(x), f))];
    };
  const pairwise =
    <K extends OpName>(name: string): CpuKernel<K> =>
    () =>
    (inputs) => [binary(tf, name, operand(inputs, 0), operand(inputs, 1))];

  /** Values that broadcast to `shape`: element i of the result reads `data[i * step]`. */
  const spread = (x: TensorInfo, shape: readonly number[]): { data: Values; step: 0 | 1 } => {
    const data = tf.values(x);
    if (sizeOf(x.shape) === 1) return { data, step: 0 };
    if (sameShape(x.shape, shape)) return { data, step: 1 };
    return { data: rearranged(data, shape, broadcasting(x.shape, shape)), step: 1 };
  };

  return {
    Identity: unary<'Identity'>('Identity'),
    Neg: unary<'Neg'>('Neg'),
    Abs: unary<'Abs'>('Abs'),
    Exp: unary<'Exp'>('Exp'),
    Log: unary<'Log'>('Log'),
    Sqrt: unary<'Sqrt'>('Sqrt'),
    Reciprocal: unary<'Reciprocal'>('Reciprocal'),
    Relu: unary<'Relu'>('Relu'),
    Sigmoid: unary<'Sigmoid'>('Sigmoid'),
    Tanh: unary<'Tanh'>('Tanh'),
    // tfjs's own is an approximation that float32 can tell from the function.
    Erf: mapped<'Erf'>(erf),
    Sin: unary<'Sin'>('Sin'),
    Cos: unary<'Cos'>('Cos'),
    Atan: unary<'Atan'>('Atan'),
    Floor: unary<'Floor'>('Floor'),
    Round: mapped<'Round'>(roundToEven),
    Add: pairwise<'Add'>('Add'),
    Sub: pairwise<'Sub'>('Sub'),
    Mul: pairwise<'Mul'>('Multiply'),
    /** tfjs's own divides whole numbers in float32 on some backends. */
    Div: (() => (inputs) => {
      const [a, b] = [operand(inputs, 0), operand(inputs, 1)];
      if (typeOf(a) !== 'int64') return [binary(tf, 'RealDiv', a, b)];
      const shape = commonShape(a, b);
      const [over, under] = [spread(a, shape), spread(b, shape)];
      const y = new Int32Array(sizeOf(shape));
      for (let i = 0; i < y.length; i++) y[i] = over.data[i * over.step]! / under.data[i * under.step]!;
      return [tf.make('int64', shape, y)];
    }) satisfies CpuKernel<'Div'>,
    Pow: pairwise<'Pow'>('Pow'),
    Min: pairwise<'Min'>('Minimum'),
    Max: pairwise<'Max'>('Maximum'),
    Greater: pairwise<'Greater'>('Greater'),
    Less: pairwise<'Less'>('Less'),
    Equal: pairwise<'Equal'>('Equal'),
    Sum: (() => (inputs) => [tf.call('AddN', inputs)]) satisfies CpuKernel<'Sum'>,

    /** tfjs's kernel relabels where no precision is lost, and leaves a float32 tensor in an array of another kind. */
    Cast: (({ attributes: { to } }) =>
      (inputs) => {
        const x = operand(inputs, 0);
        const data = tf.values(x);
        const cast =
          to === 'float32'
            ? Float32Array.from(data)
            : to === 'int64'
              ? Int32Array.from(data)
              : Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
        return [tf.make(to, x.shape, cast)];
      }) satisfies CpuKernel<'Cast'>,

    /** tfjs's Select does not broadcast its branches. */
    Where: (() => (inputs) => {
      const [condition, a, b] = [operand(inputs, 0), operand(inputs, 1), operand(inputs, 2)];
      const shape = commonShape(condition, a, b);
      const [choice, yes, no] = [spread(condition, shape), spread(a, shape), spread(b, shape)];
      const y = emptyLike(yes.data, sizeOf(shape));
      for (let i = 0; i < y.length; i++) {
        y[i] = choice.data[i * choice.step] === 0 ? no.data[i * no.step]! : yes.data[i * yes.step]!;
      }
      return [tf.make(typeOf(a), shape, y)];
    }) satisfies CpuKernel<'Where'>,

    ReluGrad: (() => (inputs) => {
      const [dy, y] = [tf.values(operand(inputs, 0)), tf.values(operand(inputs, 1))];
      const dx = new Float32Array(dy.length);
      for (let i = 0; i < dx.length; i++) if (y[i]! > 0) dx[i] = dy[i]!;
      return [tf.make('float32', operand(inputs, 0).shape, dx)];
    }) satisfies CpuKernel<'ReluGrad'>,
  };
}
