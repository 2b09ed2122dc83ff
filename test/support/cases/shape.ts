/** Cases of ops that move elements, and of indexing. */
import * as fc from 'fast-check';

import type { DType } from '../../../src/graph/types.ts';
import type { CaseInput } from '../case.ts';
import {
  axesOfRank,
  axisOfRank,
  broadcasting,
  extent,
  floatInput,
  seeds,
  shapes,
  wholeInput,
} from '../shapes.ts';

/** Mostly float32, sometimes class ids: these ops do not look at what they move. */
function anyInput(shape: readonly number[]): fc.Arbitrary<CaseInput> {
  return fc.oneof(
    { weight: 3, arbitrary: floatInput(shape) },
    { weight: 1, arbitrary: wholeInput('int64', shape, -9, 10) },
  );
}

/** Start, end and step that take one or more elements of an axis, written from the front or from the back. */
function sliceOf(size: number): fc.Arbitrary<{ start: number; end: number; step: number }> {
  return fc
    .record({
      a: fc.nat({ max: size - 1 }),
      b: fc.nat({ max: size - 1 }),
      stride: fc.integer({ min: 1, max: 3 }),
      backwards: fc.boolean(),
      fromBack: fc.boolean(),
    })
    .map(({ a, b, stride, backwards, fromBack }) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      if (!backwards) return { start: fromBack ? low - size : low, end: high + 1, step: stride };
      return { start: fromBack ? high - size : high, end: low === 0 ? -size - 1 : low - 1, step: -stride };
    });
}

/** Indices of the rank of a tensor: no longer than it on every axis, and pointing along one. */
const elementIndices = shapes(1, 3).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axis: axisOfRank(shape.length),
    indices: fc.tuple(...shape.map((dim) => fc.integer({ min: 1, max: dim }))),
  }),
);

