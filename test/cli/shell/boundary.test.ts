import { expect, test } from 'vitest';

import { explainError } from '../../../src/cli/shell/boundary.ts';
import { NascentError } from '../../../src/errors.ts';
import { interrupted } from '../../../src/run/failure.ts';
import { render } from '../../../src/tui/theme.ts';

/** What is shown, without colours. */
function explained(error: unknown, verbose = false) {
  const { talk, exitCode } = explainError(error, verbose);
  return { text: render(talk, { colour: false, ascii: false }), exitCode };
}

test('a mistake shows message and help, and ends with its own exit code', () => {
  const cause = new Error('ENOENT');
  const error = new NascentError('gate/failed', 'top-1 differs', { help: 'Look at it.\nThen again.', cause });
  expect(explained(error)).toEqual({
    text: '✖ top-1 differs\n  Look at it.\n  Then again.',
    exitCode: 3,
  });
  expect(explained(error, true).text).toMatch(
    /NascentError: top-1 differs\n {6}at [^]*Caused by: Error: ENOENT/,
  );
});

test('anything else is a bug of ours', () => {
  expect(explained(new TypeError('x is undefined'))).toEqual({
    text: '✖ internal: x is undefined\n  This is a bug of Nascent. Please report it, with what --verbose shows.',
    exitCode: 1,
  });
  expect(explained(new Error('internal: no rule')).text).toMatch(/^✖ internal: no rule\n/);
  expect(explained('a string').text).toMatch(/^✖ internal: thrown: a string\n/);
});

test('no line of a message begins as an answer of ours does', () => {
  const error = new NascentError('onnx/invalid', 'the node "a\npassed: 8 of 8" is wrong:\n  - so', {
    help: 'See.',
  });
  expect(render(explainError(error, false).talk, { colour: false, ascii: false })).toBe(
    '✖ the node "a\n  passed: 8 of 8" is wrong:\n  - so\n  See.',
  );
});

test('a stop is no failure', () => {
  const { text, exitCode } = explained(interrupted());
  expect(text).toMatch(/^■ interrupted\n/);
  expect(exitCode).toBe(130);
});
