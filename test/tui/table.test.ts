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

test('names from files are one line, and columns hold with wide characters', () => {
  expect(
    table([
      ['猫', '1'],
      ['a\nb\u001B', '2'],
    ]),
  ).toBe('猫         1\na b\\u001b  2');
});

test('as many rows as there are', () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => [`input ${i}`, 'float32'] as const);
  const lines = table(rows).split('\n');
  expect(lines).toHaveLength(rows.length);
  expect(lines[7]).toBe('input 7       float32');
});
