/** What stands in columns is as wide as it was counted, on the cells of a terminal. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { steady } from '../../src/tui/steady.ts';
import { render } from '../../src/tui/theme.ts';
import { fitting, fittingEnd, padded, widthOf, widthOfTalk } from '../../src/tui/width.ts';
import { testTerminal } from '../support/terminal.ts';
import { hostile } from './hostile.ts';

const look = { colour: false, ascii: false };

test('what terminals draw as one in their own ways is taken apart', () => {
  expect(steady('👩‍👩‍👧')).toBe('👩👩👧');
  expect(steady('🇩🇪 🇯🇵')).toBe('DE JP');
  expect(steady('❤\uFE0F 1\uFE0F\u20E3')).toBe('❤ 1\u20E3');
  expect(steady('👍🏽')).toBe('👍');
  expect(steady('e\u0301 \u1112\u1161\u11ab')).toBe('é 한');
  expect(steady('a\u200Bb\uFEFFc')).toBe('abc');
  expect(steady('plain, naïve, 漢字')).toBe('plain, naïve, 漢字');
});

test('a text is as wide counted as drawn, whatever it has in it', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, columns) => {
      for (const cell of [render(fitting(text, columns, look), look), fittingEnd(text, columns, look)]) {
        expect(widthOf(cell)).toBeLessThanOrEqual(columns);
        expect(widthOfTalk(padded(cell, columns))).toBe(columns);
        expect(steady(cell)).toBe(cell);
      }
    }),
  );
});

/** The emulator knows the widths of Unicode 6, from before most emoji. */
const name = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...Array.from('漢字カナ한글éñЖab1 ．（')),
    fc.constantFrom(
      'e\u0301',
      '\u1112\u1161\u11ab',
      'n\u0303\u0323',
      '\u200B',
      '\u200D',
      '\uFE0F',
      '\u001B[2J',
    ),
  ),
  maxLength: 20,
});

test('the column after a name begins where it was counted to begin, on a terminal', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 5 }), async (names) => {
      const terminal = testTerminal(60, names.length);
      const rows = names.map((each) => `${render(padded(fitting(each, 20, look), 20), look)}|`);
      terminal.stream.write(rows.join('\r\n'));
      await terminal.settled();
      const columns = terminal.cells().map((cells) => cells.findIndex(({ text }) => text === '|'));
      expect(columns).toEqual(names.map(() => 20));
    }),
  );
});
