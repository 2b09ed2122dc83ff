import { expect, test } from 'vitest';

import { formatDuration } from '../../src/run/duration.ts';
import { formatCount, formatPercent, formatRate } from '../../src/tui/format.ts';

test.each([
  [0, '0s'],
  [59_400, '59s'],
  [59_600, '1m 00s'],
  [65_000, '1m 05s'],
  [3_599_600, '1h 00m'],
  [7_380_000, '2h 03m'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('counts, rates and percents', () => {
  expect(formatCount(120, 50_000, 'img')).toBe('120/50,000 img');
  expect(formatCount(120, 0, 'img')).toBe('120 img');
  expect(formatCount(12_340_000, 170_498_071, 'bytes')).toBe('12.3/170 MB');
  expect(formatCount(900, 3_000, 'bytes')).toBe('0.90/3.00 kB');
  expect(formatCount(2.5e9, 0, 'bytes')).toBe('2.50 GB');
  expect(formatRate(1_234.5, 'img')).toBe('1,235 img/s');
  expect(formatRate(35.24, 'img')).toBe('35.2 img/s');
  expect(formatRate(9.996, 'step')).toBe('10.0 step/s');
  expect(formatRate(3_200_000, 'bytes')).toBe('3.20 MB/s');
  expect(formatPercent(999, 1_000)).toBe(' 99%');
  expect(formatPercent(1, 1)).toBe('100%');
});
