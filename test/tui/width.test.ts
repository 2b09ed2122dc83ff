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
