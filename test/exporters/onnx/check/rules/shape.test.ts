/** Lists of axes, parts and places, of ops that move elements. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, held } from './held.ts';
import { fed, int, list, real, whole, word, type Given, type NodeCase } from './node-case.ts';

const axis = fc.integer({ min: -4, max: 3 });
const axes = fc.array(axis, { minLength: 1, maxLength: 3 });
const rank = fc.constantFrom(1, 1, 1, 1, 0, 2);

/** Numbers as a list, or as what it may not be. */
const listed = (values: readonly number[], as: number): Given =>
  as === 0 ? whole(values.slice(0, 1), []) : whole(values, as === 1 ? [values.length] : [1, values.length]);

const literal = fc
  .tuple(fc.array(fc.constantFrom(-1, 0, 1, 2), { minLength: 1, maxLength: 3 }), rank, fc.boolean())
  .map(([wanted, as, isEmpty]): NodeCase => ({
    op: 'Reshape',
    given: [fed(isEmpty ? [0, 2] : [1, 2]), listed(wanted, as)],
    attributes: [int('allowzero', 1)],
  }));
const axesOf = fc
  .tuple(fc.constantFrom('Squeeze', 'Unsqueeze', 'ReduceSum', 'ReduceMax', 'ReduceL2'), axes, rank)
  .map(([op, along, as]): NodeCase => ({
    op,
    given: [fed([1, 1, 1]), listed(along, as)],
    opset: 18,
  }));
const split = fc
  .tuple(
    fc.integer({ min: 1, max: 7 }),
    fc.integer({ min: 1, max: 3 }),
    fc.option(fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 3 }), { nil: undefined }),
    fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    rank,
    fc.constantFrom(13, 18),
  )
  // onnxruntime ends by a signal where there are more outputs than it is told, and refuses parts of nothing.
  .filter(
    ([size, outputs, parts, count]) =>
      parts !== undefined || ((count ?? outputs) === outputs && size % outputs === 0),
  )
  .map(([size, outputs, parts, count, as, opset]): NodeCase => ({
    op: 'Split',
    given: [fed([size]), parts && listed(parts, as)],
    attributes: opset < 18 || count === undefined ? [] : [int('num_outputs', count)],
    outputs,
    opset,
  }));
const uneven = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 3 }), fc.constantFrom(2, 11, 13))
  .map(([size, outputs, opset]): NodeCase => ({ op: 'Split', given: [fed([size])], outputs, opset }));
const slice = fc
  .tuple(
    fc.array(axis, { minLength: 1, maxLength: 2 }),
    fc.tuple(rank, rank, rank, rank),
    fc.integer({ min: 1, max: 2 }),
  )
  .map(([along, [a, b, c, d], steps]): NodeCase => ({
    op: 'Slice',
    given: [
      fed([2, 3]),
      listed(
        Array.from(along, () => 0),
        a,
      ),
      listed(
        Array.from(along, () => 2),
        b,
      ),
      listed(along, c),
      listed(
        Array.from({ length: steps }, () => 1),
        d,
      ),
    ],
  }));
const cut = fc
  .tuple(
    fc.option(axes, { nil: undefined }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom(1, 9),
  )
  .map(([along, starts, ends, opset]): NodeCase => ({
    op: 'Slice',
    given: [fed([2, 3])],
    attributes: [
      list(
        'starts',
        Array.from({ length: starts }, () => 0),
      ),
      list(
        'ends',
        Array.from({ length: ends }, () => 2),
      ),
      ...(along === undefined ? [] : [list('axes', along)]),
    ],
    opset,
  }));
const pad = fc
  .tuple(
    fc.constantFrom(2, 4, 4, 6, 3),
    fc.option(fc.array(fc.integer({ min: -3, max: 2 }), { minLength: 1, maxLength: 3 }), { nil: undefined }),
    rank,
    rank,
    fc.constantFrom(13, 18, 21),
  )
  .map(([count, along, as, axesAs, opset]): NodeCase => ({
    op: 'Pad',
    given: [
      fed([2, 3]),
      // onnxruntime takes a row that it is fed, and no initializer that is one.
      as === 2
        ? fed([1, count], 'int64')
        : listed(
            Array.from({ length: count }, () => 1),
            as,
          ),
      undefined,
      opset < 18 ? undefined : along && listed(along, axesAs),
    ],
    opset,
  }));

describe('a fault is what onnxruntime refuses', () => {
  held({ literal, axesOf, split, uneven, slice, cut, pad }, 400);
});

describe('a fault is told with what to mend', () => {
  it.each<[string, NodeCase]>([
    [
      'it has neither a list of parts nor num_outputs, and must have one of them',
      { op: 'Split', given: [fed([4])], outputs: 2, opset: 18 },
    ],
    [
      'it has both a list of parts and num_outputs, and must have one of them',
      {
        op: 'Split',
        given: [fed([4]), whole([2, 2])],
        attributes: [int('num_outputs', 2)],
        outputs: 2,
        opset: 18,
      },
    ],
    // More outputs than parts: onnxruntime ends by a signal.
    [
      'its num_outputs is 2, and it has 3 outputs',
      { op: 'Split', given: [fed([6])], attributes: [int('num_outputs', 2)], outputs: 3, opset: 18 },
    ],
    [
      '5 does not divide into 2 parts, and it has no list of them',
      { op: 'Split', given: [fed([5])], outputs: 2 },
    ],
    [
      'its shape [0, -1] leaves an extent open beside one of 0, which allowzero forbids',
      { op: 'Reshape', given: [fed([0, 2]), whole([0, -1])], attributes: [int('allowzero', 1)] },
    ],
    [
      'its axes [0, -2] name one twice',
      { op: 'Slice', given: [fed([2, 3]), whole([0, 0]), whole([1, 1]), whole([0, -2])] },
    ],
    [
      'its 3 pads must be 2',
      { op: 'Pad', given: [fed([2, 3]), whole([1, 1, 1]), undefined, whole([0])], opset: 18 },
    ],
  ])('%s', (told, given) => {
    expect(faultOf(given)).toBe(`${given.op} that makes "y0": ${told}`);
  });

  it('is none of lists that are computed', () => {
    const computed = { op: 'Split', given: [fed([4]), fed([2], 'int64')], outputs: 2, opset: 18 } as const;
    expect(faultOf(computed)).toBeUndefined();
    expect(
      faultOf({ op: 'Pad', given: [fed([2, 3]), fed(['n'], 'int64')], attributes: [word('mode', 'edge')] }),
    ).toBeUndefined();
    expect(faultOf({ op: 'Pad', given: [fed([2]), whole([0, 1]), real([1], [])] })).toBeUndefined();
  });
});
