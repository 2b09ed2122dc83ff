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

test.each([
  [
    'cell.svg',
    ['--genotype', 'darts_v2', '--network', 'rnn'],
    /<title>DARTS_V2<\/title>\n<desc>Recurrent cell: /,
  ],
  ['cell.dot', ['--genotype', 'enas'], /^digraph "ENAS" \{[^]*state_8 -> state_11 \[label="relu"/],
])('%s of a recurrent cell', async (name, given, content) => {
  const out = join(await temporaryFolder(), name);
  expect(await call('draw', ...given, '--out', out)).toMatchObject({ exitCode: 0, stdout: `${out}\n` });
  expect(readFileSync(out, 'utf8')).toMatch(content);
});
