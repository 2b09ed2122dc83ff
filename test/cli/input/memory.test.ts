import { expect, test } from 'vitest';

import { memoryIn, saysBatchSize, withBatchOfOne } from '../../../src/cli/input/memory.ts';

test.each([
  ['4GB', 4e9],
  ['4', 4e9],
  [' 1.5 gb ', 1.5e9],
  ['800MB', 8e8],
  ['2GiB', 2 ** 31],
  ['.5TB', 5e11],
])('%s is an amount of memory', (text, bytes) => {
  expect(memoryIn(text)).toBe(bytes);
});

test.each(['', 'GB', '0GB', '-1GB', '4 apples', '4GBs', '1e9', 'all', '4,5GB'])('%j is none', (text) => {
  expect(memoryIn(text)).toBeUndefined();
});

test('a batch is of one until it is chosen', () => {
  expect(withBatchOfOne({ fit: 1e9, set: ['epochs=2'] }).set).toEqual(['epochs=2', 'batch_size=1']);
  expect(withBatchOfOne({ set: ['epochs=2'] }).set).toEqual(['epochs=2']);
  expect(saysBatchSize(['epochs=2', 'batch_size=3'])).toBe(true);
  expect(saysBatchSize(['eval_batch_size=3'])).toBe(false);
  expect(saysBatchSize(undefined)).toBe(false);
});
