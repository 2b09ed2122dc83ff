/** Reductions along axes, and softmax. */
import type { OpAttributes } from '../../graph/attributes.ts';
import { sizeOf, stridesOf, type Tensor } from '../../graph/tensor.ts';
import { inOrder, meanOfNothing, passesOverNaN, sums, total } from './arithmetic.ts';
import { around, axisFromFront, numbers, operand, outputShape, positions, type Kernels } from './kernel.ts';

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ArgMax' | 'Softmax' | 'LogSoftmax';

export const reduction: Kernels<Reduction> = {
  ReduceSum: (inputs, attributes, shapes) => [sum(inputs, attributes, outputShape(shapes))],

  ReduceMean: (inputs, attributes, shapes) => {
    const added = sum(inputs, attributes, outputShape(shapes));
    const count = numbers(inputs, 0).length;
    if (count === 0) return [added.fill(meanOfNothing())];
    return [added.map((value) => value * (added.length / count))];
  },

  ReduceMax: (inputs, { axes }, shapes) => {
    const x = numbers(inputs, 0);
    const y = new Float64Array(sizeOf(outputShape(shapes))).fill(-Infinity);
    const to = reducedPositions(operand(inputs, 0).shape, axes);
    const passesOver = passesOverNaN();
    for (let i = 0; i < x.length; i++) {
      if (!passesOver || !Number.isNaN(x[i])) y[to[i]!] = Math.max(y[to[i]!]!, x[i]!);
    }
    return [y];
  },

  /** The first of equal maxima. */
  ArgMax: (inputs, { axis }, shapes) => {
    const x = numbers(inputs, 0);
    const y = new Int32Array(sizeOf(outputShape(shapes)));
    eachLine(operand(inputs, 0).shape, axis, (start, step, extent, line) => {
      for (let i = 1; i < extent; i++) {
        if (x[start + i * step]! > x[start + y[line]! * step]!) y[line] = i;
      }
    });
    return [y];
  },

  Softmax: (inputs, { axis }) => {
    const y = logSoftmax(inputs, axis);
    return [y.map(Math.exp)];
  },

  LogSoftmax: (inputs, { axis }) => [logSoftmax(inputs, axis)],
};

function sum(
  inputs: readonly Tensor[],
  { axes }: OpAttributes['ReduceSum'],
  shape: readonly number[],
): Float64Array | Float32Array {
  const x = numbers(inputs, 0);
  const y = sums(sizeOf(shape));
  const to = reducedPositions(operand(inputs, 0).shape, axes);
  for (let nth = 0; nth < x.length; nth++) {
    const i = inOrder(nth, x.length);
    y[to[i]!]! += x[i]!;
  }
  return y;
}

/** Where each element of a tensor goes when it is reduced over `axes`. Axes of 1 that are kept change nothing. */
function reducedPositions(shape: readonly number[], axes: readonly number[]): Int32Array {
  const gone = new Set(axes.map((axis) => axisFromFront(axis, shape.length)));
  const kept = stridesOf(shape.map((dim, axis) => (gone.has(axis) ? 1 : dim)));
  return positions(
    shape,
    kept.map((stride, axis) => (gone.has(axis) ? 0 : stride)),
  );
}

/** The largest is taken off first, so that no exponential overflows: x − max − log Σ exp(x − max). */
export function logSoftmax(inputs: readonly Tensor[], axis: number): Float64Array {
  const x = numbers(inputs, 0);
  const y = new Float64Array(x.length);
  eachLine(operand(inputs, 0).shape, axis, (start, step, extent) => {
    let largest = -Infinity;
    for (let i = 0; i < extent; i++) largest = Math.max(largest, x[start + i * step]!);
    const rest = Math.log(total(extent, (i) => Math.exp(x[start + i * step]! - largest)));
    for (let i = 0; i < extent; i++) y[start + i * step] = x[start + i * step]! - largest - rest;
  });
  return y;
}

/** Every line of a tensor along an axis, in row-major order of the other axes. */
function eachLine(
  shape: readonly number[],
  axis: number,
  body: (start: number, step: number, extent: number, line: number) => void,
): void {
  const { outer, extent, inner } = around(shape, axis);
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) body(i * extent * inner + j, inner, extent, i * inner + j);
  }
}
