import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

test.each([
  ['cells.svg', /^<svg /],
  ['cells.dot', /^digraph "NASNet" \{/],
])('%s', async (name, beginning) => {
  const out = join(await temporaryFolder(), 'new', name);
  expect(await call('draw', '--genotype', 'nasnet', '--out', out)).toEqual({
    exitCode: 0,
    stdout: `${out}\n`,
    stderr: '',
  });
  expect(readFileSync(out, 'utf8')).toMatch(beginning);
});
