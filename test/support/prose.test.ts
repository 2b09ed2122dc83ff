import { describe, expect, it } from 'vitest';

import { callsIn, proseIn } from './prose.ts';

describe('what people read in code', () => {
  const code = [
    '/** A first',
    ' * comment. */',
    "const a = 'it\\'s'; // not 'a string'",
    'const b = /[/\'"`]/.test(a) ? 4 / 2 / 1 : "//";',
    "const c = `one ${two(`{${'three'}`, '}')} four`;",
  ].join('\n');

  it('is its comments and strings, and nothing else', () => {
    expect(proseIn(code).map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      'comment: A first comment.',
      "string: it's",
      "comment: not 'a string'",
      'string: //',
      'string: one ${} four',
      'string: {${}',
      'string: three',
      'string: }',
    ]);
  });

  it('stands where it says', () => {
    for (const { kind, start, end } of proseIn(code)) {
      expect(code.slice(start, start + 1)).toMatch(kind === 'comment' ? '/' : /['"`]/);
      expect(end).toBeGreaterThan(start);
    }
  });
});

it('a call has its arguments, with the strings of each', () => {
  const code = "// f('no')\nf('a', g(1, 'b') + `c ${'d'}`, { e: ['f', \"g\"] });\nf();";
  const texts = callsIn(code, 'f').map((call) => call.map(({ strings }) => strings.map(({ text }) => text)));
  expect(texts).toEqual([[['a'], ['b', 'c ${}', 'd'], ['f', 'g']], []]);
});
