import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { requireMemory } from '../../../src/cli/input/check-memory.ts';

const step = { weights: 1000, example: 100, batch: 10, settings: ['layers', 'channels'] };

function refusal(need: typeof step, host: number, card = 0): NascentError | undefined {
  try {
    requireMemory(need, { host: () => host, card: () => card });
    return undefined;
  } catch (error) {
    if (error instanceof NascentError) return error;
    throw error;
  }
}

test('what needs more than there is is refused, with the estimate, the limit and what to lower', () => {
  const error = refusal({ ...step, weights: 1e9, example: 1e8 }, 6e9);
  expect(`${error?.code}: ${error?.message}\n${error?.help}`).toMatchInlineSnapshot(`
    "input/invalid: a step needs at least 8.00 GB of memory (4.00 GB for weights and their gradients, 4.00 GB for a batch of 10), and this machine has 6.00 GB
    Lower layers, channels or batch_size: a batch of more than 5 cannot fit."
  `);
  expect(refusal({ ...step, weights: 1e10 }, 6e9)?.help).toMatchInlineSnapshot(
    `"Lower layers or channels: a batch of one does not fit."`,
  );
});

test('a card with more memory than the machine counts, and is not asked where it does not matter', () => {
  expect(refusal(step, 7999)).toBeDefined();
  expect(refusal(step, 7999, 8000)).toBeUndefined();
  const card = () => {
    throw new Error('asked');
  };
  requireMemory(step, { host: () => 8000, card });
});

test('the batch that the help names fits, and one more does not', () => {
  const sizes = {
    weights: fc.nat(1000),
    example: fc.integer({ min: 1, max: 50 }),
    host: fc.integer({ min: 0, max: 9999 }),
  };
  fc.assert(
    fc.property(fc.record(sizes), ({ weights, example, host }) => {
      const error = refusal({ ...step, weights, example, batch: 10_000 }, host);
      const fitting = /more than (\d+) cannot fit/.exec(error?.help ?? '')?.[1];
      const batch = Number(fitting ?? 0);
      if (fitting !== undefined) expect(refusal({ ...step, weights, example, batch }, host)).toBeUndefined();
      expect(refusal({ ...step, weights, example, batch: batch + 1 }, host)).toBeDefined();
    }),
  );
});
