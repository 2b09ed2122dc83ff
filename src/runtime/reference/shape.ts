/** Ops that move elements without changing them. */
import { NascentError } from '../../errors.ts';
import { sliceRange } from '../../graph/infer/shape.ts';
import { sizeOf, stridesOf } from '../../graph/tensor.ts';
import { casts, pick } from './elementwise.ts';
import {
  around,
  axisFromFront,
  broadcastPositions,
  emptyLike,
  operand,
  outputShape,
  positions,
  type Kernel,
  type Kernels,
} from './kernel.ts';

type Renaming = 'Reshape' | 'Flatten' | 'Squeeze' | 'Unsqueeze';
type Moving = 'Constant' | 'Transpose' | 'Expand' | 'Concat' | 'Split' | 'Slice' | 'Pad';

/** The elements stay where they are; only the shape is new. */
const renamed: Kernel<Renaming> = (inputs) => [operand(inputs, 0).data];

export const shapeOps: Kernels<Renaming | Moving> = {
  Reshape: renamed,
  Flatten: renamed,
  Squeeze: renamed,
  Unsqueeze: renamed,

  Constant: (_, { dtype, values }) => [casts[dtype](values)],

  Transpose: (inputs, { perm }, shapes) => {
    const x = operand(inputs, 0);
    const strides = stridesOf(x.shape);
    const moved = perm.map((axis) => strides[axis] ?? 0);
    return [pick(x.data, positions(outputShape(shapes), moved))];
  },

  Expand: (inputs, _, shapes) => {
    const x = operand(inputs, 0);
    return [pick(x.data, broadcastPositions(x.shape, outputShape(shapes)))];
  },

  Concat: (inputs, { axis }, shapes) => {
    const y = emptyLike(operand(inputs, 0).data, sizeOf(outputShape(shapes)));
    const whole = around(outputShape(shapes), axis);
    let before = 0;
    for (const { shape, data } of inputs) {
      const { outer, extent, inner } = around(shape, axis);
      const block = extent * inner;
      for (let i = 0; i < outer; i++) {
        const to = (i * whole.extent + before) * inner;
        for (let j = 0; j < block; j++) y[to + j] = data[i * block + j]!;
      }
      before += extent;
    }
    return [y];
  },

  Split: (inputs, { axis }, shapes) => {
    const x = operand(inputs, 0);
    const { extent } = around(x.shape, axis);
    let before = 0;
    return shapes.map((shape) => {
      const part = around(shape, axis);
      const strides = [extent * part.inner, part.inner, 1];
      const from = positions([part.outer, part.extent, part.inner], strides, before * part.inner);
      before += part.extent;
      return pick(x.data, from);
    });
  },

  Slice: (inputs, { starts, ends, axes, steps }, shapes) => {
    const x = operand(inputs, 0);
    const strides = stridesOf(x.shape);
    let first = 0;
    axes.forEach((axis, i) => {
      const along = axisFromFront(axis, x.shape.length);
      const step = steps[i] ?? 1;
      const extent = x.shape[along] ?? 1;
      const end = ends[i] ?? 0;
      const last = typeof end === 'number' ? end : extent;
      const { start, count } = sliceRange(extent, starts[i] ?? 0, last, step);
      const taken = outputShape(shapes)[along] ?? 0;
      if (taken > count || taken < 0) {
        throw new NascentError('input/invalid', `a slice takes ${taken} of an axis of ${extent}`, {
          help: 'Give the model a shorter input: it looks something up by position.',
        });
      }
      first += start * (strides[along] ?? 0);
      strides[along] = step * (strides[along] ?? 0);
    });
    return [pick(x.data, positions(outputShape(shapes), strides, first))];
  },

  Pad: (inputs, { pads, value }, shapes) => {
    const x = operand(inputs, 0);
    const strides = stridesOf(outputShape(shapes));
    const first = strides.reduce((offset, stride, axis) => offset + stride * (pads[axis] ?? 0), 0);
    const to = positions(x.shape, strides, first);
    const y = emptyLike(x.data, sizeOf(outputShape(shapes))).fill(value);
    for (let i = 0; i < to.length; i++) y[to[i]!] = x.data[i]!;
    return [y];
  },
};