export const shapeCases = {
  Constant: fc
    .tuple(shapes(0, 3), fc.constantFrom<DType[]>('float32', 'int64', 'bool'), seeds)
    .map(([shape, dtype, seed]) => {
      const size = shape.reduce((product, dim) => product * dim, 1);
      const unit = dtype === 'float32' ? 512 : 1;
      const values = Array.from({ length: size }, (_, i) => {
        const whole = (seed + 7 * i) % 19;
        return dtype === 'bool' ? whole % 2 : (whole - 9) / unit;
      });
      return { op: 'Constant' as const, attributes: { dtype, shape, values }, inputs: [] };
    }),

  Transpose: shapes(1, 5).chain((shape) => {
    const axes = shape.map((_, axis) => axis);
    return fc
      .tuple(fc.shuffledSubarray(axes, { minLength: axes.length }), anyInput(shape))
      .map(([perm, x]) => ({ op: 'Transpose' as const, attributes: { perm }, inputs: [x] }));
  }),

  Reshape: shapes(1, 4).chain((shape) =>
    fc
      .tuple(
        fc.oneof(
          fc.constant([-1]),
          fc.constant(shape.toReversed()),
          fc.nat({ max: shape.length }).map((kept) => [...shape.slice(0, kept).map(() => 0), -1]),
        ),
        anyInput(shape),
      )
      .map(([to, x]) => ({ op: 'Reshape' as const, attributes: { shape: to }, inputs: [x] })),
  ),

  Flatten: shapes(1, 4).chain((shape) =>
    fc
      .tuple(fc.integer({ min: -shape.length, max: shape.length }), anyInput(shape))
      .map(([axis, x]) => ({ op: 'Flatten' as const, attributes: { axis }, inputs: [x] })),
  ),

  Expand: broadcasting(2).chain(([from = [], to = []]) =>
    anyInput(from).map((x) => ({ op: 'Expand' as const, attributes: { shape: to }, inputs: [x] })),
  ),

  Squeeze: shapes(1, 4).chain((shape) =>
    fc.tuple(axesOfRank(shape.length, 1), anyInput(shape)).map(([axes, x]) => {
      const ones = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
      const squeezable = shape.map((dim, axis) => (ones.has(axis) ? 1 : dim));
      return { op: 'Squeeze' as const, attributes: { axes }, inputs: [{ ...x, shape: squeezable }] };
    }),
  ),

  Unsqueeze: fc
    .tuple(shapes(0, 3), fc.integer({ min: 1, max: 2 }))
    .chain(([shape, added]) =>
      fc
        .tuple(axesOfRank(shape.length + added, added, added), anyInput(shape))
        .map(([axes, x]) => ({ op: 'Unsqueeze' as const, attributes: { axes }, inputs: [x] })),
    ),

  Concat: fc.tuple(shapes(1, 4), fc.array(extent, { minLength: 1, maxLength: 4 })).chain(([shape, parts]) =>
    axisOfRank(shape.length).chain((axis) => {
      const along = axis < 0 ? axis + shape.length : axis;
      const inputs = parts.map((part) => floatInput(shape.map((dim, i) => (i === along ? part : dim))));
      return fc
        .tuple(...inputs)
        .map((given) => ({ op: 'Concat' as const, attributes: { axis }, inputs: given }));
    }),
  ),

  Split: fc.tuple(shapes(1, 4), fc.array(extent, { minLength: 1, maxLength: 4 })).chain(([shape, split]) =>
    axisOfRank(shape.length).chain((axis) => {
      const along = axis < 0 ? axis + shape.length : axis;
      const total = split.reduce((sum, part) => sum + part, 0);
      return anyInput(shape.map((dim, i) => (i === along ? total : dim))).map((x) => ({
        op: 'Split' as const,
        attributes: { axis, split },
        inputs: [x],
      }));
    }),
  ),

  Slice: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
    axesOfRank(shape.length, 1).chain((axes) =>
      fc
        .tuple(anyInput(shape), ...axes.map((axis) => sliceOf(shape.at(axis) ?? 1)))
        .map(([x, ...slices]) => ({
          op: 'Slice' as const,
          attributes: {
            starts: slices.map(({ start }) => start),
            ends: slices.map(({ end }) => end),
            axes,
            steps: slices.map(({ step }) => step),
          },
          inputs: [x],
        })),
    ),
  ),

  Pad: shapes(1, 4).chain((shape) =>
    fc
      .record({
        pads: fc.array(fc.nat({ max: 2 }), { minLength: 2 * shape.length, maxLength: 2 * shape.length }),
        value: fc.constantFrom(0, 1.5, -3),
        x: floatInput(shape),
      })
      .map(({ pads, value, x }) => ({ op: 'Pad' as const, attributes: { pads, value }, inputs: [x] })),
  ),

  Gather: fc
    .tuple(shapes(1, 3), shapes(0, 2))
    .chain(([shape, indices]) =>
      axisOfRank(shape.length).chain((axis) =>
        fc
          .tuple(anyInput(shape), wholeInput('int64', indices, 0, shape.at(axis) ?? 1))
          .map((inputs) => ({ op: 'Gather' as const, attributes: { axis }, inputs })),
      ),
    ),

  GatherElements: elementIndices.chain(({ shape, axis, indices }) =>
    fc
      .tuple(floatInput(shape), wholeInput('int64', indices, 0, shape.at(axis) ?? 1))
      .map((inputs) => ({ op: 'GatherElements' as const, attributes: { axis }, inputs })),
  ),

  /** Without a reduction the indices differ, for what is written twice is not defined. */
  ScatterElements: fc
    .tuple(elementIndices, fc.constantFrom<('none' | 'add')[]>('none', 'add'))
    .chain(([{ shape, axis, indices }, reduction]) => {
      const below = shape.at(axis) ?? 1;
      const along = axis < 0 ? axis + shape.length : axis;
      const distinct = seeds.map((seed): CaseInput => ({
        dtype: 'int64',
        shape: indices,
        fill: { kind: 'distinct', seed, axis: along, below },
      }));
      const pointing = reduction === 'none' ? distinct : wholeInput('int64', indices, 0, below);
      return fc.tuple(floatInput(shape), pointing, floatInput(indices)).map((inputs) => ({
        op: 'ScatterElements' as const,
        attributes: { axis, reduction },
        inputs,
      }));
    }),

  /** A list of classes at least, as ONNX wants it. Some are too large, and then have no 1. */
  OneHot: fc.tuple(shapes(1, 2), fc.integer({ min: 1, max: 5 })).chain(([shape, depth]) =>
    wholeInput('int64', shape, 0, depth + 2).map((x) => ({
      op: 'OneHot' as const,
      attributes: { depth },
      inputs: [x],
    })),
  ),
};
