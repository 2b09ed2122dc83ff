import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { inkStyle, paint } from '../../src/tui/theme.ts';

beforeEach(() => vi.stubEnv('NO_COLOR', ''));
afterEach(() => vi.unstubAllEnvs());

test('colour is for terminals, and NO_COLOR turns it off', () => {
  expect(paint('failed', 'x', { isTTY: true })).toBe('\u001B[1;31mx\u001B[0m');
  expect(paint('failed', 'x', {})).toBe('x');
  expect(inkStyle('done')).toEqual({ color: 'green' });
  vi.stubEnv('NO_COLOR', '1');
  expect(paint('failed', 'x', { isTTY: true })).toBe('x');
  expect(inkStyle('done')).toEqual({});
});
