/**
 * A language model of a text in a folder of the user's: its run knows where the text is, a copy of the model elsewhere
 * has to be told.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { call } from './call.ts';

// Each runtime of a comparison is a process, and the sources are compiled in every one.
vi.setConfig({ testTimeout: 240_000 });

const texts = fileURLToPath(new URL('../../fixtures/text', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'nascent-given-text-'));
const run = join(root, 'a');
const empty = join(root, 'empty');
const model = join(run, 'model.onnx');
const unrolled = join(run, 'model-unrolled.onnx');
const copy = join(root, 'copies', 'copy.onnx');

afterAll(() => rmSync(root, { recursive: true, force: true }));
// Whatever the tests are started by, the commands that are shown are those of a package that is installed.
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

beforeAll(async () => {
  mkdirSync(empty);
  const settings = ['units=8', 'batch_size=8', 'bptt=8', 'epochs=1', 'train_tokens=800', 'valid_tokens=400'];
  const given = ['train', '--genotype', 'DARTS_V1', '--data', 'text', '--from', texts, '--out', run];
  const small = [...settings, 'test_tokens=400'].flatMap((each) => ['--set', each]);
  const trained = await call(...given, '--engine', 'onnxruntime', ...small);
  expect(trained.exitCode, trained.stderr).toBe(0);
  expect((await call('export', run)).exitCode).toBe(0);
  expect((await call('export', run, '--unroll', '6')).stdout).toBe(`${unrolled}\n`);
});

/** The JSON that a command prints. */
async function answer(...given: string[]): Promise<Record<string, unknown>> {
  const ended = await call(...given, '--json');
  expect(ended.exitCode, ended.stderr).toBe(0);
  return JSON.parse(ended.stdout) as Record<string, unknown>;
}

test('is exported to any file, its vocabulary beside it', async () => {
  const ended = await call('export', run, '--out', copy);
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: `${copy}\n` });
  expect(readFileSync(copy)).toEqual(readFileSync(model));
  const beside = join(root, 'copies', 'vocabulary.txt');
  expect(readFileSync(beside)).toEqual(readFileSync(join(run, 'vocabulary.txt')));
  const data = `--data text --from ${texts}`;
  expect(ended.stderr).toContain(
    `Next:\n  nascent predict ${copy} --text WORDS\n  nascent validate ${copy} ${data}\n  nascent parity ${copy} ${data}\n`,
  );

  const short = join(root, 'copies', 'short.onnx');
  const second = await call('export', run, '--unroll', '6', '--out', short);
  expect(second, second.stderr).toMatchObject({ exitCode: 0, stdout: `${short}\n` });
  expect(readFileSync(short)).toEqual(readFileSync(unrolled));
});

test('is not exported beside the vocabulary of another model', async () => {
  const out = join(root, 'other', 'x.onnx');
  const vocabulary = join(root, 'other', 'vocabulary.txt');
  mkdirSync(join(root, 'other'));
  writeFileSync(vocabulary, 'one\ntwo\n');
  const ended = await call('export', run, '--out', out);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain(`${vocabulary} exists, and is not the vocabulary of this model`);
  expect(readFileSync(vocabulary, 'utf8')).toBe('one\ntwo\n');
});

test('has one perplexity, by its run, by a file in it, and by a copy that is told where the text is', async () => {
  const few = ['--tokens', '300'];
  const whole = await answer('validate', run, '--data', 'text', ...few);
  expect(whole).toMatchObject({ data: 'text', words: 299, model: { path: model } });
  const recorded = readFileSync(join(run, 'validation.json'), 'utf8');
  const others = [
    await answer('validate', unrolled, ...few),
    await answer('validate', copy, '--from', texts, ...few),
  ];
  for (const other of others) {
    expect(other['words']).toBe(299);
    expect(Number(other['perplexity']) / Number(whole['perplexity'])).toBeCloseTo(1, 5);
  }
  // It is of model.onnx.
  expect(readFileSync(join(run, 'validation.json'), 'utf8')).toBe(recorded);
});

const only = ['--runtimes', 'reference'];
const compared = { outcome: 'passed', real: { dataset: 'text', slices: 8 } };

test('is compared on its text, where its run says where that is', async () => {
  expect(await answer('parity', run, '--data', 'text', ...only)).toMatchObject(compared);
});

test('is compared on its text unrolled, too', async () => {
  const short = await answer('parity', unrolled, ...only);
  expect(short).toMatchObject({ ...compared, seeded: { batches: [1, 3, 7], lengths: [6, 6, 6] } });
});

test('is compared on seeded words where nobody says where its text is, unless --from does', async () => {
  const drawn = await call('parity', copy, ...only);
  expect(drawn.exitCode, drawn.stderr).toBe(0);
  expect(drawn.stderr).toContain('only seeded words are compared: --data text names no text.');
  expect(drawn.stdout).toContain('no real words: ');
  expect(drawn.stdout).not.toContain('images');
});

test('is compared on its text where --from says where that is', async () => {
  const given = ['--data', 'text', '--from', texts];
  expect(await answer('parity', copy, ...given, ...only)).toMatchObject(compared);
});

describe('is refused', () => {
  test.each([
    [['validate', run, '--from', empty], `${empty} has no train.txt`],
    [['parity', run, '--from', empty], `${empty} has no train.txt`],
    [
      ['validate', run, '--from', join(texts, 'valid.txt')],
      'valid.txt is a file, and neither a folder nor an archive',
    ],
    [['validate', run, '--images', '3'], '--images is for images'],
    [['validate', run, '--data', 'cifar10'], 'is a language model, and cifar10 is images'],
    [['parity', run, '--images', '3'], '--images is for images'],
    [['parity', run, '--data', 'cifar10'], 'is a language model, and cifar10 is images'],
  ])('%j', async (given, message) => {
    const ended = await call(...given);
    expect(ended, ended.stderr).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain(message);
  });
});

test('without a text, says what can be done', async () => {
  const file = join(root, 'enas.onnx');
  const size = ['--units', '3', '--words', '1005'];
  expect((await call('export', '--genotype', 'ENAS', ...size, '--out', file)).exitCode).toBe(0);
  const ended = await call('validate', file);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr.replaceAll(file, 'enas.onnx')).toMatchInlineSnapshot(`
    "Validating enas.onnx
    ✖ enas.onnx is an untrained language model of 1,005 words, made for no text
      Its words have no names, and its perplexity is about 1,005, whatever the text. Give a text whose vocabulary has 1,005 words: nascent validate enas.onnx --data text --from FOLDER. To compare runtimes on it: nascent parity enas.onnx. To get a model that says something, train its cell: nascent train --genotype NAME --data wikitext2.
    "
  `);
  const other = await call('validate', file, '--data', 'grammar');
  expect(other.exitCode).toBe(2);
  expect(other.stderr).toContain('any whose vocabulary has 1005 words will do');
});
