import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  countTokens,
  eos,
  linesOf,
  longestWord,
  readTokens,
  wordsOf,
} from '../../../src/data/text/tokens.ts';
import type { Text } from '../../../src/data/text/tokens.ts';
import { tries } from '../../support/properties.ts';

function tokensOf(text: Text, size?: number): readonly string[] {
  const tokens: string[] = [];
  readTokens(
    text,
    (word) => tokens.push(word),
    () => tokens.push(eos),
    size,
  );
  return tokens;
}

test('a line ends with its line end, and the last one needs none', () => {
  expect(linesOf('a\n\nb\n')).toEqual(['a', '', 'b']);
  expect(linesOf('a\r\nb\rc')).toEqual(['a', 'b', 'c']);
  expect(linesOf('')).toEqual([]);
  expect(linesOf('\n')).toEqual(['']);
});

test('words lie between white space as Python has it', () => {
  expect(wordsOf('  the  cat\tsat ')).toEqual(['the', 'cat', 'sat']);
  expect(wordsOf(' \t')).toEqual([]);
  // A no-break space and a next-line character separate, a byte order mark and a zero-width space do not.
  expect(wordsOf('a\u00a0b\u0085c\u001cd')).toEqual(['a', 'b', 'c', 'd']);
  expect(wordsOf('a\ufeffb\u200bc')).toEqual(['a\ufeffb\u200bc']);
  expect(wordsOf('5 – 6 @.@ <unk>')).toEqual(['5', '–', '6', '@.@', '<unk>']);
});

test('every line counts one token more than it has words, blank ones too', () => {
  expect(countTokens(' \n = Title = \n\n a b .\n')).toEqual({ words: 3 + 3, lines: 4 });
  expect(countTokens('a b')).toEqual({ words: 2, lines: 1 });
});

test('in pieces of whatever size, the tokens are the words of the lines', () => {
  const characters = fc.constantFrom('a', 'b', ' ', '\n', '\r', '\r\n', '\u0085', '–', '😀', '\ufeffa');
  fc.assert(
    fc.property(
      fc.string({ unit: characters, maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      (text, size) => {
        const bytes = new TextEncoder().encode(text);
        const expected = (whole: string) => linesOf(whole).flatMap((line) => [...wordsOf(line), eos]);
        expect(tokensOf(text, size)).toEqual(expected(text));
        expect(tokensOf(bytes, size)).toEqual(expected(new TextDecoder().decode(bytes)));
      },
    ),
    { numRuns: tries(1000) },
  );
});

test('what is not UTF-8 and what has no white space is refused, in pieces of whatever size', () => {
  for (const size of [1, 2, 1000]) {
    expect(() => tokensOf(Uint8Array.of(97, 32, 200, 32), size)).toThrow(TypeError);
    expect(() => tokensOf(Uint8Array.of(97, 226, 128), size)).toThrow(TypeError);
  }
  const word = 'a'.repeat(longestWord);
  for (const size of [5000, 2 ** 20]) {
    expect(tokensOf(`b ${word} c`, size)).toEqual(['b', word, 'c', eos]);
    expect(() => tokensOf(`b ${word}a c`, size)).toThrow(RangeError);
  }
});
