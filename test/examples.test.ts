/** The examples, as a user runs them: each asserts what it claims, and ends badly where that is not so. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const examples = readdirSync(`${root}/examples`).filter((name) => name.endsWith('.ts'));

it.each(examples)('examples/%s', { timeout: 600_000 }, (name) => {
  const run = spawnSync(process.execPath, ['--import', 'tsx', `examples/${name}`], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout).not.toBe('');
});

it('are there', () => {
  expect(examples).toEqual([
    'check-and-run.ts',
    'compare-runtimes.ts',
    'export-and-run.ts',
    'import-and-run.ts',
    'search.ts',
  ]);
});
