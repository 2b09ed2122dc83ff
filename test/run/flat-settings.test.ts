import { expect, test } from 'vitest';

import { flatSettings } from '../../src/run/flat-settings.ts';

test('every setting is listed by its path', () => {
  const settings = {
    data: 'cifar10',
    settings: { primitives: ['none', 'skip_connect'], clip: 5, max_skips: null },
  };
  expect(flatSettings(settings)).toEqual([
    ['data', 'cifar10'],
    ['settings.primitives', 'none, skip_connect'],
    ['settings.clip', '5'],
    ['settings.max_skips', 'null'],
  ]);
});
