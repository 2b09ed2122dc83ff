/** Ops that move elements, and indexing. */
import type { StandardOp } from '../../../src/graph/attributes.ts';
import { needed, Unreadable } from '../node-reader.ts';
import type { NodeReader } from '../node-reader.ts';
import { shortestFloat } from '../tensors.ts';
import { int, ints, string, vector } from './form.ts';
import type { Form } from './form.ts';

export const shape = {
  Transpose: {
    tensors: 1,
    write: ({ perm }) => ({ attributes: [ints('perm', perm)] }),
    read: (node) => ({ perm: node.ints('perm') ?? node.shape.map((_, axis) => axis).toReversed() }),
  },
  Reshape: {
    tensors: 1,
    write: ({ shape }) => ({ operands: [vector(shape)] }),
    read: (node) => {
      node.only('allowzero', 0);
      return { shape: needed(node.operandInts(1, 'shape'), 'shape') };
    },
  },
  Flatten: {
    tensors: 1,
    write: ({ axis }) => ({ attributes: [int('axis', axis)] }),
    read: (node) => ({ axis: node.int('axis', 1) }),
  },
  Expand: {
    tensors: 1,
    write: ({ shape }) => ({ operands: [vector(shape)] }),
    read: (node) => ({ shape: needed(node.operandInts(1, 'shape'), 'shape') }),
  },
  Squeeze: {
    tensors: 1,
    write: ({ axes }) => ({ operands: [vector(axes)] }),
    // Without axes, every extent of 1 goes.
    read: (node) => ({
      axes: node.operandInts(1, 'axes') ?? node.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : [])),
    }),
  },
  Unsqueeze: {
    tensors: 1,
    write: ({ axes }) => ({ operands: [vector(axes)] }),
    read: (node) => ({ axes: needed(node.operandInts(1, 'axes'), 'axes') }),
  },
  Concat: {
    tensors: Infinity,
    write: ({ axis }) => ({ attributes: [int('axis', axis)] }),
    read: (node) => ({ axis: node.int('axis') }),
  },
  Split: {
    tensors: 1,
    write: ({ axis, split }) => ({ attributes: [int('axis', axis)], operands: [vector(split)] }),
    read: (node) => {
      const axis = node.int('axis', 0);
      node.ignore('num_outputs'); // The outputs are counted.
      return { axis, split: node.operandInts(1, 'split') ?? evenly(node, axis) };
    },
  },
  Slice: {
    tensors: 1,
    write: ({ starts, ends, axes, steps }) => ({
      operands: [vector(starts), vector(ends), vector(axes), vector(steps)],
    }),
    read: (node) => {
      const starts = needed(node.operandInts(1, 'starts'), 'starts');
      const ends = needed(node.operandInts(2, 'ends'), 'ends');
      const axes = node.operandInts(3, 'axes') ?? starts.map((_, axis) => axis);
      return { starts, ends, axes, steps: node.operandInts(4, 'steps') ?? axes.map(() => 1) };
    },
  },
  Pad: {
    tensors: 1,
    write: ({ pads, value }) => ({
      attributes: [string('mode', 'constant')],
      operands: [vector(pads), { dtype: 'float32', dims: [], values: [value] }],
    }),
    read: (node) => {
      node.only('mode', 'constant');
      const pads = needed(node.operandInts(1, 'pads'), 'pads');
      return { pads: onAllAxes(node, pads), value: padValue(node) };
    },
  },
  Gather: {
    tensors: 2,
    write: ({ axis }) => ({ attributes: [int('axis', axis)] }),
    read: (node) => ({ axis: node.int('axis', 0) }),
  },
  GatherElements: {
    tensors: 2,
    write: ({ axis }) => ({ attributes: [int('axis', axis)] }),
    read: (node) => ({ axis: node.int('axis', 0) }),
  },
  ScatterElements: {
    tensors: 3,
    write: ({ axis, reduction }) => ({
      // The attribute came with opset 16.
      attributes: [int('axis', axis), ...(reduction === 'none' ? [] : [string('reduction', reduction)])],
    }),
    read: (node) => {
      const reduction = node.string('reduction', 'none');
      if (reduction !== 'none' && reduction !== 'add') {
        throw new Unreadable(`has reduction=${reduction}; only none and add are supported`);
      }
      return { axis: node.int('axis', 0), reduction };
    },
  },
  OneHot: {
    tensors: 1,
    write: ({ depth }) => ({
      attributes: [int('axis', -1)],
      operands: [
        { dtype: 'int64', dims: [], values: [depth] },
        { dtype: 'float32', dims: [2], values: [0, 1] },
      ],
    }),
    read: (node) => {
      node.only('axis', -1);
      const values = needed(node.operand(2, 'values'), 'values');
      if (values.dtype !== 'float32' || values.data[0] !== 0 || values.data[1] !== 1) {
        throw new Unreadable('marks classes by other values than 0 and 1');
      }
      const [depth] = needed(node.operandInts(1, 'depth'), 'depth');
      return { depth: needed(depth, 'depth') };
    },
  },
} satisfies { [K in StandardOp]?: Form<K> };

/** Equal parts, the last one smaller where they do not come out even. */
function evenly(node: NodeReader, axis: number): number[] {
  const size = node.shape.at(axis);
  if (typeof size !== 'number') throw new Unreadable('splits an extent that is not known');
  const part = Math.ceil(size / node.outputCount);
  return Array.from({ length: node.outputCount }, (_, i) => Math.min(part, size - i * part));
}

/** Pads as they are, or, where the node names axes (opset 18), spread over all axes. */
function onAllAxes(node: NodeReader, pads: readonly number[]): readonly number[] {
  const axes = node.operandInts(3, 'axes');
  if (axes === undefined) return pads;
  const rank = node.shape.length;
  const spread = Array.from({ length: 2 * rank }, () => 0);
  axes.forEach((axis, i) => {
    const along = axis < 0 ? axis + rank : axis;
    spread[along] = pads[i] ?? 0;
    spread[along + rank] = pads[i + axes.length] ?? 0;
  });
  return spread;
}

function padValue(node: NodeReader): number {
  const tensor = node.operand(2, 'constant_value');
  if (tensor === undefined) return 0;
  const [value] = tensor.data;
  if (value === undefined || typeof value === 'string') throw new Unreadable(`pads with ${tensor.dtype}`);
  return tensor.dtype === 'float32' ? shortestFloat(Number(value)) : Number(value);
}
