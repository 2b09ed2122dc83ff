/** The end of CI's output, which may be all that is kept of it. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

import { temporaryFolder } from '../data/temporary.ts';

const root = resolve(import.meta.dirname, '../..');

interface Part {
  readonly file: string;
  readonly text: string;
}

/** What vitest reports of one file: its tests by name, those with a ! failed. */
function report(file: string, path: string, ...tests: readonly string[]): Part {
  const assertionResults = tests.map((name) => ({
    fullName: name.replace(/^!/, ''),
    status: name.startsWith('!') ? 'failed' : 'passed',
  }));
  const failed = assertionResults.filter(({ status }) => status === 'failed').length;
  const status = failed > 0 || tests.length === 0 ? 'failed' : 'passed';
  const text = JSON.stringify({
    numPassedTests: tests.length - failed,
    numFailedTests: failed,
    numPendingTests: 0,
    testResults: [
      { name: join(root, path), status, message: 'Error: no such module\n  at …', assertionResults },
    ],
  });
  return { file, text };
}

async function summaryOf(parts: readonly Part[], codes: readonly number[]) {
  const folder = await temporaryFolder();
  for (const { file, text } of parts) writeFileSync(join(folder, file), text);
  const args = [join(root, '.ci/summary.mjs'), folder, '17', ...codes.map(String)];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return { status, lines: stdout.trim().split('\n') };
}

const good = [
  report('tests.json', 'test/a.test.ts', 'one', 'two'),
  report('properties.json', 'test/a.test.ts', 'one'),
  { file: 'oracle.txt', text: '3 passed, 0 failed, 2 skipped\n' },
  { file: 'readme.txt', text: '4 passed, 0 failed\n' },
  { file: 'package.txt', text: '5 passed, 0 failed, 1 skipped\n' },
  { file: 'seconds.txt', text: '12 s  npm ci\n' },
];

const replacing = (...parts: readonly Part[]) => [
  ...good.filter(({ file }) => parts.every((part) => part.file !== file)),
  ...parts,
];

describe('the summary of CI', () => {
  it('adds up the parts, and says how long they took', async () => {
    expect(await summaryOf(good, [0, 0, 0, 0, 0])).toEqual({
      status: 0,
      lines: ['12 s  npm ci', '', '15 passed, 0 failed, 3 skipped'],
    });
  });

  it('names what failed in each part, right before its last line', async () => {
    const parts = replacing(
      report('tests.json', 'test/a.test.ts', 'one', '!two'),
      { file: 'oracle.txt', text: '  FAILED  alphas on onnxruntime\n2 passed, 1 failed, 2 skipped\n' },
      { file: 'package.txt', text: 'FAILED  examples/search.ts: no\n4 passed, 1 failed, 0 skipped\n' },
    );
    const { status, lines } = await summaryOf(parts, [1, 0, 1, 0, 1]);
    expect(status).toBe(1);
    expect(lines.slice(-4)).toEqual([
      'FAILED  npm test: test/a.test.ts > two',
      'FAILED  test:oracle: alphas on onnxruntime',
      'FAILED  package: examples/search.ts: no',
      '12 passed, 3 failed, 2 skipped',
    ]);
  });

  it('counts a part that ended badly without a failure as one', async () => {
    const { status, lines } = await summaryOf(good, [1, 0, 0, 0, 0]);
    expect(status).toBe(1);
    expect(lines.slice(-2)).toEqual([
      'FAILED  npm test: it ended with exit code 1',
      '15 passed, 1 failed, 3 skipped',
    ]);
  });

  it('names a file of tests that could not be loaded', async () => {
    const { lines } = await summaryOf(replacing(report('tests.json', 'test/b.test.ts')), [1, 0, 0, 0, 0]);
    expect(lines).toContain('FAILED  npm test: test/b.test.ts: Error: no such module');
  });

  it('tells what a fresh seed found, with the seed, and does not count it', async () => {
    const parts = replacing(report('properties.json', 'test/a.test.ts', '!one', 'two'));
    const { status, lines } = await summaryOf(parts, [0, 1, 0, 0, 0]);
    expect(status).toBe(0);
    expect(lines.slice(-3)).toEqual([
      'The fresh seed found 1 that do not hold. To see one: FC_SEED=17 npx vitest run FILE',
      'FOUND   test/a.test.ts > one',
      '15 passed, 0 failed, 3 skipped',
    ]);
  });
});
