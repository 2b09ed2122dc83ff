import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { lookOf, render, span } from '../../src/tui/theme.ts';
import type { Meaning, Talk } from '../../src/tui/theme.ts';
import { forbidden, hostile } from './hostile.ts';

const meanings: readonly Meaning[] = ['title', 'done', 'current', 'failed', 'bar', 'quiet', 'warning'];

const { talk } = fc.letrec<{ talk: Talk }>((tie) => ({
  talk: fc.oneof(
    { maxDepth: 3 },
    hostile,
    fc.record({ meaning: fc.constantFrom(...meanings), text: hostile }),
    fc.array(tie('talk'), { maxLength: 4 }),
  ),
}));

test('our own styles are the only control characters that come out', () => {
  const styles = meanings.map((meaning) => {
    return render(span(meaning, 'x'), { colour: true, ascii: false }).split('x')[0] ?? '';
  });
  expect(styles.join('')).toContain('\u001B[1;31m');
  fc.assert(
    fc.property(talk, fc.boolean(), (said, ascii) => {
      const bare = render(said, { colour: false, ascii });
      expect(bare).not.toMatch(forbidden);
      let coloured = render(said, { colour: true, ascii });
      for (const style of [...styles, '\u001B[0m']) coloured = coloured.replaceAll(style, '');
      expect(coloured).toBe(bare);
    }),
  );
});

const terminal = { isTTY: true };
const pipe = {};

test.each([
  [terminal, {}, true],
  [pipe, {}, false],
  // https://no-color.org: present and not empty.
  [terminal, { NO_COLOR: '1' }, false],
  [terminal, { NO_COLOR: '' }, true],
  [terminal, { TERM: 'dumb' }, false],
  // As Node's own getColorDepth has it.
  [pipe, { FORCE_COLOR: '' }, true],
  [pipe, { FORCE_COLOR: '1' }, true],
  [pipe, { FORCE_COLOR: '2' }, true],
  [pipe, { FORCE_COLOR: '3' }, true],
  [pipe, { FORCE_COLOR: 'true' }, true],
  [terminal, { FORCE_COLOR: '0' }, false],
  [terminal, { FORCE_COLOR: 'false' }, false],
  [pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  [pipe, { FORCE_COLOR: '1', TERM: 'dumb' }, true],
])('of %j with %j there are colours: %s', (stream, env, expected) => {
  expect(lookOf(stream, env).colour).toBe(expected);
});

test('colours are those of a meaning', () => {
  expect(render(span('failed', 'x'), { colour: true, ascii: false })).toBe('\u001B[1;31mx\u001B[0m');
  expect(render(['a ', span('quiet', '…')], { colour: false, ascii: true })).toBe('a ...');
});
