import { expect, test } from 'vitest';

import { table } from '../../src/tui/table.ts';

test('values stand under one another, long ones go on', () => {
  expect(
    table([
      ['engine', 'tfjs-node-gpu'],
      ['test accuracy', '53.1 %'],
      ['genotype', 'normal: a\nreduce: b'],
      ['none', ''],
    ]),
  ).toBe(
    [
      'engine         tfjs-node-gpu',
      'test accuracy  53.1 %',
      'genotype       normal: a',
      '               reduce: b',
      'none',
    ].join('\n'),
  );
  expect(table([])).toBe('');
});
