import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import sharp from 'sharp';
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

test('what to draw is named once, with or without --genotype', async () => {
  const out = join(await temporaryFolder(), 'cells.dot');
  expect(await call('draw', 'nasnet', '--out', out)).toMatchObject({ exitCode: 0, stdout: `${out}\n` });
  const [none, twice] = [await call('draw'), await call('draw', 'nasnet', '--genotype', 'nasnet')];
  expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nothing to draw was named') });
  expect(twice).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('named twice') });
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

test.each([
  [['--out', 'a.png'], 'a.png', { format: 'png' }],
  [['--out', 'a.PNG', '--width', '300'], 'a.PNG', { format: 'png', width: 300 }],
  [['--out', 'a.picture', '--format', 'png', '--theme', 'dark'], 'a.picture', { format: 'png' }],
  [['--out', 'a.svg', '--width', '300'], 'a.svg', { format: 'svg', width: 300 }],
  [['--out', 'a'], 'a', { format: 'svg' }],
] as const)('%s is a picture', async ([flag, name, ...more], _, expected) => {
  const out = join(await temporaryFolder(), name);
  const drawn = await call('draw', '--genotype', 'NASNet', flag, out, ...more);
  expect(drawn).toMatchObject({ exitCode: 0, stdout: `${out}\n` });
  expect(await sharp(out).metadata()).toMatchObject(expected);
});

test.each([
  [['--out', 'a.jpg'], 'a drawing cannot be written as ".jpg"'],
  [['--format', 'dot', '--width', '300'], '--width says nothing of a drawing as DOT'],
  [['--out', 'a.dot', '--theme', 'dark'], '--theme says nothing of a drawing as DOT'],
  [['--format', 'pdf'], 'pdf'],
  [['--width', '99999'], '10000'],
])('%s is refused', async (given, why) => {
  const { exitCode, stderr } = await call('draw', '--genotype', 'NASNet', ...given);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(why);
});
