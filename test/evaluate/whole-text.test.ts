import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { wholeText, type ReadSlice } from '../../src/evaluate/whole-text.ts';

const [units, words] = [2, 3];

/**
 * A model whose state is what it read: of each word `keeps` as much stays as it goes on. What it says of a word depends on
 * the state, so that a wrong one is seen.
 */
function remembering(keeps: number, batch: number, steps: number) {
  let reads = 0;
  const next = (state: readonly number[], token: number) =>
    state.map((value, unit) => keeps * value + (token + unit) / 4);
  const logProb = (state: readonly number[], word: number) =>
    Math.fround(-1 - Math.abs(Math.sin((state[0] ?? 0) + word * (state[1] ?? 0))));
  const read: ReadSlice = async (tokens, hidden) => {
    reads++;
    const states = Array.from({ length: batch }, (_, column) => [
      ...hidden.subarray(column * units, (column + 1) * units),
    ]);
    const logProbs = new Float32Array(steps * batch * words);
    for (let row = 0; row < steps; row++) {
      for (const [column, state] of states.entries()) {
        states[column] = next(state, tokens[row * batch + column] ?? 0);
        for (let word = 0; word < words; word++)
          logProbs[(row * batch + column) * words + word] = logProb(states[column] ?? [], word);
      }
    }
    return { logProbs, hidden: Float32Array.from(states.flat()) };
  };
  /** Word by word. */
  const plainly = (text: Int32Array): number => {
    let state: readonly number[] = [0, 0];
    let sum = 0;
    for (let i = 0; i + 1 < text.length; i++) {
      state = next(state, text[i] ?? 0);
      sum -= logProb(state, text[i + 1] ?? 0);
    }
    return sum;
  };
  return { read, plainly, reads: () => reads };
}

const anyText = fc
  .array(fc.nat({ max: words - 1 }), { minLength: 2, maxLength: 80 })
  .map((tokens) => Int32Array.from(tokens));

describe('wholeText', () => {
  it('is the sum word by word, whatever the pieces, the slices and the parts, also of what never forgets', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyText,
        fc.constantFrom(0, 0.5, 0.9, 1),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(1, 20, undefined),
        async (text, keeps, batch, steps, mostKept) => {
          const { read, plainly } = remembering(keeps, batch, steps);
          const options = { steps, batch, units, words, ...(mostKept !== undefined && { mostKept }) };
          const found = await wholeText(text, read, options);
          expect(found).toMatchObject({ words: text.length - 1, notFinite: 0 });
          // A state may be off by 2⁻²⁰ of itself, here 15 at most, and a word's loss, 1 or more, by three times that.
          expect(found.sum / plainly(text)).toBeCloseTo(1, 4);
        },
      ),
    );
  });

  it('reads again only until the state is what it was', async () => {
    const text = Int32Array.from({ length: 4000 }, (_, i) => (i * i) % words);
    const [batch, steps] = [8, 5];
    const { read, plainly, reads } = remembering(0.5, batch, steps);
    const { sum } = await wholeText(text, read, { steps, batch, units, words });
    expect(sum / plainly(text)).toBeCloseTo(1, 6);
    const once = Math.ceil(3999 / (batch * steps));
    // Half of a state stays from word to word: of 20 bits nothing after a few slices.
    expect(reads()).toBeLessThan(once + 8);
  });

  it('counts what is no number, and comes to an end', async () => {
    const text = new Int32Array(40);
    const found = await wholeText(
      text,
      async () => ({
        logProbs: new Float32Array(5 * 3 * words).fill(Number.NaN),
        hidden: new Float32Array(3 * units).fill(Number.NaN),
      }),
      { steps: 5, batch: 3, units, words },
    );
    expect(found).toEqual({ words: 39, sum: 0, notFinite: 39 });
  });

  it('says how far it is', async () => {
    const told: number[] = [];
    const { read } = remembering(0.5, 2, 4);
    await wholeText(new Int32Array(20), read, {
      steps: 4,
      batch: 2,
      units,
      words,
      onProgress: (done) => told.push(done),
    });
    expect(told.at(-1)).toBe(19);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });
});
