import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

afterEach(() => vi.unstubAllEnvs());

test.each([
  [['--retrain', 'quick'], '--retrain goes with --seeds, which was not given'],
  [['--retrain-set', 'epochs=2'], '--retrain-set goes with --seeds, which was not given'],
  [['--seeds', '0,1', '--set', 'seed=3'], '--set seed=… goes for one search, and --seeds has others'],
  [['--seeds', '0,1', '--retrain-set', 'seed = 3'], '--retrain-set seed=… goes for one search'],
  [['--from', '.'], '--from . is for text, and synthetic is not'],
])('what would do nothing is refused: %j', async (given, message) => {
  const out = join(await temporaryFolder(), 'a');
  const ended = await call('search', '--data', 'synthetic', ...given, '--out', out);
  expect(ended, ended.stderr).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain(message);
  expect(existsSync(out)).toBe(false);
});

test('the searches of several seeds are as deterministic as one, where that is asked for', async () => {
  vi.stubEnv('TF_DETERMINISTIC_OPS', undefined);
  // Not gone on with: what is said comes first.
  const given = ['--data', 'synthetic', '--seeds', '0,1', '--retrain-set', 'epochs=none', '--deterministic'];
  const ended = await call('search', ...given, '--out', join(await temporaryFolder(), 'a'));
  expect(ended.exitCode).toBe(2);
  expect(ended.stderr).toContain('Deterministic: ');
  expect(process.env['TF_DETERMINISTIC_OPS']).toBe('1');
});
