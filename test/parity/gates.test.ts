/** How far a runtime may be from what it is held against. */
import { describe, expect, it } from 'vitest';

import { negligible } from '../../src/parity/comparison.ts';
import {
  allowanceOf,
  gateOf,
  gateText,
  apartText,
  stepsText,
  narrowMultiple,
  spreadMultiple,
  type Gate,
} from '../../src/parity/gates.ts';
import type { Spread } from '../../src/parity/truth/spread.ts';

describe('the gate', () => {
  const logits = { dtype: 'float32', shape: [3], data: Float32Array.of(1, -1000, NaN) } as const;
  const allowed = (gate: Gate, spread?: Spread) => allowanceOf(gate, 'y', logits, spread).absolute;
  const measured = (largest: number, size = 1000) => ({
    output: 'y',
    truth: { dtype: 'float32', shape: [1], data: Float64Array.of(size) } as const,
    spread: { largest },
  });

  it('is what was given', () => {
    expect(allowanceOf(gateOf({ atol: 0.01 }, 'float32', []), 'y', logits, undefined)).toMatchObject({
      absolute: 0.01,
      relative: 0,
    });
    // A runtime that takes what is below normal numbers for 0 is not held to a share of it.
    expect(allowanceOf(gateOf({ rtol: 0.01 }, 'coarse', []), 'y', logits, undefined)).toMatchObject({
      absolute: negligible,
      relative: 0.01,
    });
    expect(gateText(gateOf({ rtol: 0.01 }, 'float32', []))).toBe('Allowed: 1e-2 of the value, as given.');
    expect(gateText(gateOf({ atol: 1, rtol: 0.01 }, 'float32', []))).toBe(
      'Allowed: 1e+0 + 1e-2 of the value, as given.',
    );
  });

  it('goes by the size of the output where what float32 costs is not known, or is not what is computed in', () => {
    expect(allowed(gateOf({}, 'float32', []))).toBeCloseTo(0.1, 12);
    expect(allowed(gateOf({}, 'coarse', [measured(1e-3)]), { largest: 1e-3 })).toBeCloseTo(20, 12);
    expect(allowed(gateOf({}, 'steps', []))).toBeCloseTo(20, 12);
    // What was empty where it was measured is as good as not measured.
    const empty = {
      output: 'y',
      truth: { ...logits, shape: [0], data: new Float32Array(0) },
      spread: { largest: 0 },
    };
    expect(gateOf({}, 'float32', [empty])).toEqual(gateOf({}, 'float32', []));
    const other = gateOf({}, 'float32', [empty, { ...measured(1e-3), output: 'z' }]);
    expect(allowed(other)).toBeCloseTo(0.1, 12);
    expect(allowed(other, { largest: 1e-3 })).toBeCloseTo(spreadMultiple * 1e-3, 12);
    const whole = { dtype: 'int64' as const, shape: [1], data: Int32Array.of(1000) };
    expect(allowanceOf(other, 'y', whole, undefined)).toMatchObject({ absolute: 0.5, otherwise: 0 });
    expect(gateText(gateOf({}, 'float16', []))).toContain(
      'what float16 costs this file could not be measured',
    );
  });

  it('is a multiple of what float32 costs on the input', () => {
    const gate = gateOf({}, 'float32', [measured(1e-3)]);
    expect(allowed(gate, { largest: 5e-3 })).toBeCloseTo(spreadMultiple * 5e-3, 12);
  });

  it('goes by what the file computes in: fewer digits, or steps', () => {
    // What hangs on float16 counts in part, and has its own least.
    const least = (narrowMultiple / spreadMultiple) * 2 ** -11;
    const narrow = { ...measured(0), spread: { largest: 0, least } };
    const half = gateOf({}, 'float16', [narrow]);
    expect(allowed(half, { largest: 0, least })).toBeCloseTo(narrowMultiple * 2 ** -11 * 1000, 12);
    expect(allowed(half)).toBeCloseTo(2 * narrowMultiple * 2 ** -11 * 1000, 12);
    // What hangs on none is held to what float32 costs.
    const beside = allowed(gateOf({}, 'float16', [measured(0)]), { largest: 0 });
    expect(beside).toBeCloseTo(spreadMultiple * 8 * 2 ** -24 * 1000, 12);
    expect(gateText(half)).toMatch(/^Allowed: 4 times what float16 costs .* 16 times what float32 costs/);
    const steps = gateOf({}, 'steps', [measured(1)]);
    expect(allowed(steps, { largest: 7 })).toBeCloseTo(14, 12);
    expect(gateText(steps)).toContain('every number that becomes a whole one');
  });

  it('is no less on a lucky input than on a usual one, and never less than half a unit in the last place', () => {
    const gate = gateOf({}, 'float32', [measured(1e-3), measured(2e-3), measured(9e-3)]);
    expect(allowed(gate, { largest: 1e-3 })).toBeCloseTo(spreadMultiple * 2e-3, 12);
    // Luck has its bounds.
    expect(allowed(gate, { largest: 1e-4 })).toBeCloseTo(spreadMultiple * 8e-4, 12);
    const rough = gateOf({}, 'rough', [measured(0)]);
    expect(allowed(rough, { largest: 0 })).toBeCloseTo(16 * 8 * 2 ** -24 * 1000, 12);
    expect(gateText(rough)).toContain('because it takes powers');
    const exact = gateOf({}, 'float32', [measured(0)]);
    expect(allowed(exact, { largest: 0 })).toBeCloseTo(spreadMultiple * 2 ** -24 * 1000, 12);
  });

  it('is twice that of the costliest input where two are compared of which neither is the truth', () => {
    const gate = gateOf({}, 'float32', [measured(1e-3), measured(9e-3)]);
    expect(allowed(gate)).toBeCloseTo(2 * spreadMultiple * 9e-3, 12);
  });

  it('lets no whole number be another, but where float32 does not tell them apart', () => {
    const ids = { dtype: 'int64', shape: [1], data: Int32Array.of(7) } as const;
    const gate = gateOf({}, 'float32', []);
    expect(gate.kind).toBe('share');
    // A share of how many there are, not of how large they are.
    const far = { dtype: 'int64', shape: [20_000], data: new Int32Array(20_000).fill(50_000) } as const;
    expect(allowanceOf(gate, 'y', far, undefined)).toMatchObject({ absolute: 0.5, otherwise: 2 });
    expect(allowanceOf(gate, 'y', ids, undefined)).toMatchObject({ absolute: 0.5, otherwise: 0 });
    const pixels = { dtype: 'uint8', shape: [1], data: Uint8Array.of(200) } as const;
    expect(allowanceOf(gateOf({}, 'coarse', []), 'y', pixels, undefined).absolute).toBeCloseTo(4, 12);
    const derived = gateOf({}, 'float32', [{ output: 'y', truth: ids, spread: { largest: 0 } }]);
    expect(allowanceOf(derived, 'y', ids, { largest: 0 })).toMatchObject({
      absolute: 0.5,
      undecided: undefined,
    });
    const undecided = Float64Array.of(2);
    expect(allowanceOf(derived, 'y', ids, { largest: 2, undecided })).toMatchObject({
      absolute: 0.5,
      undecided,
    });
    // Of inputs of which the truth is not known, as many may be others as where it is.
    const some = Float64Array.from({ length: 1000 }, (_, i) => (i < 3 ? 1 : 0));
    const many = { dtype: 'int64', shape: [1000], data: new Int32Array(1000) } as const;
    const measuredOn = { output: 'y', truth: many, spread: { largest: 1, undecided: some } };
    const open = gateOf({}, 'float32', [measuredOn]);
    expect(allowanceOf(open, 'y', many, undefined)).toMatchObject({ absolute: 0.5, otherwise: 48 });
    // An input on which all of them tie says nothing of the others.
    const all = { ...measuredOn, spread: { largest: 1, undecided: new Float64Array(1000).fill(1) } };
    const usual = gateOf({}, 'float32', [measuredOn, all, all]);
    expect(allowanceOf(usual, 'y', many, undefined)).toMatchObject({ otherwise: 48 });
    expect(allowanceOf(gateOf({}, 'float32', [all]), 'y', many, undefined)).toMatchObject({
      otherwise: 16_000,
    });
  });

  it('is of its own size, of a part that is far smaller', () => {
    const truth = { dtype: 'float32', shape: [1, 3, 16], data: new Float32Array(48).fill(640) } as const;
    truth.data.fill(0.5, 16, 32);
    truth.data.fill(0.001, 32, 48);
    const parts = {
      of: Float64Array.from({ length: 48 }, (_, i) => i >> 4),
      sizes: Float64Array.of(640, 0.5, 0.001, 0.01),
      isSmall: Uint8Array.of(0, 1, 1, 1),
      costs: Float64Array.of(0, 1e-7, 1e-10, 1e-4),
      factors: new Float64Array(4),
      values: Float64Array.of(0, 1, 2, 3),
    };
    const spread = { largest: 1e-4, parts };
    const gate = gateOf({}, 'float32', [{ output: 'y', truth, spread }]);
    const allowance = allowanceOf(gate, 'y', truth, spread);
    expect(allowance.absolute).toBeCloseTo(16 * 1e-4, 12);
    const own = [...(allowance.parts?.absolute ?? [])];
    expect(own[0]).toBeNaN();
    expect(apartText(gate)).toContain('scores beside boxes');
    expect(own[1]).toBeCloseTo(16 * 1e-7, 12);
    // 1e-7 of a size of 0.001 is luck: the other costs 2e-7 of its size.
    expect(own[2]).toBeCloseTo(16 * 2e-10, 14);
    // What has not three digits is left of large numbers, and may be off as they are, or as it is itself.
    expect(own[3]).toBeCloseTo(16 * 1e-4, 12);
    const worse = { ...parts, costs: Float64Array.of(0, 1e-7, 1e-10, 1e-3) };
    const held = allowanceOf(gate, 'y', truth, { largest: 1e-4, parts: worse });
    expect(held.parts?.absolute[3]).toBeCloseTo(16 * 1e-3, 12);
  });

  it('is one for all of whole numbers of which many hang on steps', () => {
    const levels = { dtype: 'int8', shape: [100], data: new Int8Array(100).fill(50) } as const;
    const undecided = Float64Array.from({ length: 100 }, (_, i) => (i < 40 ? 1 : 0));
    const spread = { largest: 1, undecided };
    const gate = gateOf({}, 'steps', [{ output: 'y', truth: levels, spread }]);
    const allowance = allowanceOf(gate, 'y', levels, spread);
    expect(allowance.absolute).toBe(2);
    expect(allowance.undecided).toBeUndefined();
  });

  it('has room for what hangs on decisions, and says so', () => {
    const values = { dtype: 'float32', shape: [1000], data: new Float32Array(1000).fill(2) } as const;
    const spreadOf = (some: number) => ({
      largest: 1e-6,
      undecided: Float64Array.from({ length: 1000 }, (_, i) => (i < some ? 0.5 : 0)),
      mixed: some / 1000,
    });
    const on = (some: number) =>
      gateOf({}, 'float32', [{ output: 'y', truth: values, spread: spreadOf(some) }]);
    const few = spreadOf(3);
    expect(allowanceOf(on(3), 'y', values, few)).toMatchObject({ undecided: few.undecided });
    expect(allowanceOf(on(3), 'y', values, few).absolute).toBeCloseTo(16e-6, 12);
    expect(allowanceOf(on(3), 'y', values, undefined)).toMatchObject({ otherwise: 48 });
    // Of many each hangs on several, which come together otherwise in every runtime.
    const many = allowanceOf(on(300), 'y', values, spreadOf(300));
    expect(many.undecided).toBeUndefined();
    expect(many.absolute).toBeCloseTo(1 + 16e-6, 12);
    expect(allowanceOf(on(300), 'y', values, undefined).absolute).toBeCloseTo(1 + 32e-6, 9);
    expect(stepsText(on(3))).toBe(
      ' What Round, Floor and comparisons decide may be decided otherwise where it changes when that which they are given is moved by as much.',
    );
    expect(stepsText(on(0))).toBe('');
  });

  it('is explained in a sentence', () => {
    expect(gateText(gateOf({}, 'float32', [measured(1)]))).toMatchInlineSnapshot(
      `"Allowed: 16 times what float32 costs this model on the same input, which is how far the graph rounded to float32, its sums in several orders, is from the graph in double precision."`,
    );
    expect(gateText(gateOf({}, 'float32', []))).toMatchInlineSnapshot(
      `"Allowed: 1e-4 of the largest value of the output on the same input, because what float32 costs this file could not be measured."`,
    );
    expect(gateText(gateOf({ atol: 0.01, rtol: 1e-3 }, 'float32', []))).toBe(
      'Allowed: 1e-2 + 1e-3 of the value, as given.',
    );
  });
});
