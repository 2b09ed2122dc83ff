import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import packageJson from '../../package.json' with { type: 'json' };

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

interface Ended {
  readonly exitCode: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a person would, in a process of its own. */
function nascent(...given: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', main, ...given], (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

test('the version and help are data', async () => {
  expect(await nascent('--version')).toEqual({ exitCode: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  const bare = await nascent();
  expect(bare).toMatchObject({ exitCode: 0, stderr: '' });
  for (const word of ['Usage: nascent', 'doctor', 'data', '--verbose', '--no-color']) {
    expect(bare.stdout).toContain(word);
  }
});

test('a slip of the keyboard gets the nearest name, exit code 2, and no stack', async () => {
  expect(await nascent('doctro')).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^✖ unknown command 'doctro'\n  Did you mean doctor\? Commands: .*doctor, .*\n$/,
    ),
  });
  const verbose = await nascent('doctor', '--jsn', '--verbose');
  expect(verbose.exitCode).toBe(2);
  expect(verbose.stderr).toMatch(
    /^✖ unknown option '--jsn'\n  Did you mean --json\? [^\n]*\n  NascentError: .*\n {6}at /,
  );
});
