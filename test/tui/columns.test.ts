import { expect, test } from 'vitest';

import { columns } from '../../src/tui/columns.ts';

const rows = [
  ['layers', '8', 'Cells of the network, one after another.'],
  ['channels', '16', 'Channels.'],
];

test('columns stand under one another', () => {
  expect(columns(rows)).toBe(
    ['layers    8   Cells of the network, one after another.', 'channels  16  Channels.'].join('\n'),
  );
  expect(columns([])).toBe('');
});

test('what is too long goes on below, between words', () => {
  expect(columns(rows, { width: 40 })).toBe(
    [
      'layers    8   Cells of the network, one',
      '              after another.',
      'channels  16  Channels.',
    ].join('\n'),
  );
  expect(columns([['a b c', 'x']], { most: [3] })).toBe('a b  x\nc');
});

test('what a cell holds is one line, safe to show, and as wide as a terminal draws it', () => {
  expect(
    columns([
      ['a\n\u001b[2J', 'x'],
      ['日本', 'y'],
      ['  in', 'z'],
    ]),
  ).toBe(['a \\u001b[2J  x', '日本         y', '  in         z'].join('\n'));
});
