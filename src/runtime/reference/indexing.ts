/** Reading and writing at positions that are themselves data. */
import { NascentError } from '../../errors.ts';
import { sizeOf, stridesOf, type Tensor } from '../../graph/tensor.ts';
import { around, axisFromFront, emptyLike, operand, outputShape, positions, type Kernels } from './kernel.ts';

export const indexing: Kernels<'Gather' | 'GatherElements' | 'ScatterElements' | 'OneHot'> = {
  Gather: (inputs, { axis }, shapes) => {
    const [x, indices] = [operand(inputs, 0), operand(inputs, 1)];
    const { outer, extent, inner } = around(x.shape, axis);
    const y = emptyLike(x.data, sizeOf(outputShape(shapes)));
    let to = 0;
    for (let i = 0; i < outer; i++) {
      for (const index of indices.data) {
        const from = (i * extent + wrap('Gather', index, extent)) * inner;
        for (let j = 0; j < inner; j++) y[to++] = x.data[from + j]!;
      }
    }
    return [y];
  },

  GatherElements: (inputs, { axis }) => {
    const [x, indices] = [operand(inputs, 0), operand(inputs, 1)];
    const from = elementPositions('GatherElements', x, indices, axis);
    const y = emptyLike(x.data, from.length);
    for (let i = 0; i < y.length; i++) y[i] = x.data[from[i]!]!;
    return [y];
  },

  ScatterElements: (inputs, { axis, reduction }) => {
    const [x, indices] = [operand(inputs, 0), operand(inputs, 1)];
    const to = elementPositions('ScatterElements', x, indices, axis);
    const updates = operand(inputs, 2).data;
    const y = x.data.slice();
    for (let i = 0; i < to.length; i++) {
      y[to[i]!] = reduction === 'add' ? y[to[i]!]! + updates[i]! : updates[i]!;
    }
    return [y];
  },

  /** A class outside −depth … depth − 1 has no 1 anywhere. */
  OneHot: (inputs, { depth }) => {
    const classes = operand(inputs, 0).data;
    const y = new Float64Array(classes.length * depth);
    classes.forEach((index, i) => {
      const hot = index < 0 ? index + depth : index;
      if (hot >= 0 && hot < depth) y[i * depth + hot] = 1;
    });
    return [y];
  },
};

/** Where in x each entry of `indices` points: its own place, but for the axis, which the entry gives. */
function elementPositions(op: string, x: Tensor, indices: Tensor, axis: number): Int32Array {
  const along = axisFromFront(axis, x.shape.length);
  const strides = stridesOf(x.shape);
  const step = strides[along] ?? 1;
  const extent = x.shape[along] ?? 1;
  const places = positions(
    indices.shape,
    strides.map((stride, i) => (i === along ? 0 : stride)),
  );
  return places.map((place, i) => place + wrap(op, indices.data[i]!, extent) * step);
}

/** Negative indices count from the back. */
export function wrap(op: string, index: number, extent: number): number {
  const wrapped = index < 0 ? index + extent : index;
  if (wrapped < 0 || wrapped >= extent) {
    throw new NascentError('input/invalid', `${op}: index ${index} is outside an axis of ${extent}`, {
      help: `Use an index from ${-extent} to ${extent - 1}.`,
    });
  }
  return wrapped;
}
