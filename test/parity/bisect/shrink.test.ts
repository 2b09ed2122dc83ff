/** What is left of a list can be made no smaller. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { shrink } from '../../../src/parity/bisect/shrink.ts';

it('leaves exactly those that are needed, whichever they are', async () => {
  const cases = fc
    .integer({ min: 1, max: 60 })
    .chain((length) =>
      fc.tuple(fc.constant(length), fc.uniqueArray(fc.nat(length - 1), { minLength: 1, maxLength: 6 })),
    );
  await fc.assert(
    fc.asyncProperty(cases, async ([length, needed]) => {
      const all = Array.from({ length }, (_, i) => i);
      const found = await shrink(all, async (part) => needed.every((one) => part.includes(one)));
      expect(found).toEqual({ items: needed.toSorted((a, b) => a - b), minimal: true });
    }),
  );
});

it('leaves what fails and nothing of which can be left out, where failing is not so simple', async () => {
  // Fails with any two neighbours.
  const fails = async (part: readonly number[]) => part.some((one) => part.includes(one + 1));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 40 }), async (length) => {
      const { items } = await shrink(
        Array.from({ length }, (_, i) => i),
        fails,
      );
      expect(await fails(items)).toBe(true);
      expect(items).toHaveLength(2);
    }),
  );
});

it('stops where time is up, with what still fails', async () => {
  let asked = 0;
  const all = Array.from({ length: 64 }, (_, i) => i);
  const fails = async (part: readonly number[]) => part.includes(40) && part.includes(50);
  const found = await shrink(
    all,
    async (part) => {
      asked += 1;
      return fails(part);
    },
    () => asked >= 4,
  );
  expect(found.minimal).toBe(false);
  expect(await fails(found.items)).toBe(true);
  expect(found.items.length).toBeLessThan(64);
});
