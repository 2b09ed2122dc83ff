import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

test.each(['cifar10', 'imagenet'])(
  'an untrained network for %s, which says that it is one',
  async (network) => {
    const out = join(await temporaryFolder(), 'new', 'x.onnx');
    const size = ['--network', network, '--channels', '2', '--layers', '3'];
    const { exitCode, stdout, stderr } = await call('export', '--genotype', 'nasnet', ...size, '--out', out);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe(`${out}\n`);
    expect(existsSync(out)).toBe(true);
    expect(stderr).toContain('this network is not trained');
    expect(stderr).toContain('sha256 ');
  },
);

test('an untrained language model, of any length of text or unrolled', async () => {
  const out = join(await temporaryFolder(), 'new', 'x.onnx');
  const size = ['--network', 'ptb', '--units', '3', '--words', '5', '--unroll', '2'];
  const { exitCode, stdout, stderr } = await call('export', '--genotype', 'DARTS_V2', ...size, '--out', out);
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toBe(`${out}\n`);
  expect(existsSync(out)).toBe(true);
  expect(stderr).toContain('this network is not trained');
  expect(stderr).toContain('200 parameters, 195 MACs a word, opset 17');
  expect(stderr).toContain('nascent parity');
});

test.each([
  [['export'], 'nothing to export was given'],
  [['export', 'runs/a', '--words', '2'], '--words is for a genotype, and a run was given'],
  [['export', '--genotype', 'nasnet'], '--genotype needs --out, the file to write'],
  [['export', 'runs/a', '--channels', '2'], '--channels is for a genotype, and a run was given'],
  [
    ['export', '--genotype', 'nasnet', '--out', 'x.onnx', '--checkpoint', 'best'],
    '--checkpoint is of a run, and a genotype was given',
  ],
])('refused: %j', async (given, message) => {
  const { exitCode, stdout, stderr } = await call(...given);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).toContain('nascent export --genotype DARTS_V2 --network cifar10 --out model.onnx');
});
