import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { batchify } from '../../../src/data/text/batches.ts';
import { searchLength, trainingLength } from '../../../src/data/text/lengths.ts';
import { TextStream } from '../../../src/data/text/stream.ts';
import type { TextState } from '../../../src/data/text/stream.ts';
import { Random } from '../../../src/random.ts';
import { digested } from '../../support/digested.ts';

const table = (rows: number) =>
  batchify(
    Int32Array.from({ length: rows * 2 }, (_, i) => i),
    2,
  );

const setup = fc.record({
  rows: fc.integer({ min: 2, max: 300 }),
  bptt: fc.integer({ min: 1, max: 40 }),
  seed: fc.nat(1000),
  length: fc.constantFrom(searchLength, trainingLength),
});

function start({
  rows,
  bptt,
  seed,
  length,
}: typeof setup extends fc.Arbitrary<infer T> ? T : never): TextStream {
  return new TextStream(table(rows), { bptt, length, random: new Random(seed).fork('text') });
}

describe('TextStream', () => {
  it('gives an epoch’s rows once and in order, but for a last one alone', () => {
    fc.assert(
      fc.property(setup, (given) => {
        const stream = start(given);
        for (const epoch of [0, 1]) {
          const steps = [...stream.epochSlices()];
          expect(stream.state.epoch).toBe(epoch);
          expect(steps.map(({ first }) => first)).toEqual(steps.map((_, i) => i === 0));
          let row = 0;
          const expected = steps.map(({ drawn }) => {
            const position = row;
            const length = Math.min(drawn, given.rows - 1 - position);
            row += length;
            // The first column holds the row's own number.
            return [position, length, position, position + 1, 2 * length];
          });
          const found = steps.map(({ position, length, data, targets }) => [
            position,
            length,
            data[0],
            targets[0],
            data.length,
          ]);
          expect(found).toEqual(expected);
          expect(row).toBeGreaterThanOrEqual(Math.max(1, given.rows - 2));
          expect(row).toBeLessThan(given.rows);
        }
      }),
    );
  });

  it('resumes from a saved state as if it had not stopped', () => {
    fc.assert(
      fc.property(setup, fc.nat(20), (given, before) => {
        const whole = start(given);
        for (let i = 0; i < before; i++) whole.next();
        const saved = JSON.parse(JSON.stringify(whole.state)) as TextState;
        const resumed = start({ ...given, seed: given.seed + 1 });
        resumed.restore(saved);
        const ten = (stream: TextStream) => Array.from({ length: 10 }, () => stream.next());
        expect(digested(ten(resumed))).toEqual(digested(ten(whole)));
        expect(resumed.state).toEqual(whole.state);
      }),
    );
  });

  it('ends an epoch where the official loop does', () => {
    const lengths = [3, 3, 2];
    let drawn = 0;
    const stream = new TextStream(table(10), {
      bptt: 3,
      length: () => lengths[drawn++ % lengths.length] ?? 1,
      random: new Random(1),
    });
    // Rows 0 to 7 in three slices; row 8 alone, with row 9 below it, is left out.
    expect([...stream.epochSlices()].map(({ position, length }) => [position, length])).toEqual([
      [0, 3],
      [3, 3],
      [6, 2],
    ]);
    expect(stream.next()).toMatchObject({ position: 0, first: true });
    expect(stream.state.epoch).toBe(1);
  });
});
