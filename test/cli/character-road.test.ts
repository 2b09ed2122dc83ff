/** The road of a text that is read by characters: search, train, export, validate, predict, parity, card. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';

import { decodeModel } from '../../proto/onnx.ts';
import type { PerplexityReport } from '../../src/evaluate/perplexity.ts';
import type { TextPrediction } from '../../src/predict/text.ts';
import { openRun } from '../../src/run/directory.ts';
import { call } from './call.ts';

const root = mkdtempSync(join(tmpdir(), 'nascent-character-road-'));
const [run, own] = [join(root, 'a'), join(root, 'own')];
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

const set = (...settings: string[]) => settings.flatMap((each) => ['--set', each]);
const small = ['units=8', 'batch_size=4', 'bptt=8', 'epochs=1', 'eval_batch_size=4'];

test('a text of code points without words goes from search to predict', { timeout: 120_000 }, async () => {
  mkdirSync(own);
  for (const name of ['train', 'valid', 'test'])
    writeFileSync(join(own, `${name}.txt`), '花は桜木、😀人は武士。\n'.repeat(20));
  const search = ['search', '--data', 'text', '--from', own, '--engine', 'onnxruntime', '--out', run];
  const searched = await call(...search, ...set('level=character', 'nodes=2', ...small));
  expect(searched.exitCode, searched.stderr).toBe(0);
  expect(searched.stderr).toMatch(
    /has [\d.]+ bits per character \(perplexity [\d.]+\) on the validation text/,
  );

  // It reads as the search did.
  const trained = await call('train', run, '--engine', 'onnxruntime', ...set(...small));
  expect(trained.exitCode, trained.stderr).toBe(0);
  expect(openRun(join(run, 'train')).record().config).toMatchObject({ settings: { level: 'character' } });
  expect(trained.stderr).toMatch(
    /on the test text in 10 pieces; the unigram model has [\d.]+ bits per character \(perplexity [\d.]+\)\.\n/,
  );

  const exported = await call('export', run);
  expect(exported.stderr).toContain('vocabulary of 11 characters in ');
  const model = join(run, 'model.onnx');
  expect(new Map(decodeModel(readFileSync(model), model).metadata).get('level')).toBe('character');

  const validated = await call('validate', run, '--json');
  expect(validated.exitCode, validated.stderr).toBe(0);
  const report = JSON.parse(validated.stdout) as PerplexityReport;
  expect(report).toMatchObject({ level: 'character', words: 20 * 12 - 1 });
  expect(report.bitsPerCharacter).toBeCloseTo((report.loss ?? Number.NaN) / Math.LN2, 9);

  const predicted = await call('predict', run, '--text', '花\n花は', '--sample', '5', '--json');
  const prediction = JSON.parse(predicted.stdout) as TextPrediction;
  expect(prediction).toMatchObject({ level: 'character', read: ['花', '<eos>', '花', 'は'] });
  expect(prediction.sampled).toHaveLength(5);
  const shown = await call('predict', run, '--text', '花\n花は', '--top', '11');
  expect(shown.stdout.split('\n').filter((line) => /^(".+"|<eos>) +\d/.test(line))).toHaveLength(11);
  const stranger = await call('predict', run, '--text', '花x');
  expect(stranger.stderr).toContain('the model does not know the characters "x"');

  const parity = await call('parity', run, '--runtimes', 'onnxruntime-cpu', '--climb', '0');
  expect(parity.exitCode, parity.stderr).toBe(0);
  expect(parity.stdout + parity.stderr).toContain(' characters of the test text of text in ');
  const card = await call('card', run);
  expect(card.exitCode, card.stderr).toBe(0);
  const written = readFileSync(join(run, 'MODEL_CARD.md'), 'utf8');
  expect(written).toContain('# Language model of characters for text');
  expect(written).toContain('| bits per character |');
  expect(written).toContain('the line of the character in `vocabulary.txt`');
});
