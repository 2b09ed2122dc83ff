/** Scales of what is normalised. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, held } from './held.ts';
import { fed, int, type NodeCase } from './node-case.ts';

const size = fc.integer({ min: 1, max: 4 });
const group = fc
  .tuple(size, fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 0, 0, 1), fc.constantFrom(0, 0, 0, 1))
  .map(([channels, groups, scale, bias]): NodeCase => ({
    op: 'GroupNormalization',
    given: [fed([1, channels + 1, 2]), fed([channels + 1 + scale]), fed([channels + 1 + bias])],
    attributes: [int('num_groups', groups)],
    opset: 21,
  }));
const lp = fc
  .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([axis, p]): NodeCase => ({
    op: 'LpNormalization',
    given: [fed([2, 3])],
    attributes: [int('axis', axis), int('p', p)],
  }));
const rms = fc
  .tuple(fc.integer({ min: -3, max: 2 }), fc.array(size, { minLength: 1, maxLength: 3 }))
  .map(([axis, scale]): NodeCase => ({
    op: 'RMSNormalization',
    given: [fed([2, 3]), fed(scale)],
    attributes: [int('axis', axis)],
    opset: 23,
  }));

describe('a fault is what onnxruntime refuses', () => {
  held({ group, lp, rms });
});

describe('a fault is told with what to mend', () => {
  it.each<[string, NodeCase]>([
    [
      'its scale is [2], and must have 4 elements',
      {
        op: 'GroupNormalization',
        given: [fed([1, 4, 3]), fed([2]), fed([4])],
        attributes: [int('num_groups', 2)],
        opset: 21,
      },
    ],
    [
      'its p is 3, and must be 1 or 2',
      { op: 'LpNormalization', given: [fed([2])], attributes: [int('p', 3)] },
    ],
  ])('%s', (told, given) => {
    expect(faultOf(given)).toBe(`${given.op} that makes "y0": ${told}`);
  });
});
