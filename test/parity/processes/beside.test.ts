/** Runtimes beside each other: how many at once, who waits for whom, and in which order their results are. */
import { setTimeout as wait } from 'node:timers/promises';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { besideEachOther, roomFor } from '../../../src/parity/processes/beside.ts';
import { tries } from '../../support/properties.ts';

describe('runtimes beside each other', () => {
  it('never are more than there is room for, nor two on one card, and their results are in order', async () => {
    const item = fc.record({
      ms: fc.integer({ min: 0, max: 3 }),
      slow: fc.boolean(),
      card: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        async (items, atOnce) => {
          let [busy, most, onCard] = [0, 0, 0];
          const places = {
            atOnce,
            weight: ({ slow }: { slow: boolean }) => Number(slow),
            lane: ({ card }: { card: boolean }) => (card ? 'card' : undefined),
          };
          const results = await besideEachOther(items, places, async ({ ms, card }, place) => {
            busy += 1;
            if (card) onCard += 1;
            most = Math.max(most, busy);
            expect(onCard).toBeLessThanOrEqual(1);
            await wait(ms);
            busy -= 1;
            if (card) onCard -= 1;
            return place;
          });
          expect(results).toEqual(items.map((_, place) => place));
          expect(most).toBeLessThanOrEqual(atOnce);
          if (items.filter(({ card }) => !card).length >= atOnce) expect(most).toBe(atOnce);
        },
      ),
      { numRuns: tries(60) },
    );
  });

  it('begins with the slow ones', async () => {
    const begun: string[] = [];
    const weight = (name: string) => (name.startsWith('slow') ? 1 : 0);
    const results = await besideEachOther(['a', 'slow b', 'c'], { atOnce: 1, weight }, async (name) => {
      begun.push(name);
      return name;
    });
    expect(begun).toEqual(['slow b', 'a', 'c']);
    expect(results).toEqual(['a', 'slow b', 'c']);
  });

  it('waits for those at work where one throws, and begins no others', async () => {
    const begun: number[] = [];
    let isDone = false;
    const all = besideEachOther([0, 1, 2, 3], { atOnce: 2 }, async (item) => {
      begun.push(item);
      if (item === 0) throw new Error('a bug');
      await wait(5);
      isDone = true;
    });
    await expect(all).rejects.toThrow('a bug');
    expect(begun).toEqual([0, 1]);
    expect(isDone).toBe(true);
  });

  it('have room by cores and by memory: twice what one took is kept for each', () => {
    const gigabyte = 2 ** 30;
    expect(roomFor(0, 8, 64 * gigabyte)).toBe(8);
    expect(roomFor(4 * gigabyte, 8, 32 * gigabyte)).toBe(4);
    expect(roomFor(30 * gigabyte, 8, 32 * gigabyte)).toBe(1);
    expect(roomFor(0, 8, gigabyte)).toBe(2);
  });
});
