/** `--estimate` as it is typed: what it prints, and that nothing is made. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { estimateSchema } from '../../../src/estimate/estimate.ts';
import { createRun } from '../../../src/run/directory.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

const set = (...settings: string[]) => settings.flatMap((each) => ['--set', each]);
const reference = ['--engine', 'reference'];
const tiny = {
  search: [
    'search',
    '--data',
    'synthetic',
    ...reference,
    ...set('channels=2', 'layers=3', 'nodes=1', 'primitives=none,skip_connect,max_pool_3x3'),
    ...set('epochs=1', 'batch_size=4', 'train_images=24', 'valid_images=8'),
  ],
  train: [
    'train',
    '--genotype',
    'DARTS_V1',
    '--data',
    'grammar',
    ...reference,
    ...set('units=4', 'epochs=2', 'batch_size=4', 'bptt=5', 'train_tokens=200', 'valid_tokens=100'),
    ...set('test_tokens=100'),
  ],
};

describe.each(Object.entries(tiny))('%s --estimate', (job, given) => {
  test('prints what it takes, as JSON by its schema, and makes nothing', { timeout: 120_000 }, async () => {
    const folder = await temporaryFolder();
    const typed = [...given, '--out', join(folder, 'a')];
    const ended = await call(...typed, '--estimate', '--json');
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
    const { stepMemory, command, ...estimate } = JSON.parse(ended.stdout) as Record<string, unknown>;
    const read = estimateSchema.parse(estimate);
    expect(read).toMatchObject({ kind: 'measured', job, engine: 'reference' });
    expect(stepMemory).toBeGreaterThan(0);
    expect(command).toMatch(new RegExp(`^nascent ${job} .*--set epochs=\\d`));
    expect(command).not.toContain('--estimate');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is refused with what has begun', async () => {
    const ended = await call(job, '--resume', 'runs/a', '--estimate');
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain("option '--estimate' cannot be used with option '--resume <run>'");
  });

  test('is refused for what would be refused without it', async () => {
    const out = join(await temporaryFolder(), 'a');
    const ended = await call(...given, '--set', 'epochs=none', '--out', out, '--estimate');
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('setting epochs=none: expected a whole number');
    expect(existsSync(out)).toBe(false);
  });
});

test('several seeds are not estimated', async () => {
  const ended = await call('search', '--data', 'grammar', '--seeds', '0,1', '--estimate');
  expect(ended.exitCode).toBe(2);
  expect(ended.stderr).toContain("option '--estimate' cannot be used with option '--seeds <list>'");
});

test('the training of a search that is trained already is resumed, and not estimated', async () => {
  const run = join(await temporaryFolder(), 'a');
  const recorded = { config: { data: 'grammar' }, seed: 0, engine: 'reference' } as const;
  await createRun(run, { kind: 'search', ...recorded });
  await createRun(join(run, 'train'), { kind: 'train', ...recorded });
  const ended = await call('train', run, '--estimate');
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain(`${join(run, 'train')} has begun, and only what has not can be timed`);
});
