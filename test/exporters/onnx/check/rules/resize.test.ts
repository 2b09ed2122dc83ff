/** Resize and Upsample: what is given of scales, sizes and a region. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, held } from './held.ts';
import { fed, int, list, real, whole, word, type Given, type NodeCase } from './node-case.ts';

const opset = fc.constantFrom(11, 13, 18, 19);
const scale = fc.constantFrom(-1, 0, 0.5, 1, 2, 3);
const lists = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.option(fc.array(scale, { maxLength: 4 }), { nil: undefined }),
    fc.option(fc.array(fc.constantFrom(-1, 1, 2, 4), { minLength: 1, maxLength: 4 }), { nil: undefined }),
    opset,
  )
  .map(([rank, scales, sizes, version]): NodeCase => ({
    op: 'Resize',
    given: [
      fed(Array.from({ length: rank }, () => 4)),
      // Until opset 13 it cannot be left out.
      version < 13 ? real([]) : undefined,
      scales && real(scales),
      sizes && whole(sizes),
    ].map((each, i): Given | undefined => (i === 2 && version < 13 ? (each ?? real([])) : each)),
    opset: version,
  }));

/** One of the two, with as many entries as there must be, or some other number. */
const one = fc
  .tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.boolean())
  .map(([rank, count, bySizes, isMatrix]): NodeCase => {
    const entries = Array.from({ length: count }, () => 2);
    const dims = isMatrix ? [1, count] : [count];
    return {
      op: 'Resize',
      given: bySizes
        ? [fed([2, 3, 4].slice(0, rank)), undefined, undefined, whole(entries, dims)]
        : [fed([2, 3, 4].slice(0, rank)), undefined, real(entries, dims)],
    };
  });

const axes = fc
  .tuple(
    fc.array(fc.integer({ min: -4, max: 3 }), { minLength: 1, maxLength: 3 }),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([along, count]): NodeCase => ({
    op: 'Resize',
    given: [fed([2, 3, 4]), undefined, undefined, whole(Array.from({ length: count }, () => 4))],
    attributes: [list('axes', along)],
    opset: 18,
  }));

const upsampled = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.array(scale, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([rank, scales, isMatrix]): NodeCase => ({
    op: 'Upsample',
    given: [fed([2, 3, 4, 5].slice(0, rank)), real(scales, isMatrix ? [1, scales.length] : [scales.length])],
    opset: 9,
  }));

const old = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.array(scale, { minLength: 1, maxLength: 4 }))
  .map(([rank, scales]): NodeCase => ({
    op: 'Resize',
    given: [fed([2, 3, 4, 5].slice(0, rank)), real(scales)],
    opset: 10,
  }));

const region = fc
  .tuple(fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }), fc.boolean())
  .map(([length, byAxes]): NodeCase => ({
    op: 'Resize',
    given: [
      fed([1, 1, 4, 4]),
      length === undefined ? undefined : real(Array.from({ length }, (_, i) => (2 * i >= length ? 1 : 0))),
      undefined,
      whole(byAxes ? [3, 3] : [1, 1, 3, 3]),
    ],
    attributes: [
      word('coordinate_transformation_mode', 'tf_crop_and_resize'),
      word('mode', 'linear'),
      ...(byAxes ? [list('axes', [2, 3])] : []),
    ],
    opset: 18,
  }));

describe('a fault is what onnxruntime refuses', () => {
  held({ lists, one, axes, upsampled, old, region });
});

describe('a fault is told with what to mend', () => {
  it.each<[string, readonly (Given | undefined)[]]>([
    ['it has neither scales nor sizes, and must have one of them', [fed([1, 1, 4, 4])]],
    [
      'it has both scales and sizes, and must have one of them',
      [fed([1, 1, 4, 4]), undefined, real([1, 1, 2, 2]), whole([1, 1, 8, 8])],
    ],
    ['it has 2 sizes for 4 dimensions', [fed([1, 1, 4, 4]), undefined, undefined, whole([8, 8])]],
    ['its scale -2 must be positive', [fed([4]), undefined, real([-2])]],
  ])('%s', (told, given) => {
    expect(faultOf({ op: 'Resize', given })).toBe(`Resize that makes "y0": ${told}`);
  });

  it('is none of scales and sizes that may be empty', () => {
    const given = [fed([4]), undefined, fed(['n']), fed(['m'], 'int64')];
    expect(faultOf({ op: 'Resize', given })).toBeUndefined();
    expect(faultOf({ op: 'Resize', given: given.slice(0, 3), attributes: [int('exclude_outside', 0)] })).toBe(
      undefined,
    );
  });
});
