/** The rule of ONNX's backend tests, element by element. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OnnxTensor } from '../../proto/onnx.ts';
import { compareOutput, conformance } from '../../src/onnx/compare.ts';
import { tensorOf } from '../../src/tensors/numbers.ts';

const floats = (values: readonly number[], dims: readonly number[] = [values.length]): OnnxTensor =>
  tensorOf('y', 'float64', dims, values);

describe('compareOutput', () => {
  it('passes what is within atol + rtol of what is expected, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
        fc.double({ noNaN: true, min: -3, max: 3 }),
        (expected, steps) => {
          const allowed = conformance.atol + conformance.rtol * Math.abs(expected);
          const given = expected + steps * allowed;
          const { passed, mismatched } = compareOutput('y', floats([given]), floats([expected]), conformance);
          expect(passed).toBe(Math.abs(given - expected) <= allowed);
          expect(mismatched).toBe(passed ? 0 : 1);
        },
      ),
    );
  });

  it('says the largest difference and where it is', () => {
    const found = compareOutput(
      'y',
      floats([1, 2, 3, 5], [2, 2]),
      floats([1, 2.5, 3, 4], [2, 2]),
      conformance,
    );
    expect(found).toMatchObject({
      passed: false,
      elements: 4,
      mismatched: 2,
      largest: { difference: 1, at: [1, 1], expected: 4, given: 5 },
      largestRelative: 0.25,
    });
  });

  it('takes NaN for NaN and infinity for the same infinity only', () => {
    const against = (given: number, expected: number) =>
      compareOutput('y', floats([given]), floats([expected]), conformance).passed;
    expect(against(NaN, NaN)).toBe(true);
    expect(against(Infinity, Infinity)).toBe(true);
    expect(against(-Infinity, Infinity)).toBe(false);
    expect(against(1, Infinity)).toBe(false);
    expect(against(Infinity, 1)).toBe(false);
    expect(against(NaN, 1)).toBe(false);
    expect(against(1, NaN)).toBe(false);
    expect(against(0, -0)).toBe(true);
  });

  it('asks for the same type and shape', () => {
    const other = compareOutput('y', tensorOf('y', 'float32', [1], [1]), floats([1]), conformance);
    expect(other).toMatchObject({ passed: false, reason: 'it is float32[1], and float64[1] was expected' });
    expect(compareOutput('y', floats([1], [1, 1]), floats([1]), conformance).passed).toBe(false);
    expect(compareOutput('y', floats([], [0]), floats([], [0]), conformance).passed).toBe(true);
  });

  it('compares text letter by letter', () => {
    const text = (...data: string[]): OnnxTensor => ({
      name: 'y',
      dims: [data.length],
      dtype: 'string',
      data,
    });
    expect(compareOutput('y', text('a', 'b'), text('a', 'b'), conformance).passed).toBe(true);
    expect(compareOutput('y', text('a', 'b'), text('a', 'c'), conformance)).toMatchObject({
      passed: false,
      mismatched: 1,
      largest: { at: [1], expected: 'c', given: 'b' },
    });
  });
});
