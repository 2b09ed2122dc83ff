/**
 * The whole road on images drawn by formula, with onnxruntime alone: search, stopped half-way and taken up, train,
 * export, validate, compare. And what is wrong on the way is told.
 */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { encodeModel } from '../../proto/onnx.ts';
import { openRun } from '../../src/run/directory.ts';
import { genotypeFromNotation } from '../../src/space/images/genotype-notation.ts';
import { floatInfo, modelOf, node } from '../exporters/onnx/models.ts';
import { call, start } from './call.ts';

const root = mkdtempSync(join(tmpdir(), 'nascent-road-'));
const run = join(root, 'a');
afterAll(() => rmSync(root, { recursive: true, force: true }));
// Whatever the tests are started by, the commands that are shown are those of a package that is installed.
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

const tiny = (...settings: string[]) => settings.flatMap((each) => ['--set', each]);
const onSynthetic = ['--data', 'synthetic', '--engine', 'onnxruntime'];
const searchSettings = tiny(
  'channels=4',
  'layers=3',
  'nodes=2',
  'train_images=128',
  'valid_images=32',
  'batch_size=16',
  'epochs=4',
  'primitives=skip_connect,sep_conv_3x3',
);
const trainSettings = tiny('channels=4', 'layers=3', 'train_images=256', 'test_images=64', 'batch_size=16');

test('a search that is stopped says how to resume it', async () => {
  const given = ['search', ...onSynthetic, ...searchSettings, '--out', run];
  let stopped = false;
  const ended = await start(given, (text, child) => {
    if (stopped || !text.includes('● Searching')) return;
    stopped = true;
    child.kill('SIGINT');
  });
  expect(ended).toMatchObject({ exitCode: 130, stdout: '' });
  expect(ended.stderr).toContain(`■ interrupted\n  Resume it: nascent search --resume ${run}\n`);
  expect(openRun(run).record()).toMatchObject({
    kind: 'search',
    status: 'stopped',
    engine: 'onnxruntime-cpu',
  });
  const early = await call('train', run);
  expect(early).toMatchObject({ exitCode: 2, stdout: '' });
  expect(early.stderr).toContain(`has not derived a genotype\n  Finish it: nascent search --resume ${run}`);
});

test('and, resumed, comes to a genotype', async () => {
  const ended = await call('search', '--resume', run);
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(genotypeFromNotation(ended.stdout).normal.nodes).toHaveLength(2);
  expect(ended.stderr).toContain(`Next: nascent train ${run}\n`);
  expect(openRun(run).record().status).toBe('done');
  // Every epoch once.
  expect(
    openRun(run)
      .readAlphas()
      .map((line) => line['epoch']),
  ).toEqual([-1, 0, 1, 2, 3]);

  const again = await call('search', '--resume', run);
  expect(again).toMatchObject({ exitCode: 0, stdout: ended.stdout });
  expect(again.stderr).toContain('This search is finished.');

  const asJson = await call('search', '--resume', run, '--json');
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    task: 'images',
    run,
    notation: ended.stdout.trim(),
    engine: 'onnxruntime-cpu',
    valid: { metric: 'accuracy' },
  });
});

test('its network is trained in its folder, once', async () => {
  const untrained = await call('export', run);
  expect(untrained).toMatchObject({ exitCode: 2, stdout: '' });
  expect(untrained.stderr).toContain(`Train them first: nascent train ${run}`);

  const ended = await call('train', run, '--engine', 'onnxruntime', '--json', ...trainSettings);
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
  expect(ended.stderr).toMatch(
    /of the training images right, [\d.]+ % of 64 test images\.\nNext: nascent export/,
  );

  const again = await call('train', run);
  expect(again.exitCode).toBe(2);
  expect(again.stderr).toContain(`the training in ${join(run, 'train')} is finished`);

  const resumed = await call('train', '--resume', run, '--json');
  expect(resumed, resumed.stderr).toMatchObject({ exitCode: 0 });
  expect(resumed.stderr).toContain('This training is finished.');
  expect(JSON.parse(resumed.stdout)).toEqual(JSON.parse(ended.stdout));
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    task: 'images',
    run: join(run, 'train'),
    measured: { split: 'test', count: 64 },
  });
});

test('it is exported, validated and compared', async () => {
  const exported = await call('export', run);
  const model = join(run, 'model.onnx');
  expect(exported, exported.stderr).toMatchObject({ exitCode: 0, stdout: `${model}\n` });
  expect(exported.stderr).toMatch(
    / parameters, .* MACs an image, \d+ nodes, opset 17\nsha256 [0-9a-f]{64}\nNext:\n(  nascent .*\n){4}/,
  );

  const validated = await call('validate', run, '--images', '200', '--json');
  expect(validated.exitCode, validated.stderr).toBe(0);
  const validation: unknown = JSON.parse(validated.stdout);
  expect(validation).toMatchObject({ data: 'synthetic', images: 200, notFinite: 0 });
  expect(JSON.parse(readFileSync(join(run, 'validation.json'), 'utf8'))).toEqual(validation);

  const compared = await call('parity', model, '--images', '40', '--runtimes', 'tfjs-cpu');
  expect(compared.exitCode, compared.stdout).toBe(0);
  expect(compared.stdout).toContain('passed: 1 of 1 agree with reference');
  expect(JSON.parse(readFileSync(join(run, 'parity.json'), 'utf8'))).toMatchObject({ outcome: 'passed' });
});

