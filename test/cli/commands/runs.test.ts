import { fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test, vi } from 'vitest';

import { createRun } from '../../../src/run/directory.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

const script = fileURLToPath(new URL('../../run/helpers/held.ts', import.meta.url));

test('a search is listed, and its training is told what to do by the name of the search', async () => {
  const folder = await temporaryFolder();
  const options = { config: {}, seed: 0, engine: 'reference' };
  const path = join(folder, 'a');
  const search = await createRun(path, { kind: 'search', ...options });
  await search.update({ status: 'done' });
  expect(await call('control', path, 'pause')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`no process is working on ${path}: it is done`),
  });
  expect(await call('control', path, 'puase')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('pause'),
  });

  const training = await createRun(join(path, 'train'), { kind: 'train', ...options });
  const child = fork(script, [training.path], { execArgv: ['--import', 'tsx'], stdio: 'ignore' });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await vi.waitUntil(() => training.readMetrics().length > 3, { timeout: 20_000, interval: 20 });
  expect(await call('control', path, 'pause')).toMatchObject({
    exitCode: 0,
    stdout: `${path} is paused, and has written a checkpoint\n`,
  });
  const listed = await call('runs', folder, '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject([
    { path, kind: 'search', status: 'done', inside: [{ kind: 'train', status: 'paused', best: null }] },
  ]);
  const stopped = await call('control', path, 'stop', '--json');
  expect(JSON.parse(stopped.stdout)).toMatchObject({ run: training.path, command: 'stop', outcome: 'done' });
  expect((await call('runs', folder)).stdout).toMatch(/train +stopped +\d+\/1,000,000 steps/);
});

test('a folder without runs says so, one that is not there is refused', async () => {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, 'empty'));
  expect(await call('runs', join(folder, 'empty'))).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: expect.stringContaining('No runs in'),
  });
  expect(await call('runs', join(folder, 'empty'), '--json')).toMatchObject({ stdout: '[]\n' });
  expect(await call('runs', join(folder, 'none'))).toMatchObject({ exitCode: 2 });
});
