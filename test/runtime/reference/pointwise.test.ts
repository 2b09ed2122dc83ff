/** Filters of one element: the quick way is the walk, to the last bit. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { pointwise } from '../../../src/runtime/reference/pointwise.ts';

const sizes = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  group: fc.integer({ min: 1, max: 3 }),
  inputsPer: fc.integer({ min: 1, max: 9 }),
  outputsPer: fc.integer({ min: 1, max: 5 }),
  size: fc.integer({ min: 1, max: 7 }),
  seed: fc.integer({ min: 1, max: 1000 }),
});

it('is the same sum in the same order', () => {
  fc.assert(
    fc.property(sizes, ({ batch, group, inputsPer, outputsPer, size, seed }) => {
      const [channels, outputs] = [group * inputsPer, group * outputsPer];
      const wild = (count: number, from: number) =>
        Float64Array.from(
          { length: count },
          (_, i) => Math.sin((i + from) * seed * 1.37) * 10 ** ((i % 5) - 2),
        );
      const x = wild(batch * channels * size, 1);
      const w = wild(outputs * inputsPer, 2);
      const y = wild(batch * outputs * size, 3);
      const expected = Float64Array.from(y);
      for (let n = 0; n < batch; n++) {
        for (let o = 0; o < outputs; o++) {
          for (let p = 0; p < size; p++) {
            let sum = expected[(n * outputs + o) * size + p] ?? 0;
            for (let i = 0; i < inputsPer; i++) {
              const channel = Math.floor(o / outputsPer) * inputsPer + i;
              sum += (w[o * inputsPer + i] ?? 0) * (x[(n * channels + channel) * size + p] ?? 0);
            }
            expected[(n * outputs + o) * size + p] = sum;
          }
        }
      }
      pointwise(x, w, y, { batch, channels, outputs, group, size });
      expect(y).toEqual(expected);
    }),
  );
});
