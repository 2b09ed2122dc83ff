import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

afterEach(() => vi.unstubAllEnvs());

const set = (...settings: string[]) => settings.flatMap((each) => ['--set', each]);

describe.each(['synthetic', 'grammar'])('a search on %s', (data) => {
  const task = data === 'synthetic' ? 'images' : 'text';

  test.each([
    [['--retrain', 'quick'], '--retrain goes with --seeds, which was not given'],
    [['--retrain-set', 'epochs=2'], '--retrain-set goes with --seeds, which was not given'],
    [['--seeds', '0,1', '--set', 'seed=3'], '--set seed=… sets one seed, and --seeds gives others'],
    [['--seeds', '0-3', '--retrain-set', 'seed = 3'], '--retrain-set seed=… sets one seed'],
    [['--from', '.'], `--from . is for a dataset in a folder, and ${data} is made on the spot`],
    [['--seeds', '0,1', '--retrain-set', 'epochs=none'], 'setting epochs=none: expected a whole number'],
    [['--stop-on-skips', ...set('max_skips=1')], 'stop_on_skips=2 is never reached where max_skips=1 caps'],
    [set('epochs=2', 'warmup_epochs=2'), 'warmup_epochs=2 leaves alphas alone for all of epochs=2'],
    [set('primitives=none'), 'no search is possible over primitives=none'],
  ])('refuses what would do nothing, before anything begins: %j', async (given, message) => {
    const out = join(await temporaryFolder(), 'a');
    const ended = await call('search', '--data', data, ...given, '--out', out);
    expect(ended, ended.stderr).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain(message);
    expect(existsSync(out)).toBe(false);
  });

  test('is retrained by a preset of its task only', async () => {
    const [own, other] = task === 'images' ? ['quick', 'ptb'] : ['quick-rnn', 'quick'];
    const out = join(await temporaryFolder(), 'a');
    const given = ['search', '--data', data, '--seeds', '0,1', '--out', out];
    const ended = await call(...given, '--retrain', other);
    expect(ended, ended.stderr).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain(`unknown preset "${other}"`);
    expect(ended.stderr).toContain(own);
    expect(existsSync(join(out, 'seed-0'))).toBe(false);
  });

  test('of several seeds is as deterministic as one, where that is asked for', async () => {
    vi.stubEnv('TF_DETERMINISTIC_OPS', undefined);
    // It does not begin: what is said comes first.
    const given = ['--data', data, '--seeds', '0,1', '--retrain-set', 'epochs=none', '--deterministic'];
    const ended = await call('search', ...given, '--out', join(await temporaryFolder(), 'a'));
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('Deterministic: ');
    expect(process.env['TF_DETERMINISTIC_OPS']).toBe('1');
  });
});

test.each(['', '0,', '1,0,1', '0-3,2', '3-0', '-1', '0.5', 'a', '1e3', '0-99999999', '0-1-2'])(
  'no list of seeds: %j',
  async (list) => {
    const out = join(await temporaryFolder(), 'a');
    const ended = await call('search', '--data', 'grammar', `--seeds=${list}`, '--out', out);
    expect(ended, ended.stderr).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('Expected whole numbers, each once, such as 0,1,2,3 or 0-3.');
    expect(existsSync(out)).toBe(false);
  },
);
