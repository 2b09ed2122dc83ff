import { expect, test } from 'vitest';

import { cardMemory, hostMemory, largestCard } from '../../../src/runtime/probe/memory.ts';

test('a container that may use less than the machine has counts, and one without a limit does not', () => {
  expect(hostMemory(32e9, 8e9)).toBe(8e9);
  expect(hostMemory(32e9, 0)).toBe(32e9);
  expect(hostMemory(32e9, 2 ** 64)).toBe(32e9);
});

test('this machine has memory', () => {
  expect(hostMemory()).toBeGreaterThan(0);
  expect(cardMemory()).toBeGreaterThanOrEqual(0);
});

test('of several cards the largest counts, and one that does not tell may have any amount', () => {
  expect(largestCard('8192\n81920\n')).toBe(80 * 2 ** 30);
  expect(largestCard('8192\n[N/A]\n')).toBe(Infinity);
  expect(largestCard('')).toBe(Infinity);
});
