import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { decodeModel } from '../../../proto/onnx.ts';
import type { ExportOutcome } from '../../../src/model/export.ts';
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
  expect(stderr).toMatch(/200 parameters, 195 MACs a word, \d+ nodes, opset 17/);
  expect(stderr).toContain('nascent parity');
});

test('every option of images at once, each proven on made-up images', async () => {
  const out = join(await temporaryFolder(), 'x.onnx');
  const size = ['--network', 'cifar10', '--channels', '2', '--layers', '3', '--opset', '22', '--json'];
  const passes = ['--fold-batch-norm', '--fp16', '--softmax', '--top-k', '3', '--preprocess'];
  const given = await call('export', '--genotype', 'nasnet', ...size, ...passes, '--out', out);
  expect(given.exitCode, given.stderr).toBe(0);
  const outcome = JSON.parse(given.stdout) as ExportOutcome;
  expect(outcome.proof?.apart).toBeLessThan(outcome.proof?.allowed ?? 0);
  const { graph, opsets, metadata } = decodeModel(await readFile(out), out);
  expect(opsets).toEqual([{ domain: '', version: 22 }]);
  expect(graph.inputs.map(({ type }) => type)).toEqual([
    { kind: 'tensor', dtype: 'uint8', shape: ['batch', 32, 32, 3] },
  ]);
  expect(graph.outputs.map(({ name }) => name)).toEqual(['scores', 'classes']);
  expect(graph.nodes.filter(({ opType }) => opType === 'BatchNormalization')).toEqual([]);
  expect(Object.fromEntries(metadata)).toMatchObject({
    input_layout: 'NHWC',
    precision: 'float16',
    output: 'the best 3 probabilities and their classes',
  });
});

test.each([
  [['--network', 'ptb', '--softmax'], '--softmax is for images, and this is about text'],
  [['--network', 'cifar10', '--channels', '2', '--top-k', '11'], 'the best 11 were asked for'],
  [['--network', 'cifar10', '--top-k', '0'], 'number, 1 or more'],
])('an option that fits no such network is refused: %j', async (options, message) => {
  const out = join(await temporaryFolder(), 'x.onnx');
  const { exitCode, stderr } = await call('export', '--genotype', 'DARTS_V2', ...options, '--out', out);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
  expect(existsSync(out)).toBe(false);
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
