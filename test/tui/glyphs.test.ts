import { expect, test } from 'vitest';

import { asciiOf, bar, ellipsis, isAsciiOnly, marks } from '../../src/tui/glyphs.ts';

test.each([
  [{ LANG: 'C.UTF-8' }, false],
  [{ LANG: 'de_DE.utf8' }, false],
  [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, true],
  [{ LC_ALL: '', LC_CTYPE: 'POSIX', LANG: 'en_US.UTF-8' }, true],
  [{ LC_CTYPE: 'en_US.UTF-8', LANG: 'C' }, false],
  [{ LANG: 'de_DE.ISO-8859-1' }, true],
  [{ LANG: 'C.UTF-8', TERM: 'dumb' }, true],
  [{ LANG: 'C.UTF-8', TERM: 'linux' }, true],
  [{}, false],
])('%j has ASCII alone: %s', (env, expected) => {
  expect(isAsciiOnly(env)).toBe(expected);
});

test('every sign has a form in ASCII, and marks differ', () => {
  const shown = Object.values(marks).map(asciiOf);
  expect(new Set(shown).size).toBe(shown.length);
  for (const sign of [...Object.values(marks), ...Object.values(bar)]) {
    expect(asciiOf(sign)).toMatch(/^[\x20-\x7E]$/);
  }
  expect(asciiOf(`α ≤ 2${ellipsis} in häuser.onnx`)).toBe('alpha <= 2... in häuser.onnx');
});
