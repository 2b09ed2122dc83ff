import { expect, test } from 'vitest';

import { isInForeground } from '../../src/tui/foreground.ts';

test.each([
  ['the group that the terminal is given to', '7 (node) S 1 70 60 34816 70 4194304', true],
  ['another group', '7 (node) S 1 70 60 34816 60 4194304', false],
  ['a name with brackets', '7 (a) (b 1 2) S 1 70 60 34816 60 0', false],
  ['no terminal', '7 (node) S 1 70 60 0 -1 4194304', true],
])('%s', (_, stat, expected) => {
  expect(isInForeground(() => stat)).toBe(expected);
});

test('where nothing says it, the terminal is ours', () => {
  const missing = () => {
    throw new Error('ENOENT');
  };
  expect(isInForeground(missing)).toBe(true);
});
