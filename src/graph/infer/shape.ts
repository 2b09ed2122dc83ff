/** Ops that move elements without changing them, and indexing. */
import type { Dim, TensorType } from '../types.ts';
import { elementsOf, minus, plus, quotient, times } from '../extent.ts';
import {
  at,
  axisOf,
  broadcast,
  float,
  known,
  ensure,
  requireSameExtent,
  requireSameShape,
  requireType,
  showShape,
  type OpDefinition,
} from './rule.ts';

/** How many elements a slice takes of an extent, with ONNX's clamping of starts and ends. */
export function sliceRange(
  size: number,
  start: number,
  end: number,
  step: number,
): { start: number; count: number } {
  ensure(Number.isInteger(step) && step !== 0, 'a step must not be 0', 'Use 1, or −1 to reverse.');
  const clamp = (value: number) => {
    const positive = value < 0 ? value + size : value;
    return step > 0 ? Math.min(Math.max(positive, 0), size) : Math.min(Math.max(positive, -1), size - 1);
  };
  const first = clamp(start);
  // An end before the front cannot be written as a non-negative number when walking backwards, so ONNX takes a very
  // negative one.
  const last = step < 0 && end < -size ? -1 : clamp(end);
  return { start: first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

/** How much a slice takes of an extent that may be open: from where it starts to where it ends, a step at a time. */
function slicedExtent(size: Dim, start: number, end: Dim, step: number): Dim {
  if (typeof size === 'number' && typeof end === 'number') return sliceRange(size, start, end, step).count;
  const help = 'Give the extent a number.';
  ensure(step === 1 || step === -1, `a step of ${step} along the open extent ${size}`, help);
  if (step === -1) {
    const whole = start === -1 && typeof end === 'number' && end < -endless;
    ensure(whole, `a slice backwards of a part of the open extent ${size}`, help);
    return size;
  }
  const last = typeof end === 'string' ? end : end > endless ? size : end < 0 ? plus(size, end) : end;
  const first = start < 0 ? plus(size, start) : start;
  return minus(last, first);
}

/** Ends beyond this mean "as far as it goes". */
const endless = 2 ** 31 - 2;

function withShape(type: TensorType, shape: readonly Dim[]): TensorType {
  return { dtype: type.dtype, shape };
}

/** The shape that `Reshape` gives, 0 copying and -1 taking the rest. */
function reshaped(from: readonly Dim[], to: readonly Dim[]): Dim[] {
  const copied = to.map((dim, axis) => {
    if (dim !== 0 || from.includes(0)) return dim;
    const kept = from[axis];
    ensure(
      kept !== undefined,
      `shape [${to.join(', ')}] copies axis ${axis}, which x lacks`,
      'Name the extent.',
    );
    return kept;
  });
  const open = copied.filter((dim) => dim === -1).length;
  ensure(open <= 1, `shape [${to.join(', ')}] leaves ${open} extents open`, 'At most one may be -1.');
  // What stands on both sides is the same number, whatever it is.
  const left = [...from];
  const right = copied.filter((dim) => {
    if (dim === -1) return false;
    const at = typeof dim === 'string' ? left.indexOf(dim) : -1;
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  const [total, given] = [elementsOf(left), elementsOf(right)];
  const rest = open === 1 ? quotient(total, given) : undefined;
  const rule =
    `${showShape(from)} cannot become [${copied.join(', ')}]: ` +
    (typeof total === 'number' && typeof given === 'number'
      ? `${total} elements do not fill it`
      : 'nothing says that the number of elements stays');
  const help = 'Keep the number of elements.';
  if (open === 0) requireSameExtent(total, given, rule, help);
  else ensure(rest !== undefined, rule, help);
  return copied.map((dim) => (dim === -1 ? (rest ?? 0) : dim));
}

/** Off `axis`, indices address x by their own place, so they must not reach past it. */
function requireWithin(indices: TensorType, x: TensorType, axis: number): void {
  const along = axisOf(axis, x.shape.length);
  ensure(indices.shape.length === x.shape.length, 'indices and x differ in rank', 'Give them one rank.');
  const within = indices.shape.every((dim, i) => {
    const size = x.shape[i];
    return i === along || dim === size || (typeof dim === 'number' && typeof size === 'number' && dim < size);
  });
  ensure(
    within,
    `indices ${showShape(indices.shape)} reach past x ${showShape(x.shape)} off axis ${axis}`,
    'Indices may be smaller than x off the axis, not larger.',
  );
}

export const shapeOps = {
  Constant: {
    arity: [0, 0],
    infer: (_, { dtype, shape, values }) => {
      const size = shape.reduce((product, dim) => product * dim, 1);
      ensure(
        values.length === size,
        `${values.length} values for [${shape.join(', ')}]`,
        `Give ${size} values.`,
      );
      return [{ dtype, shape }];
    },
  } satisfies OpDefinition<'Constant'>,
  Transpose: {
    arity: [1, 1],
    infer: (inputs, { perm }) => {
      const x = at(inputs, 0);
      ensure(
        perm.length === x.shape.length && perm.toSorted((a, b) => a - b).every((axis, i) => axis === i),
        `perm [${perm.join(', ')}] is not a permutation of ${x.shape.length} axes`,
        'Name each axis once.',
      );
      return [
        withShape(
          x,
          perm.map((axis) => x.shape[axis] ?? 0),
        ),
      ];
    },
  } satisfies OpDefinition<'Transpose'>,
  Reshape: {
    arity: [1, 1],
    infer: (inputs, { shape }) => [withShape(at(inputs, 0), reshaped(at(inputs, 0).shape, shape))],
  } satisfies OpDefinition<'Reshape'>,
  Flatten: {
    arity: [1, 1],
    infer: (inputs, { axis }) => {
      const x = at(inputs, 0);
      const split = axis === x.shape.length ? axis : axisOf(axis, x.shape.length);
      const [front, back] = [x.shape.slice(0, split), x.shape.slice(split)];
      const merge = (dims: readonly Dim[]): Dim => {
        const only = dims.filter((dim) => dim !== 1);
        if (only.length === 1 && only[0] !== undefined) return only[0];
        return dims.reduce<Dim>(times, 1);
      };
      return [withShape(x, [merge(front), merge(back)])];
    },
  } satisfies OpDefinition<'Flatten'>,
  Expand: {
    arity: [1, 1],
    infer: (inputs, { shape }) => [withShape(at(inputs, 0), broadcast(at(inputs, 0).shape, shape))],
  } satisfies OpDefinition<'Expand'>,
  Squeeze: {
    arity: [1, 1],
    infer: (inputs, { axes }) => {
      const x = at(inputs, 0);
      const drop = new Set(axes.map((axis) => axisOf(axis, x.shape.length)));
      for (const axis of drop) {
        ensure(
          x.shape[axis] === 1,
          `axis ${axis} is ${String(x.shape[axis])}, not 1`,
          'Only 1s can be dropped.',
        );
      }
      return [
        withShape(
          x,
          x.shape.filter((_, axis) => !drop.has(axis)),
        ),
      ];
    },
  } satisfies OpDefinition<'Squeeze'>,
  Unsqueeze: {
    arity: [1, 1],
    infer: (inputs, { axes }) => {
      const x = at(inputs, 0);
      const rank = x.shape.length + axes.length;
      const added = new Set(axes.map((axis) => axisOf(axis, rank)));
      ensure(added.size === axes.length, `axes [${axes.join(', ')}] repeat`, 'Name each new axis once.');
      const rest = [...x.shape];
      return [
        withShape(
          x,
          Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? 1))),
        ),
      ];
    },
  } satisfies OpDefinition<'Unsqueeze'>,
  Concat: {
    arity: [1, Infinity],
    infer: (inputs, { axis }) => {
      const first = at(inputs, 0);
      const along = axisOf(axis, first.shape.length);
      let total: Dim = 0;
      for (const input of inputs) {
        const rule = `${showShape(input.shape)} and ${showShape(first.shape)} differ off axis ${axis}`;
        const help = 'Tensors to concatenate agree on every other axis.';
        ensure(input.dtype === first.dtype && input.shape.length === first.shape.length, rule, help);
        input.shape.forEach((dim, i) => {
          if (i !== along) requireSameExtent(dim, first.shape[i] ?? 1, rule, help);
        });
        total = plus(total, input.shape[along] ?? 0);
      }
      return [
        withShape(
          first,
          first.shape.map((dim, i) => (i === along && inputs.length > 1 ? total : dim)),
        ),
      ];
    },
  } satisfies OpDefinition<'Concat'>,
  Split: {
    arity: [1, 1],
    infer: (inputs, { axis, split }) => {
      const x = at(inputs, 0);
      const along = axisOf(axis, x.shape.length);
      const size = known(x.shape[along], 'the split extent');
      const sum = split.reduce((a, b) => a + b, 0);
      ensure(
        sum === size,
        `parts [${split.join(', ')}] sum to ${sum}, not ${size}`,
        'Cover the axis exactly.',
      );
      return split.map((part) =>
        withShape(
          x,
          x.shape.map((dim, i) => (i === along ? part : dim)),
        ),
      );
    },
  } satisfies OpDefinition<'Split'>,
  Slice: {
    arity: [1, 1],
    infer: (inputs, { starts, ends, axes, steps }) => {
      const x = at(inputs, 0);
      ensure(
        starts.length === axes.length && ends.length === axes.length && steps.length === axes.length,
        'starts, ends, axes and steps must be of one length',
        'Give one of each an axis.',
      );
      const shape = [...x.shape];
      axes.forEach((axis, i) => {
        const along = axisOf(axis, shape.length);
        shape[along] = slicedExtent(shape[along] ?? 0, starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1);
      });
      return [withShape(x, shape)];
    },
  } satisfies OpDefinition<'Slice'>,
  Pad: {
    arity: [1, 1],
    infer: (inputs, { pads }) => {
      const x = at(inputs, 0);
      const rank = x.shape.length;
      ensure(
        pads.length === 2 * rank && pads.every((pad) => Number.isInteger(pad) && pad >= 0),
        `pads [${pads.join(', ')}] must be ${2 * rank} whole numbers, none negative`,
        'Give all the befores, then all the afters.',
      );
      const shape = x.shape.map((dim, axis) => {
        const extra = (pads[axis] ?? 0) + (pads[axis + rank] ?? 0);
        return plus(dim, extra);
      });
      return [withShape(x, shape)];
    },
  } satisfies OpDefinition<'Pad'>,
  Gather: {
    arity: [2, 2],
    infer: (inputs, { axis }) => {
      const [x, indices] = [at(inputs, 0), at(inputs, 1)];
      requireType(indices, 'int64', 'indices');
      const along = axisOf(axis, x.shape.length);
      return [withShape(x, [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)])];
    },
  } satisfies OpDefinition<'Gather'>,
  GatherElements: {
    arity: [2, 2],
    infer: (inputs, { axis }) => {
      const [x, indices] = [at(inputs, 0), at(inputs, 1)];
      requireType(indices, 'int64', 'indices');
      requireWithin(indices, x, axis);
      return [withShape(x, indices.shape)];
    },
  } satisfies OpDefinition<'GatherElements'>,
  ScatterElements: {
    arity: [3, 3],
    infer: (inputs, { axis }) => {
      const [x, indices, updates] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
      requireType(indices, 'int64', 'indices');
      requireSameShape(indices, updates, 'indices and updates');
      requireWithin(indices, x, axis);
      return [x];
    },
  } satisfies OpDefinition<'ScatterElements'>,
  OneHot: {
    arity: [1, 1],
    infer: (inputs, { depth }) => {
      requireType(at(inputs, 0), 'int64', 'the classes');
      ensure(at(inputs, 0).shape.length > 0, 'the classes must be a list', 'Reshape a single class to [1].');
      ensure(
        Number.isInteger(depth) && depth > 0,
        `depth ${depth} must be positive`,
        'Give the number of classes.',
      );
      return [float([...at(inputs, 0).shape, depth])];
    },
  } satisfies OpDefinition<'OneHot'>,
};
