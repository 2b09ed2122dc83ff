/** Ops that move elements, and indexing. */
import { NascentError } from '../../../src/errors.ts';
import type { StandardOp } from '../../../src/graph/attributes.ts';
import type { Dim, Shape } from '../../../src/graph/types.ts';
import { int, ints, string, vector } from './form.ts';
import type { Form } from './form.ts';

export const shape = {
  Transpose: {
    write: ({ perm }) => ({ attributes: [ints('perm', perm)] }),
  },
  Reshape: {
    write: ({ shape }, { inputs }) => {
      const from = inputs[0]?.shape ?? [];
      if (!saysZero(shape, from)) return { operands: [vector(inferable(shape, from))] };
      return { attributes: [int('allowzero', 1)], operands: [vector(shape.map(closed))] };
    },
  },
  Flatten: {
    write: ({ axis }) => ({ attributes: [int('axis', axis)] }),
  },
  Expand: {
    write: ({ shape }, { inputs }) => ({ operands: [vector(broadcastable(shape, inputs[0]?.shape ?? []))] }),
  },
  Squeeze: {
    write: ({ axes }) => ({ operands: [vector(axes)] }),
    // Without axes, every extent of 1 goes.
  },
  Unsqueeze: {
    write: ({ axes }) => ({ operands: [vector(axes)] }),
  },
  Concat: {
    write: ({ axis }) => ({ attributes: [int('axis', axis)] }),
  },
  Split: {
    write: ({ axis, split }) => ({ attributes: [int('axis', axis)], operands: [vector(split)] }),
  },
  Slice: {
    write: ({ starts, ends, axes, steps }) => ({
      operands: [vector(starts), vector(ends.map(closed)), vector(axes), vector(steps)],
    }),
  },
  Pad: {
    write: ({ pads, value }) => ({
      attributes: [string('mode', 'constant')],
      operands: [vector(pads), { dtype: 'float32', dims: [], values: [value] }],
    }),
  },
  Gather: {
    write: ({ axis }) => ({ attributes: [int('axis', axis)] }),
  },
  GatherElements: {
    write: ({ axis }) => ({ attributes: [int('axis', axis)] }),
  },
  ScatterElements: {
    write: ({ axis, reduction }) => ({
      // The attribute came with opset 16.
      attributes: [int('axis', axis), ...(reduction === 'none' ? [] : [string('reduction', reduction)])],
    }),
  },
  OneHot: {
    write: ({ depth }) => ({
      attributes: [int('axis', -1)],
      operands: [
        { dtype: 'int64', dims: [], values: [depth] },
        { dtype: 'float32', dims: [2], values: [0, 1] },
      ],
    }),
  },
} satisfies { [K in StandardOp]?: Form<K> };

/** Whether a 0 is an extent: of a tensor that has none, it copies nothing. */
export function saysZero(shape: readonly Dim[], from: Shape): boolean {
  return from.includes(0) && shape.some((dim, axis) => dim === 0 && from[axis] !== 0);
}

/** Extents as ONNX takes them: an open one can be copied where it stands, or be what is left over. */
function inferable(shape: readonly Dim[], from: Shape): readonly number[] {
  const copied = shape.map((dim, axis) => (typeof dim === 'string' && dim === from[axis] ? 0 : dim));
  const open = copied.filter((dim) => typeof dim === 'string').length;
  return copied.map((dim) =>
    open === 1 && !copied.includes(-1) && typeof dim === 'string' ? -1 : closed(dim),
  );
}

/** An extent that is broadcast to is 1 where the operand has it. */
function broadcastable(shape: readonly Dim[], from: Shape): readonly number[] {
  const lead = from.length - shape.length;
  return shape.map((dim, axis) => (typeof dim === 'string' && dim === from[axis + lead] ? 1 : closed(dim)));
}

function closed(dim: Dim): number {
  if (typeof dim === 'number') return dim;
  throw new NascentError(
    'onnx/unsupported',
    `an operand is the open extent ${dim}, which no constant can say`,
    {
      help: 'Read or build the graph for extents that are numbers.',
    },
  );
}
