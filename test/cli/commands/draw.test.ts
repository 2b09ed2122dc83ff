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

test('cells of more nodes than can be laid out are refused, and written for Graphviz', async () => {
  const nodes = Array.from({ length: 3000 }, (_, node) => [{ op: 'skip_connect', source: node + 1 }]);
  const cell = { nodes, concat: [3001] };
  const folder = await temporaryFolder();
  const given = ['draw', '--genotype', JSON.stringify({ normal: cell, reduce: cell }), '--out'];
  const refused = await call(...given, join(folder, 'cells.svg'));
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('a cell of 3000 nodes is too large to draw: the most is 128');
  expect(await call(...given, join(folder, 'cells.dot'))).toMatchObject({ exitCode: 0 });
});
