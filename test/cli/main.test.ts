import { expect, test } from 'vitest';

import packageJson from '../../package.json' with { type: 'json' };
import { start } from './call.ts';

test('the version and help are data', async () => {
  expect(await start(['--version'])).toEqual({ exitCode: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  const bare = await start([]);
  expect(bare).toMatchObject({ exitCode: 0, stderr: '' });
  for (const word of ['Usage: nascent', 'doctor', 'data', '--verbose', '--no-color']) {
    expect(bare.stdout).toContain(word);
  }
});

test('a slip of the keyboard gets the nearest name, exit code 2, and no stack', async () => {
  expect(await start(['doctro'])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^✖ unknown command 'doctro'\n  Did you mean doctor\? Commands: .*doctor, .*\n$/,
    ),
  });
  const verbose = await start(['doctor', '--jsn', '--verbose']);
  expect(verbose.exitCode).toBe(2);
  expect(verbose.stderr).toMatch(
    /^✖ unknown option '--jsn'\n  Did you mean --json\? [^\n]*\n  NascentError: .*\n {6}at /,
  );
});
