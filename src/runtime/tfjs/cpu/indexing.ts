/** Reading and writing at positions that are themselves data: on the CPU backend, they are there to be read. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { NascentError } from '../../../errors.ts';
import { axisOf } from '../../../graph/infer/rule.ts';
import { sizeOf, stridesOf } from '../../../graph/tensor.ts';
import { operand, typeOf, type CpuKernel, type CpuOps } from './ops.ts';
import { around, emptyLike, rearranged } from './walk.ts';

export function indexingKernels(tf: CpuOps) {
  /** Where in x each entry of `indices` points: its own place, but for the axis, which the entry gives. */
  const elementPositions = (op: string, x: TensorInfo, indices: TensorInfo, axis: number): Int32Array => {
    const along = axisOf(axis, x.shape.length);
    const strides = stridesOf(x.shape);
    const [step, extent] = [strides[along] ?? 1, x.shape[along] ?? 1];
    const every = Int32Array.from({ length: sizeOf(x.shape) }, (_, i) => i);
    const places = rearranged(every, indices.shape, { start: 0, strides: strides.with(along, 0) });
    const entries = tf.values(indices);
    return Int32Array.from(places, (place, i) => place + wrap(op, entries[i]!, extent) * step);
  };

  return {
    Gather: (({ attributes }) =>
      (inputs) => {
        const [x, indices] = [operand(inputs, 0), operand(inputs, 1)];
        const { outer, extent, inner } = around(x.shape, attributes.axis);
        const along = axisOf(attributes.axis, x.shape.length);
        const shape = [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)];
        const data = tf.values(x);
        const y = emptyLike(data, sizeOf(shape));
        let to = 0;
        for (let i = 0; i < outer; i++) {
          for (const index of tf.values(indices)) {
            const from = (i * extent + wrap('Gather', index, extent)) * inner;
            y.set(data.subarray(from, from + inner), to);
            to += inner;
          }
        }
        return [tf.make(typeOf(x), shape, y)];
      }) satisfies CpuKernel<'Gather'>,

    GatherElements: (({ attributes }) =>
      (inputs) => {
        const [x, indices] = [operand(inputs, 0), operand(inputs, 1)];
        const from = elementPositions('GatherElements', x, indices, attributes.axis);
        const data = tf.values(x);
        const y = emptyLike(data, from.length);
        for (let i = 0; i < y.length; i++) y[i] = data[from[i]!]!;
        return [tf.make(typeOf(x), indices.shape, y)];
      }) satisfies CpuKernel<'GatherElements'>,

    ScatterElements: (({ attributes: { axis, reduction } }) =>
      (inputs) => {
        const [x, indices] = [operand(inputs, 0), operand(inputs, 1)];
        const to = elementPositions('ScatterElements', x, indices, axis);
        const updates = tf.values(operand(inputs, 2));
        const y = tf.values(x).slice();
        for (let i = 0; i < to.length; i++) {
          y[to[i]!] = reduction === 'add' ? y[to[i]!]! + updates[i]! : updates[i]!;
        }
        return [tf.make(typeOf(x), x.shape, y)];
      }) satisfies CpuKernel<'ScatterElements'>,

    /** A class outside −depth … depth − 1 has no 1 anywhere. */
    OneHot: (({ attributes: { depth } }) =>
      (inputs) => {
        const classes = operand(inputs, 0);
        const y = new Float32Array(sizeOf(classes.shape) * depth);
        tf.values(classes).forEach((index, i) => {
          const hot = index < 0 ? index + depth : index;
          if (hot >= 0 && hot < depth) y[i * depth + hot] = 1;
        });
        return [tf.make('float32', [...classes.shape, depth], y)];
      }) satisfies CpuKernel<'OneHot'>,
  };
}

/** Negative indices count from the back. */
function wrap(op: string, index: number, extent: number): number {
  const wrapped = index < 0 ? index + extent : index;
  if (wrapped < 0 || wrapped >= extent) {
    throw new NascentError('input/invalid', `${op}: index ${index} is outside an axis of ${extent}`, {
      help: `Use an index from ${-extent} to ${extent - 1}.`,
    });
  }
  return wrapped;
}
