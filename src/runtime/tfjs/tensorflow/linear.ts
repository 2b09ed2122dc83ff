/** Matrix products, reductions and softmax in TensorFlow. */
import { axisOf } from '../../../graph/infer/rule.ts';
import { memoryAxis } from '../layout.ts';
import type { TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';

export function linearKernels(tf: TensorFlowOps) {
  const reduce =
    <K extends 'ReduceSum' | 'ReduceMean' | 'ReduceMax'>(name: string): TensorFlowKernel<K> =>
    ({ node, attributes, inputLayouts }) => {
      const rank = node.inputs[0]?.type.shape.length ?? 0;
      const axes = tf.ints(attributes.axes.map((axis) => memoryAxis(axis, inputLayouts[0] ?? 'plain', rank)));
      const keep = [tf.bool('keep_dims', attributes.keepdims === 1)];
      return (inputs) => [tf.call(name, keep, [...inputs, axes])];
    };

  /** TensorFlow's softmax is along the last axis; another axis is brought there and back. */
  const alongAxis =
    <K extends 'Softmax' | 'LogSoftmax'>(name: string): TensorFlowKernel<K> =>
    ({ node, attributes }) => {
      const rank = node.inputs[0]?.type.shape.length ?? 0;
      const axis = axisOf(attributes.axis, rank);
      if (axis === rank - 1) return (inputs) => [tf.call(name, [], inputs)];
      const order = Array.from({ length: rank }, (_, i) => i);
      order[axis] = rank - 1;
      order[rank - 1] = axis;
      const swap = tf.ints(order);
      return (inputs) => [
        tf.call('Transpose', [], [tf.call(name, [], [tf.call('Transpose', [], [...inputs, swap])]), swap]),
      ];
    };

  return {
    MatMul: (({ node }) => {
      const [left, right] = node.inputs.map((input) => input.type.shape.length);
      if (right !== 2) return (inputs) => [tf.call('BatchMatMulV2', [], inputs)];
      if (left === 2) return (inputs) => [tf.call('MatMul', [], inputs)];
      // One matrix for the whole batch: its rows are one tall matrix.
      return (inputs) => {
        const [a, b] = inputs as [TensorHandle, TensorHandle];
        const tall = tf.reshape(a, [-1, a.shape.at(-1) ?? 1]);
        const shape = [...a.shape.slice(0, -1), b.shape[1] ?? 1];
        return [tf.reshape(tf.call('MatMul', [], [tall, b]), shape)];
      };
    }) satisfies TensorFlowKernel<'MatMul'>,
    Gemm: (({ node, attributes }) => {
      const { alpha, beta, transA, transB } = attributes;
      const transposes = [tf.bool('transpose_a', transA === 1), tf.bool('transpose_b', transB === 1)];
      const times = (value: TensorHandle, factor: number) =>
        factor === 1 ? value : tf.call('Mul', [], [value, tf.floats([factor])]);
      // The product is nobody's yet: what is added may go into its memory.
      const [y, c] = [node.outputs[0], node.inputs[2]].map((value) => value?.type.shape.join() ?? '');
      const fits = tf.native && (c === y || c === y?.split(',').at(-1));
      const sum = (list: readonly TensorHandle[]) => tf.call(fits ? 'NascentAddInto' : 'AddV2', [], list);
      return (inputs) => {
        const [a, b, c] = inputs;
        const product = times(tf.call('MatMul', transposes, [a as TensorHandle, b as TensorHandle]), alpha);
        return [c === undefined ? product : sum([product, times(c, beta)])];
      };
    }) satisfies TensorFlowKernel<'Gemm'>,
    ReduceSum: reduce<'ReduceSum'>('Sum'),
    ReduceMean: reduce<'ReduceMean'>('Mean'),
    ReduceMax: reduce<'ReduceMax'>('Max'),
    ArgMax: (({ node, attributes }) => {
      const rank = node.inputs[0]?.type.shape.length ?? 0;
      const axis = tf.ints([axisOf(attributes.axis, rank)], []);
      const type = [tf.type('output_type', 'int64')];
      const expand = (value: TensorHandle) => tf.call('ExpandDims', [], [value, axis]);
      return (inputs) => {
        const positions = tf.call('ArgMax', type, [...inputs, axis]);
        return [attributes.keepdims === 1 ? expand(positions) : positions];
      };
    }) satisfies TensorFlowKernel<'ArgMax'>,
    Softmax: alongAxis<'Softmax'>('Softmax'),
    LogSoftmax: alongAxis<'LogSoftmax'>('LogSoftmax'),
  };
}
