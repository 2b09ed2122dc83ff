import { expect, test } from 'vitest';

import { formatAtLeast, formatBytes, formatMillions, formatShare } from '../../../src/cli/render/format.ts';

test('numbers as they are told', () => {
  expect(formatShare(0.61239)).toBe('61.24 %');
  expect(formatShare(Number.NaN)).toBe('an unknown share');
  expect([formatAtLeast(0.99996), formatAtLeast(1)]).toEqual(['0.9999', '1.0000']);
  expect(formatMillions(3_349_342)).toBe('3,349,342 (3.35 M)');
  expect(formatMillions(2_518)).toBe('2,518');
  expect([formatBytes(30_276), formatBytes(13_600_000)]).toEqual(['30.3 kB', '13.60 MB']);
});
