/** Matrix products, reductions and softmax on tfjs's CPU backend. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { axisOf } from '../../../graph/infer/rule.ts';
import { sizeOf } from '../../../graph/tensor.ts';
import { memoryAxis } from '../layout.ts';
import { operand, type CpuKernel, type CpuOps } from './ops.ts';
import { binary, commonShape } from './elementwise.ts';
import { broadcasting, rearranged, sameShape } from './walk.ts';

type Reduction = 'Sum' | 'Mean' | 'Max';

/** What nothing is reduced to. */
const ofNothing: Readonly<Record<Reduction, number>> = { Sum: 0, Mean: NaN, Max: -Infinity };

export function linearKernels(tf: CpuOps) {
  /** x with `axes` last, in their own order. tfjs's reductions do the same, with its slow transpose. */
  const innermost = (x: TensorInfo, axes: readonly number[]): TensorInfo => {
    const order = x.shape.map((_, axis) => axis);
    const moved = [...order.filter((axis) => !axes.includes(axis)), ...axes];
    return sameShape(order, moved) ? x : tf.transpose(x, moved);
  };

  /** Reduces memory axes `axes`, leaving 1s in their place or nothing. */
  const reduced = (name: Reduction, x: TensorInfo, axes: readonly number[], keep: boolean): TensorInfo => {
    const shape = x.shape.flatMap((extent, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [extent]));
    // Of nothing, kernels in WebAssembly leave what was in memory before.
    if (sizeOf(x.shape) === 0) {
      return tf.make('float32', shape, new Float32Array(sizeOf(shape)).fill(ofNothing[name]));
    }
    const last = axes.map((_, i) => x.shape.length - axes.length + i);
    const options = name === 'Max' ? { reductionIndices: last } : { axis: last };
    const ordered = axes.toSorted((a, b) => a - b);
    const y = tf.call(name, { x: innermost(x, ordered) }, { ...options, keepDims: false });
    return keep ? tf.reshape(y, shape) : y;
  };

  const reduce =
    <K extends 'ReduceSum' | 'ReduceMean' | 'ReduceMax'>(name: Reduction): CpuKernel<K> =>
    ({ node, attributes, inputLayouts }) => {
      const rank = node.inputs[0]?.type.shape.length ?? 0;
      const axes = attributes.axes.map((axis) => memoryAxis(axis, inputLayouts[0] ?? 'plain', rank));
      return (inputs) => [reduced(name, operand(inputs, 0), axes, attributes.keepdims === 1)];
    };

  /** x less its largest, and the sum of its exponentials, along an axis: no exponential overflows. */
  const shifted = (x: TensorInfo, axis: number) => {
    const axes = [axisOf(axis, x.shape.length)];
    const below = binary(tf, 'Sub', x, reduced('Max', x, axes, true));
    const exponentials = tf.call('Exp', { x: below });
    return { below, exponentials, total: reduced('Sum', exponentials, axes, true) };
  };

  /** A stack of matrices, with its batch axes brought to `batch`. tfjs's kernel cycles through a smaller batch. */
  const stacked = (x: TensorInfo, batch: readonly number[]): TensorInfo => {
    const own = sizeOf(x.shape.slice(0, -2));
    if (own === 1 || own === sizeOf(batch)) return x;
    const shape = [...batch, ...x.shape.slice(-2)];
    return tf.make('float32', shape, rearranged(tf.values(x), shape, broadcasting(x.shape, shape)));
  };
  /** Matrices [batch, n, k] and [batch, k, m], each turned over first where that is said. */
  const product = (a: TensorInfo, b: TensorInfo, transposeA = false, transposeB = false): TensorInfo => {
    if (sizeOf(a.shape) > 0 && sizeOf(b.shape) > 0) {
      return tf.call('BatchMatMul', { a, b }, { transposeA, transposeB });
    }
    const [rows, columns] = [a.shape.at(transposeA ? -1 : -2) ?? 0, b.shape.at(transposeB ? -2 : -1) ?? 0];
    const shape = [...a.shape.slice(0, -2), rows, columns];
    return tf.make('float32', shape, new Float32Array(sizeOf(shape)));
  };
  const batchOf = (x: TensorInfo): TensorInfo => ({ ...x, shape: x.shape.slice(0, -2) });

  return {
    MatMul: (() => (inputs) => {
      const [a, b] = [operand(inputs, 0), operand(inputs, 1)];
      const batch = commonShape(batchOf(a), batchOf(b));
      return [product(stacked(a, batch), stacked(b, batch))];
    }) satisfies CpuKernel<'MatMul'>,

    Gemm: (({ attributes: { alpha, beta, transA, transB } }) => {
      const times = (x: TensorInfo, factor: number) =>
        factor === 1 ? x : binary(tf, 'Multiply', x, tf.make('float32', [], Float32Array.of(factor)));
      return (inputs) => {
        const [a, b, c] = [operand(inputs, 0), operand(inputs, 1), inputs[2]];
        const scaled = times(product(a, b, transA === 1, transB === 1), alpha);
        return [c === undefined ? scaled : binary(tf, 'Add', scaled, times(c, beta))];
      };
    }) satisfies CpuKernel<'Gemm'>,

    ReduceSum: reduce<'ReduceSum'>('Sum'),
    ReduceMean: reduce<'ReduceMean'>('Mean'),
    ReduceMax: reduce<'ReduceMax'>('Max'),

    ArgMax: (({ attributes }) =>
      (inputs) => {
        const x = operand(inputs, 0);
        const along = axisOf(attributes.axis, x.shape.length);
        const found = tf.call('ArgMax', { x: innermost(x, [along]) }, { axis: x.shape.length - 1 });
        return [attributes.keepdims === 1 ? tf.reshape(found, x.shape.with(along, 1)) : found];
      }) satisfies CpuKernel<'ArgMax'>,

    /** tfjs's kernel takes only the last axis; its parts take any. */
    Softmax: (({ attributes }) =>
      (inputs) => {
        const { exponentials, total } = shifted(operand(inputs, 0), attributes.axis);
        return [binary(tf, 'RealDiv', exponentials, total)];
      }) satisfies CpuKernel<'Softmax'>,

    LogSoftmax: (({ attributes }) =>
      (inputs) => {
        const { below, total } = shifted(operand(inputs, 0), attributes.axis);
        return [binary(tf, 'Sub', below, tf.call('Log', { x: total }))];
      }) satisfies CpuKernel<'LogSoftmax'>,
  };
}
