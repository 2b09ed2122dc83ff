import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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

test('a Node older than package.json asks for gets one line, before anything that it cannot read', () => {
  const needed = packageJson.engines.node.replace('>=', '');
  const [major = 0, minor = 0] = needed.split('.').map(Number);
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const on = (version: string) => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
    const before = ['--import', 'tsx', '--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...before, main, '--version'], {
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  for (const old of [`${major}.${minor - 1}.5`, `${major - 2}.99.0`]) {
    const stderr = `✖ Nascent needs Node ${needed} or later, and this is Node ${old}\n`;
    expect(on(old)).toEqual({ status: 1, stdout: '', stderr });
  }
  for (const enough of [`${major}.${minor}.0`, `${major + 2}.0.0`]) {
    expect(on(enough)).toEqual({ status: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  }
});
