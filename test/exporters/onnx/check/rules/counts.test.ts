/** Operands that are a number, or as many numbers as something has. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelOf, node } from '../../models.ts';
import { findingsIn } from '../../../../../exporters/onnx/check/check.ts';
import { faultOf, held } from './held.ts';
import { fed, int, real, whole, type Given, type NodeCase } from './node-case.ts';

/** Numbers as a list, as one number, or as a matrix. */
const ranked = (least: number, most: number, from = 1, to = 3): fc.Arbitrary<Given> =>
  fc
    .tuple(
      fc.array(fc.integer({ min: least, max: most }), { minLength: from, maxLength: to }),
      fc.constantFrom(1, 1, 1, 0, 2),
    )
    .map(([values, rank]) =>
      rank === 0
        ? whole(values.slice(0, 1), [])
        : whole(values, rank === 1 ? [values.length] : [1, values.length]),
    );

const tile = fc
  .tuple(fc.integer({ min: 1, max: 2 }), ranked(0, 2))
  .map(([rank, repeats]): NodeCase => ({ op: 'Tile', given: [fed([2, 3].slice(0, rank)), repeats] }));
const topK = fc
  .tuple(ranked(-1, 3, 1, 2), fc.constantFrom(10, 11, 24))
  .map(([k, opset]): NodeCase => ({ op: 'TopK', given: [fed([2]), k], outputs: 2, opset }));
const oneHot = fc
  .tuple(
    fc.constantFrom([], [1], [1], [2]),
    fc.constantFrom([2], [2], [2], [1], [3], [1, 2], []),
    fc.integer({ min: -4, max: 3 }),
  )
  .map(([depth, values, axis]): NodeCase => ({
    op: 'OneHot',
    given: [
      fed([2, 3], 'int64'),
      whole(
        depth.flatMap((size) => Array.from({ length: size }, () => 4)).concat(depth.length === 0 ? [4] : []),
        depth,
      ),
      fed(values),
    ],
    attributes: [int('axis', axis)],
  }));
const ofShape = ranked(-1, 2).map((shape): NodeCase => ({ op: 'ConstantOfShape', given: [shape] }));
const filled = fc.integer({ min: 0, max: 2 }).map((count): NodeCase => ({
  op: 'ConstantOfShape',
  given: [whole([2])],
  attributes: [{ name: 'value', kind: 'tensor', value: real(Array.from({ length: count }, () => 1)) }],
}));
const range = fc
  .tuple(ranked(0, 1, 1, 2), ranked(2, 3, 1, 2), fc.constantFrom([], [], [1], [2]))
  .map(([start, limit, step]): NodeCase => ({
    op: 'Range',
    given: [start, limit, fed(step, 'int64')],
    gives: ['int64'],
  }));
const still = fc.tuple(fc.integer({ min: -1, max: 1 })).map(([step]): NodeCase => ({
  op: 'Range',
  given: [whole([0], []), whole([2], []), whole([step], [])],
  gives: ['int64'],
}));
const bound = fc.constantFrom([], [], [], [1], [2], [1, 1]);
const clip = fc
  .tuple(fc.option(bound, { nil: undefined }), fc.option(bound, { nil: undefined }))
  .map(([low, high]): NodeCase => ({
    op: 'Clip',
    given: [fed([2]), low && fed(low), high && fed(high)],
  }));
const dropout = fc.tuple(bound, fc.option(bound, { nil: undefined })).map(([ratio, mode]): NodeCase => ({
  op: 'Dropout',
  given: [
    fed([2]),
    real(
      Array.from({ length: ratio[0] ?? 1 }, () => 0.5),
      ratio,
    ),
    mode && fed(mode, 'bool'),
  ],
}));
const cumulative = ranked(-3, 3, 1, 2).map((axis): NodeCase => ({
  op: 'CumSum',
  given: [fed([2, 3]), axis],
}));
const shaped = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 });
const square = fc
  .tuple(fc.constantFrom('Trilu', 'Det', 'EyeLike'), shaped)
  .map(([op, shape]): NodeCase => ({ op, given: [fed(shape)], opset: 14 }));
const triangle = ranked(-1, 1, 1, 2).map((k): NodeCase => ({
  op: 'Trilu',
  given: [fed([2, 2]), k],
  opset: 14,
}));
const chosen = fc
  .tuple(
    fc.constantFrom('Compress', 'Unique'),
    shaped,
    fc.option(fc.integer({ min: -4, max: 3 }), { nil: undefined }),
    fc.constantFrom([1], [1], [1, 1]),
  )
  .map(([op, shape, axis, condition]): NodeCase => ({
    op,
    given: [fed(shape), ...(op === 'Compress' ? [fed(condition, 'bool')] : [])],
    attributes: axis === undefined ? [] : [int('axis', axis)],
  }));
const expand = ranked(1, 3).map((shape): NodeCase => ({ op: 'Expand', given: [fed([1]), shape] }));

describe('a fault is what onnxruntime refuses', () => {
  held({
    tile,
    topK,
    oneHot,
    ofShape,
    filled,
    range,
    still,
    clip,
    dropout,
    cumulative,
    square,
    triangle,
    chosen,
    expand,
  });
});

describe('a fault is told with what to mend', () => {
  it.each<[string, NodeCase]>([
    ['a repeat of -1 must not be negative', { op: 'Tile', given: [fed([2]), whole([-1])] }],
    [
      'its k has 0 dimensions ([]), and must have 1',
      { op: 'TopK', given: [fed([2]), whole([1], [])], outputs: 2 },
    ],
    [
      'its pair of values has 3 elements, and must have 2',
      { op: 'OneHot', given: [fed([2], 'int64'), whole([3]), fed([3])] },
    ],
    ['its min is [2], and must be a scalar', { op: 'Clip', given: [fed([2, 2]), fed([2])] }],
    ['its matrices are 2 by 3, and must be square', { op: 'Det', given: [fed([2, 3])] }],
  ])('%s', (told, given) => {
    expect(faultOf(given)).toBe(`${given.op} that makes "y0": ${told}`);
  });
});

describe('a Constant', () => {
  const attributes = [
    { name: 'value_int', kind: 'int', value: 1 },
    { name: 'value_float', kind: 'float', value: 1 },
  ] as const;
  const constant = (count: number) =>
    modelOf({
      nodes: [node('Constant', [], ['y'], attributes.slice(0, count))],
      outputs: [{ name: 'y', type: { kind: 'tensor', dtype: 'int64' } }],
    });

  // Source: https://onnx.ai/onnx/operators/onnx__Constant.html; onnxruntime takes the first of two.
  it('has one value', () => {
    expect(findingsIn(constant(1)).faults).toEqual([]);
  });
});
