/** Queries, keys and values that go together. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, held } from './held.ts';
import { fed, int, type NodeCase } from './node-case.ts';

const off = fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const offs = fc.array(off, { minLength: 4, maxLength: 4 });
const plus = (shape: readonly number[], more: readonly number[]) =>
  shape.map((size, i) => size + (more[i] ?? 0));

const whole = fc.tuple(offs, offs, offs).map(([a, b, c]): NodeCase => ({
  op: 'Attention',
  given: [fed(plus([1, 2, 3, 4], a)), fed(plus([1, 2, 5, 4], b)), fed(plus([1, 2, 5, 6], c))],
  opset: 23,
}));
const packed = fc
  .tuple(fc.option(fc.constantFrom(2, 2, 2, -1), { nil: undefined }), fc.boolean())
  .map(([heads, both]): NodeCase => ({
    op: 'Attention',
    given: [fed([1, 3, 4]), fed([1, 5, 4]), fed([1, 5, 6])],
    attributes:
      heads === undefined ? [] : [int('q_num_heads', heads), ...(both ? [int('kv_num_heads', heads)] : [])],
    opset: 23,
  }));

describe('a fault is what onnxruntime refuses', () => {
  held({ whole, packed });
});

describe('a fault is told with what to mend', () => {
  // onnxruntime ends by a signal.
  it('of no heads', () => {
    const given = [fed([1, 3, 4]), fed([1, 5, 4]), fed([1, 5, 4])];
    const attributes = [int('q_num_heads', 2), int('kv_num_heads', 0)];
    expect(faultOf({ op: 'Attention', given, attributes, opset: 23 })).toBe(
      'Attention that makes "y0": its kv_num_heads is 0, and must be positive',
    );
  });

  it('of a size that differs', () => {
    const given = [fed([1, 2, 3, 4]), fed([1, 2, 5, 6]), fed([1, 2, 5, 4])];
    expect(faultOf({ op: 'Attention', given, opset: 23 })).toBe(
      'Attention that makes "y0": Q [1, 2, 3, 4] and K [1, 2, 5, 6]: 4 meets 6',
    );
  });
});
