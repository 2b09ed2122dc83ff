/** `--fit` as it is typed: the batch that is chosen is in the run, and what cannot be is refused with nothing made. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openRun } from '../../../src/run/directory.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

const set = (...settings: string[]) => settings.flatMap((each) => ['--set', each]);
const tiny = [
  'search',
  '--data',
  'synthetic',
  '--engine',
  'reference',
  ...set('channels=2', 'layers=3', 'nodes=1', 'primitives=none,skip_connect,max_pool_3x3'),
  ...set('epochs=1', 'train_images=24', 'valid_images=8'),
];

test('what fits is said, chosen, and written into the run', { timeout: 240_000 }, async () => {
  const out = join(await temporaryFolder(), 'a');
  const { stderr, exitCode } = await call(...tiny, '--fit', '3GB', '--out', out);
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toMatch(/a batch of 32 takes \d+\.\d\d [MG]B at the most/);
  expect(stderr).toMatch(
    /batch_size=32 \(\d+\.\d\d [MG]B\): with a larger one an epoch would have fewer than eight steps/,
  );
  expect(openRun(out).record().config).toMatchObject({ settings: { batch_size: 32 } });
});

test('where no batch fits, that is said, and nothing is made', { timeout: 240_000 }, async () => {
  const out = join(await temporaryFolder(), 'a');
  const { stderr, exitCode } = await call(...tiny, '--fit', '20MB', '--out', out);
  expect(exitCode, stderr).toBe(2);
  expect(stderr).toContain('no batch fits into 20.00 MB: one of 1 takes more than that');
  expect(stderr).toContain('Give more by --fit');
  expect(existsSync(out)).toBe(false);
});

test(
  'a text too short for the usual batch gets the largest that it makes',
  { timeout: 240_000 },
  async () => {
    const folder = await temporaryFolder();
    const words = (count: number) => `${'a b c d '.repeat(count / 4)}\n`;
    await writeFile(join(folder, 'train.txt'), words(20_000));
    await writeFile(join(folder, 'valid.txt'), words(40));
    await writeFile(join(folder, 'test.txt'), words(400));
    const out = join(folder, 'run');
    const settings = ['units=4', 'nodes=2', 'epochs=1', 'bptt=5', 'train_tokens=4000', 'eval_batch_size=4'];
    const given = `search --data text --from ${folder} --preset quick-rnn --engine reference --fit 3GB --out ${out}`;
    const { stderr, exitCode } = await call(...given.split(' '), ...set(...settings));
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('a batch of 32 is too large for the text');
    expect(stderr).toMatch(/batch_size=16 \(.*\): the text is too short for a larger one/);
    expect(openRun(out).record().config).toMatchObject({ settings: { batch_size: 16 } });
  },
);

test.each([
  [['--fit', '9000TB'], /--fit is 9000000\.00 GB, and this machine has/],
  [['--fit', '1GB', '--set', 'batch_size=4'], /--fit chooses batch_size, and --set says it/],
  [['--fit', 'much'], /Expected an amount of memory, such as 4GB or 800MB/],
  [['--fit', '1GB', '--estimate'], /option '--fit <memory>' cannot be used with option '--estimate'/],
  [['--fit', '1GB', '--set', 'epochs=0'], /setting epochs=0: expected/],
])('%j is refused', async (given, says) => {
  const { stderr, exitCode, stdout } = await call(...tiny, ...given, '--out', 'nowhere');
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(says);
});