test('it is exported to any file', async () => {
  const out = join(root, 'new', 'x.onnx');
  const ended = await call('export', run, '--out', out);
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: `${out}\n` });
  expect(readFileSync(out)).toEqual(readFileSync(join(run, 'model.onnx')));
  expect(ended.stderr).toContain(
    `Next:\n  nascent predict ${out} FILE…\n  nascent validate ${out} --data synthetic\n  nascent parity ${out} --data synthetic\n  nascent draw --genotype ${run} `,
  );
  const best = await call('export', run, '--top-k', '2', '--out', join(root, 'new', 'best.onnx'));
  expect(best.stderr).toContain('nascent predict');
  expect(best.stderr).not.toContain('nascent validate');
});

test.each([
  [['validate', run, '--batch', '2'], '--batch is for text, and this is about images'],
  [['validate', run, '--tokens', '20'], '--tokens is for text'],
  [['validate', run, '--data', 'grammar'], 'is no language model, and grammar is a text'],
  [['parity', run, '--data', 'grammar'], 'is no language model, and grammar is a text'],
  [['validate', run, '--from', root], 'is for a dataset in a folder, and synthetic is made on the spot'],
  [['parity', run, '--from', root], 'is for a dataset in a folder, and synthetic is made on the spot'],
  [['train', run, '--from', root, '--out', join(root, 'c')], 'and synthetic is made on the spot'],
  [
    ['train', '--genotype', 'DARTS', '--from', root, '--out', join(root, 'c')],
    'needs the name of its dataset',
  ],
  [['train', run, '--data', 'grammar', '--out', join(root, 'c')], 'is of images, and grammar is text'],
  [
    ['train', '--genotype', 'ENAS', '--out', join(root, 'c')],
    'ENAS is a recurrent cell, and no text was named',
  ],
  [['export', run, '--unroll', '2'], '--unroll is for text, and this is about images'],
])('what would do nothing is refused: %j', async (given, message) => {
  const ended = await call(...given);
  expect(ended, ended.stderr).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain(message);
  expect(existsSync(join(root, 'c'))).toBe(false);
});

test('a gate that is not passed is exit code 3, and the report is there all the same', async () => {
  const given = [run, '--images', '10', '--runtimes', 'tfjs-cpu', '--atol', '0', '--json'];
  const ended = await call('parity', ...given);
  expect(ended.exitCode).toBe(3);
  expect(JSON.parse(ended.stdout)).toMatchObject({ outcome: 'failed', real: { images: 10 } });
  expect(ended.stderr).toContain('✖ tfjs-cpu does not do what reference does');
});

describe('models that are none', () => {
  test.each([
    ['cut short', () => readFileSync(join(run, 'model.onnx')).subarray(0, 900), /^✖ .*bad\.onnx/m],
    ['of an op that no runtime has', strangeModel, /^✖ .*bad\.onnx.*NoSuchOp/m],
  ])('%s', async (_, bytes, message) => {
    const file = join(root, 'bad.onnx');
    writeFileSync(file, bytes());
    const ended = await call('parity', file);
    expect(ended, ended.stderr).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  });
});

function strangeModel(): Uint8Array {
  const [x, y] = [floatInfo('x', ['N', 3, 8, 8]), floatInfo('y', ['N', 3, 8, 8])];
  const strange = node('NoSuchOp', ['x'], ['y'], [], { domain: 'com.example' });
  const opsets = [
    { domain: '', version: 17 },
    { domain: 'com.example', version: 1 },
  ];
  return encodeModel({ ...modelOf({ nodes: [strange], inputs: [x], outputs: [y] }), opsets });
}

describe('data that is not there whole', () => {
  test('is told, and no run is begun', async () => {
    const cache = join(root, 'cache');
    vi.stubEnv('NASCENT_CACHE', cache);
    const out = join(root, 'b');
    const missing = await call('search', '--out', out, '--engine', 'reference');
    expect(missing).toMatchObject({ exitCode: 2, stdout: '' });
    expect(missing.stderr).toContain('Get it: nascent data get cifar10');

    const folder = join(cache, 'data', 'cifar10');
    mkdirSync(folder, { recursive: true });
    const batch = join(folder, 'data_batch_1.bin');
    writeFileSync(batch, '');
    truncateSync(batch, 1_000_000);
    const damaged = await call('search', '--out', out, '--engine', 'reference');
    expect(damaged, damaged.stderr).toMatchObject({ exitCode: 2, stdout: '' });
    expect(damaged.stderr).toMatch(/data_batch_1\.bin[^]*nascent data get cifar10/);
    expect(existsSync(out)).toBe(false);
  });

  test('a run is not overwritten', async () => {
    const before = readdirSync(run);
    const ended = await call('search', '--out', run, ...onSynthetic);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain(`${run} already holds a run`);
    expect(readdirSync(run)).toEqual(before);
  });
});
