/** What becomes of output that nobody takes, with real processes and a real shell. */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, expect, test, vi } from 'vitest';

import { obeyTalkFlags, print, say } from '../../../src/cli/shell/output.ts';
import { openRun } from '../../../src/run/directory.ts';
import { call } from '../call.ts';

vi.setConfig({ testTimeout: 180_000 });

const root = mkdtempSync(join(tmpdir(), 'nascent-output-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const nascent = `nascent() { '${process.execPath}' --import tsx '${main}' "$@"; }`;
const hasFull = existsSync('/dev/full');

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line of a shell, in which `nascent` is the command. */
function shell(line: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn('sh', ['-c', `${nascent}; ${line}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve({ stdout, stderr }));
  });
}

test.skipIf(!hasFull)(
  'data on a full disk is a failure, and said (skipped where /dev/full is missing)',
  async () => {
    for (const command of ['describe --genotype DARTS_V2', '--version']) {
      const { stderr } = await shell(`nascent ${command} > /dev/full; echo "exit $?" >&2`);
      expect(stderr).toMatch(/^✖ stdout cannot be written: ENOSPC[^\n]*\n  [^\n]+\nexit 1\n$/);
    }
    // Talk that is lost is no failure, and a failure of another kind keeps its exit code.
    expect((await shell('nascent describe --genotype DARTS_V2 2> /dev/full; echo "exit $?"')).stdout).toMatch(
      /^network [^]*exit 0\n$/,
    );
    expect((await shell('nascent describe > /dev/full; echo "exit $?"')).stdout).toBe('exit 2\n');
  },
);

test('stdout that is open for reading alone is a failure', async () => {
  const { stderr } = await shell('nascent --version 1< /dev/null; echo "exit $?" >&2');
  expect(stderr).toMatch(/^✖ stdout cannot be written: EBADF[^]*exit 1\n$/);
});

test('a short command whose reader goes away ends quietly', async () => {
  const line = (reader: string) =>
    `{ nascent describe --genotype DARTS_V2 --json; echo "exit $?" >&2; } | ${reader}`;
  expect(await shell(line('head -1'))).toEqual({ stdout: '{\n', stderr: 'exit 0\n' });
  // Whether the reader is gone before or after the command writes.
  expect(await shell(line('true'))).toEqual({ stdout: '', stderr: 'exit 0\n' });
});

test('a run whose reader goes away is interrupted in order', async () => {
  const run = join(root, 'search');
  const settings = [
    'channels=4',
    'layers=3',
    'nodes=2',
    'batch_size=16',
    'epochs=50',
    'train_images=512',
    'valid_images=32',
  ];
  const flags = [
    '--data synthetic',
    '--engine onnxruntime',
    ...settings.map((each) => `--set ${each}`),
    `--out '${run}'`,
  ];
  const { stdout, stderr } = await shell(
    `{ nascent search ${flags.join(' ')} 2>&1; echo "exit $?" >&2; } | head -1`,
  );
  expect(stdout).toBe(`Search in ${run}\n`);
  expect(stderr).toBe('exit 130\n');
  expect(openRun(run).record().status).toBe('stopped');
});

test('--quiet leaves data and errors', async () => {
  const quiet = await call('-q', 'data', 'get', 'cifra10');
  expect(quiet).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('✖ ') });
  obeyTalkFlags(['doctor', '--quiet']);
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  say('talk');
  expect(write).not.toHaveBeenCalled();
  obeyTalkFlags(['doctor']);
  say('talk');
  expect(write).toHaveBeenCalledExactlyOnceWith('talk\n');
  write.mockRestore();
});

test('colours are asked for by flags and variables, and the flags win', async () => {
  const wrong = async (flags: string, env?: NodeJS.ProcessEnv) =>
    (await shell(`nascent describe --genotyp x ${flags}`, env)).stderr.includes('\u001B[1;31m✖');
  expect(await wrong('')).toBe(false);
  expect(await wrong('--color', { NO_COLOR: '1' })).toBe(true);
  expect(await wrong('', { FORCE_COLOR: '1' })).toBe(true);
  expect(await wrong('--no-color', { FORCE_COLOR: '3' })).toBe(false);
});

test('a terminal of ASCII gets ASCII', async () => {
  const { stderr } = await shell('nascent doctro', { LC_ALL: 'C' });
  expect(stderr).toMatch(/^x unknown command 'doctro'\n[\x20-\x7E\n]+$/);
});

test('what is printed for programs is JSON that means the same, without control characters', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const value = { label: 'a\u001B[31m\u009B\u202E…é\r\n' };
  print(JSON.stringify(value, undefined, 2));
  const [text] = write.mock.calls[0] ?? [];
  write.mockRestore();
  expect(JSON.parse(String(text))).toEqual(value);
  expect(text).toBe('{\n  "label": "a\\u001b[31m\\u009b\\u202e…é\\r\\n"\n}\n');
});
