import { expect, test } from 'vitest';

import { countTokens, linesOf, wordsOf } from '../../../src/data/text/tokens.ts';

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
  expect(countTokens(' \n = Title = \n\n a b .\n')).toBe(1 + 4 + 1 + 4);
  expect(countTokens('a b')).toBe(3);
});
