import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { clean, cleanLine } from '../../src/tui/clean.ts';
import { forbidden, hostile } from './hostile.ts';

test('no control character and no bidirectional override comes out, whatever goes in', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(clean(text)).not.toMatch(forbidden);
      expect(cleanLine(text)).not.toMatch(/[\n\t]/);
      expect(clean(clean(text))).toBe(clean(text));
    }),
  );
});

test('each of them alone is shown by its escape', () => {
  for (let code = 0; code <= 0x2069; code++) {
    const character = String.fromCharCode(code);
    const escape = `\\u${code.toString(16).padStart(4, '0')}`;
    expect(clean(`a${character}b`)).toBe(forbidden.test(character) ? `a${escape}b` : `a${character}b`);
  }
});

test('a JSON text still has the same value', () => {
  const value = fc.oneof(hostile, fc.array(hostile), fc.dictionary(hostile, hostile));
  fc.assert(
    fc.property(value, fc.constantFrom(0, 2), (given, spaces) => {
      const text = JSON.stringify(given, undefined, spaces);
      expect(JSON.parse(clean(text))).toEqual(JSON.parse(text));
    }),
  );
});

test('lines end by a newline alone', () => {
  expect(clean('a\r\nb\rc')).toBe('a\nb\\u000dc');
  expect(cleanLine('a\n\n\tb')).toBe('a b');
});
