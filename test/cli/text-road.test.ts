/** The road of a recurrent cell on text that is made on the spot: search, train, export, validate. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { openRun } from '../../src/run/directory.ts';
import { rnnGenotypeFromNotation } from '../../src/space/text/genotype-text.ts';
import { call } from './call.ts';

const root = mkdtempSync(join(tmpdir(), 'nascent-text-road-'));
const run = join(root, 'a');
afterAll(() => rmSync(root, { recursive: true, force: true }));
// Whatever the tests are started by, the commands that are shown are those of a package that is installed.
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

const set = (...settings: string[]) => settings.flatMap((each) => ['--set', each]);
// Few lengths: each is a graph to be made ready.
const small = ['units=8', 'batch_size=4', 'bptt=8', 'epochs=1'];

test('a search on text ends with a recurrent genotype', async () => {
  const settings = set(...small, 'nodes=3', 'train_tokens=160', 'valid_tokens=36', 'eval_batch_size=4');
  const ended = await call(
    'search',
    '--data',
    'grammar',
    ...settings,
    '--engine',
    'onnxruntime',
    '--out',
    run,
  );
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(rnnGenotypeFromNotation(ended.stdout).nodes).toHaveLength(3);
  expect(ended.stderr).toContain(`Next: nascent train ${run}\n`);
  expect(openRun(run).record().config).toMatchObject({ data: 'grammar', preset: 'quick-rnn' });
  expect((await call('search', '--resume', run)).stdout).toBe(ended.stdout);
});

test('its cell is trained on the text of the search', async () => {
  const settings = set(...small, 'train_tokens=1600', 'valid_tokens=400', 'test_tokens=400');
  const ended = await call('train', run, ...settings, '--engine', 'onnxruntime');
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(ended.stderr).toMatch(/perplexity [\d.]+ on the validation text and [\d.]+ on the test text/);
  expect(openRun(join(run, 'train')).record().config).toMatchObject({ data: 'grammar', source: run });
  expect((await call('train', run)).stderr).toContain(`the training in ${join(run, 'train')} is finished`);
});

test('the exported models, of any length and unrolled, have the perplexity that was trained', async () => {
  const trained = openRun(join(run, 'train'))
    .readMetrics()
    .find(({ kind }) => kind === 'test');
  const whole = await call('export', run);
  expect(whole.exitCode, whole.stderr).toBe(0);
  expect(readFileSync(join(run, 'vocabulary.txt'), 'utf8').split('\n')).toHaveLength(173);
  const unrolled = await call('export', run, '--unroll', '7');
  expect(unrolled.stdout).toBe(`${join(run, 'model-unrolled.onnx')}\n`);
  for (const model of [run, join(run, 'model-unrolled.onnx')]) {
    // Its text is known from its run, or from the file itself.
    const ended = await call('validate', model, '--batch', '10', '--tokens', '400', '--json');
    expect(ended.exitCode, ended.stderr).toBe(0);
    const { perplexity, words } = JSON.parse(ended.stdout) as { perplexity: number; words: number };
    expect(words).toBe(390);
    expect(perplexity / Number(trained?.['test_perplexity'])).toBeCloseTo(1, 4);
  }
});

describe('is refused, with what to do:', () => {
  test.each([
    [['search', '--data', 'grammar', '--preset', 'darts'], 'unknown preset "darts"'],
    [['search', '--preset', 'darts-rnn'], 'unknown preset "darts-rnn"'],
    [['search', '--data', 'grammar', '--stop-on-skips'], '--stop-on-skips is for images'],
    [['search', '--data', 'grammar', '--deterministic'], '--deterministic is for images'],
    [['search', '--data', 'grammar', '--seeds', '1,2'], '--seeds is for images'],
    [['search', '--data', 'grammar', '--retrain', 'quick'], '--retrain is for images'],
    [['search', '--data', 'grammar', '--retrain-set', 'epochs=2'], '--retrain-set is for images'],
    [['demo', '--rnn', '--data', 'cifar10'], '--rnn is for text, and cifar10 is images'],
    [['train', run, '--data', 'cifar10'], 'is of text, and cifar10 is images'],
    [['train', run, '--from', root], '--data grammar is made on the spot, and not from'],
    [['search', '--data', 'synthetic', '--from', '.'], '--from . is for text'],
    [['search', '--data', 'text'], 'needs to be told where the text is'],
    [['search', '--data', 'grammar', '--set', 'channels=3'], 'unknown setting "channels"'],
    [['train', '--genotype', 'DARTS_V3', '--data', 'grammar'], "Did you mean 'DARTS_V1'"],
    [['train', '--genotype', 'DARTS_V2', '--preset', 'ptb'], 'unknown preset "ptb"'],
  ])('nascent %j', async (given, message) => {
    const ended = await call(...given, ...(given[0] === 'export' ? [] : ['--out', join(root, 'none')]));
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain(message);
  });

  test('a model and a text that do not belong together', async () => {
    const ended = await call('validate', join(run, 'model.onnx'), '--data', 'wikitext2', '--from', root);
    expect(ended.exitCode).toBe(2);
    const images = await call('validate', join(run, 'model.onnx'), '--data', 'synthetic');
    expect(images).toMatchObject({ exitCode: 2, stdout: '' });
    expect(images.stderr).toContain('is a language model, and synthetic is images');
  });

  test('what is of images, for the run of a text', async () => {
    const ended = await call('export', run, '--checkpoint', 'last');
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('--checkpoint is for images');
  });
});
