import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { render, span } from '../../src/tui/theme.ts';
import { fitting, widthOf } from '../../src/tui/width.ts';
import { hostile } from './hostile.ts';

test('wide characters take two cells, marks on others none', () => {
  expect(widthOf('abc')).toBe(3);
  expect(widthOf('漢字')).toBe(4);
  expect(widthOf('e\u0301')).toBe(1);
  expect(widthOf('😀')).toBe(2);
});

test('a line is at most as wide as asked, and whole if it can be', () => {
  fc.assert(
    fc.property(hostile, hostile, fc.nat(30), fc.boolean(), (first, second, columns, ascii) => {
      const look = { colour: false, ascii };
      const talk = [span('title', first), second];
      const line = render(fitting(talk, columns, look), look);
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toContain('\n');
      const whole = render(fitting(talk, 10_000, look), look);
      if (widthOf(whole) <= columns) expect(line).toBe(whole);
    }),
  );
});

test('what is cut says so', () => {
  const cut = (columns: number, ascii: boolean) => {
    const look = { colour: false, ascii };
    return render(fitting(['ab', span('bar', 'cdefgh')], columns, look), look);
  };
  expect([cut(8, false), cut(5, false), cut(5, true), cut(0, false)]).toEqual([
    'abcdefgh',
    'abcd…',
    'ab...',
    '',
  ]);
});

/** Numbers as they are written: `12,345.6`, `.15`, `-3`. */
const numbersIn = (text: string) => text.match(/[-−+]?\.?\d[\d.,]*/g) ?? [];

test('a number is there whole or not at all, whatever the width', () => {
  const piece = fc.oneof(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value.toFixed(2)),
    fc.nat().map((value) => value.toLocaleString('en-US')),
    fc.constantFrom(' ', '  ', ' %', 'loss ', 'sep_conv_3x3', '/', ' of ', '漢', 'k-2 '),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, ascii) => {
      const look = { colour: false, ascii };
      const whole = render(fitting(pieces, 10_000, look), look);
      const numbers = numbersIn(whole);
      for (let columns = 1; columns < widthOf(whole); columns++) {
        const line = render(fitting(pieces, columns, look), look);
        const shown = line.slice(0, line.length - (line === '' ? 0 : ascii ? 3 : 1));
        expect(whole.startsWith(shown)).toBe(true);
        expect(numbersIn(shown)).toEqual(numbers.slice(0, numbersIn(shown).length));
      }
    }),
  );
});
