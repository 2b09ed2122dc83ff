/** The recurrent demo over jobs that do nothing: what it asks for, in which order, and when it fails. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { demoData } from '../../../src/cli/commands/demo.ts';
import { demo, type DemoOptions, type DemoResult } from '../../../src/cli/demo/demo.ts';
import { demoNext, demoTable, requireGood } from '../../../src/cli/demo/summary.ts';
import { searchConfig, trainingConfig } from '../../../src/cli/input/configure.ts';
import type { Work } from '../../../src/cli/shell/work.ts';
import { createRun, openRun } from '../../../src/run/directory.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { setup } from '../../../src/setup/setup.ts';
import { rnnGenotypeToJson } from '../../../src/space/text/genotype-text.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import { rnnTrainPresets } from '../../../src/tasks/text/train-settings.ts';
import type { PairReport } from '../../../src/parity/parity-report.ts';
import { temporaryFolder } from '../../data/temporary.ts';

vi.mock('../../../src/setup/setup.ts', () => ({ setup: vi.fn() }));
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

const pair = {
  name: 'tfjs-node-gpu',
  runtime: 'tfjs-node-gpu',
  elements: 330,
  largestAbsolute: 1.2e-6,
  top1Real: { agreed: 0, total: 0, firstDifferent: null },
  failures: [],
} as unknown as PairReport;
const genotype = publishedRnnGenotypes.DARTS_V1;

/** Jobs that leave what the real ones leave, as far as the demo looks at it. */
function pretend(run: string, given: { perplexity: number | null; trained?: number }) {
  const orders: (readonly [string, unknown])[] = [];
  const config = { data: 'grammar', settings: rnnTrainPresets['quick-rnn'] };
  const settings = { config, seed: 0, engine: 'reference' } as const;
  const outcomes: { readonly [name: string]: () => Promise<unknown> } = {
    async search() {
      await createRun(run, { kind: 'search', ...settings });
      return { genotype, seconds: 61, steps: 70, why: 'reference, as asked' };
    },
    async train() {
      await createRun(join(run, 'train'), { kind: 'train', ...settings });
      const tested = { split: 'test', value: given.trained ?? given.perplexity };
      return { seconds: 12, engine: 'reference', tested };
    },
    export: async () => ({
      file: 'model.onnx',
      bytes: 2e6,
      sha256: 'f00',
      parameters: 5e5,
      macs: 1e6,
      beside: { title: 'vocabulary', file: 'vocabulary.txt', entries: 172 },
    }),
    validate: async () => ({
      task: 'text',
      perplexity: given.perplexity,
      words: 2730,
      provider: 'cpu',
      unigramPerplexity: 45.6,
      notes: ['There is no training file.'],
    }),
    parity: async () => ({
      model: { path: 'model.onnx' },
      baseline: { name: 'onnxruntime-cpu' },
      pairs: [pair],
      outcome: 'passed',
    }),
  };
  const work = {
    report() {},
    reporter: silentReporter,
    stop: new AbortController().signal,
    job: async (name: string, order: unknown) => {
      orders.push([name, order]);
      return outcomes[name]?.();
    },
  } as unknown as Work;
  return { work, orders };
}

async function ended(given: Parameters<typeof pretend>[1]): Promise<DemoResult> {
  const run = join(await temporaryFolder(), 'demo');
  return demo({ ...options, run }, pretend(run, given).work);
}

const data = { data: 'grammar' } as const;
const options: Omit<DemoOptions, 'run'> = {
  data,
  engine: 'onnxruntime',
  minutes: 'full',
  search: searchConfig(data, { preset: 'quick-rnn' }),
  training: (cell, source) => trainingConfig(data, cell, source, { preset: 'quick-rnn' }),
};

test('every part in its order, and a table', async () => {
  const run = join(await temporaryFolder(), 'demo');
  const { work, orders } = pretend(run, { perplexity: 6 });
  const result = await demo({ ...options, run }, work);
  expect(orders.map(([name]) => name)).toEqual(['search', 'train', 'export', 'validate', 'parity']);
  // Measured as it was trained, beside a unigram model of what it was trained on: the numbers are comparable.
  const {
    test_batch_size: batchSize,
    test_tokens: tokens,
    train_tokens: trainTokens,
  } = rnnTrainPresets['quick-rnn'];
  expect(trainTokens).toBe(200_000);
  expect(orders[3]?.[1]).toMatchObject({ data: 'grammar', batchSize, tokens, trainTokens });
  expect(readFileSync(join(run, 'cells.svg'), 'utf8')).toContain('Recurrent cell found by DARTS');
  const shown = demoTable(result);
  expect(shown).toContain('6.00  over 2,730 words, onnxruntime-cpu');
  expect(shown).toContain('45.60  the unigram model');
  expect(shown).toContain('There is no training file.');
  expect(demoNext(result)[0]).toBe(`nascent parity ${run}`);
  expect(() => requireGood(result)).not.toThrow();
  expect(vi.mocked(setup)).not.toHaveBeenCalled();
});

test('goes on from what is finished', async () => {
  const run = join(await temporaryFolder(), 'demo');
  const made = await createRun(run, {
    kind: 'search',
    config: { data: 'grammar' },
    seed: 0,
    engine: 'reference',
  });
  await made.update({ status: 'done' });
  await made.writeFile('genotype.json', rnnGenotypeToJson(genotype));
  const { work, orders } = pretend(run, { perplexity: 6 });
  const { search } = await demo({ ...options, run }, work);
  expect(orders[0]?.[0]).toBe('train');
  expect(search).toMatchObject({ genotype, steps: null });
  expect(openRun(run).file('validation.json')).toContain('validation.json');
});

test.each([
  [{ perplexity: 23 }, 'a perplexity 23.00 on the test text, and at most 22.8 is required'],
  [
    { perplexity: 6.01, trained: 6 },
    'the exported model has a perplexity 6.01, and the trained one a perplexity 6.00',
  ],
  [{ perplexity: null }, 'output is NaN or infinite'],
])('fails with %j', async (given, message) => {
  const result = await ended(given);
  expect(() => requireGood(result)).toThrow(
    expect.objectContaining({ code: 'gate/failed', message: expect.stringContaining(message) }),
  );
});

test('its text is what is asked for, or WikiText-2 from a folder, or generated', async () => {
  vi.stubEnv('NASCENT_CACHE', await temporaryFolder());
  expect(await demoData({ rnn: true, data: 'ptb' })).toEqual({ data: 'ptb' });
  expect(await demoData({ rnn: true, from: '/texts' })).toEqual({ data: 'wikitext2', from: '/texts' });
  expect(await demoData({ rnn: true })).toEqual({ data: 'grammar' });
  await expect(demoData({ rnn: true, data: 'cifar10' })).rejects.toMatchObject({ code: 'input/invalid' });
});
