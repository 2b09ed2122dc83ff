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
  const characters = Array.from({ length: 0x206a }, (_, code) => String.fromCharCode(code));
  const escaped = characters.map((character, code) =>
    forbidden.test(character) ? `\\u${code.toString(16).padStart(4, '0')}` : character,
  );
  const cleaned = characters.map((character) => clean(`a${character}b`));
  expect(cleaned.filter((text, code) => text !== `a${escaped[code]}b`)).toEqual([]);
  expect(escaped.filter((text, code) => text !== characters[code]).length).toBeGreaterThan(64);
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
