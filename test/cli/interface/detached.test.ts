/** What a command that the interface started said last, in one line. */
import { expect, it } from 'vitest';

import { errorIn } from '../../../src/cli/interface/detached.ts';

it('is the error, then its help', () => {
  const said = 'Searching\n✖ no folder was named\n  Give one\n  by --from.\n';
  expect(errorIn(said)).toBe('no folder was named. Give one by --from.');
  expect(errorIn('x one thing\nx another\n')).toBe('another');
  expect(errorIn('Killed\n')).toBe('Killed');
});
