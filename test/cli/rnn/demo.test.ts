/** The recurrent demo over jobs that do nothing: what it asks for, in which order, and when it fails. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import {
  demoRnn,
  demoText,
  requireGoodText,
  rnnDemoNext,
  rnnDemoTable,
  type RnnDemoResult,
} from '../../../src/cli/rnn/demo.ts';
import type { Work } from '../../../src/cli/shell/work.ts';
import { createRun, openRun } from '../../../src/run/directory.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { rnnSearchPresets } from '../../../src/tasks/text/search-settings.ts';
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
  failures: [],
} as unknown as PairReport;
const genotype = publishedRnnGenotypes.DARTS_V1;

/** Jobs that leave what the real ones leave, as far as the demo looks at it. */
function pretend(run: string, given: { perplexity: number | null; trained?: number }) {
  const orders: (readonly [string, unknown])[] = [];
  const settings = { config: { data: 'grammar' }, seed: 0, engine: 'reference' } as const;
  const outcomes: { readonly [name: string]: () => Promise<unknown> } = {
    async 'search-rnn'() {
      await createRun(run, { kind: 'search', ...settings });
      return { genotype, seconds: 61, steps: 70, why: 'reference, as asked' };
    },
    async 'train-rnn'() {
      await createRun(join(run, 'train'), { kind: 'train', ...settings });
      return { seconds: 12, engine: 'reference', testPerplexity: given.trained ?? given.perplexity };
    },
    'export-rnn': async () => ({
      file: 'model.onnx',
      bytes: 2e6,
      sha256: 'f00',
      parameters: 5e5,
      vocabulary: 'vocabulary.txt',
      words: 172,
    }),
    perplexity: async () => ({
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

async function ended(given: Parameters<typeof pretend>[1]): Promise<RnnDemoResult> {
  const run = join(await temporaryFolder(), 'demo');
  return demoRnn({ ...options, run }, pretend(run, given).work);
}

const options = {
  text: { data: 'grammar' },
  engine: 'onnxruntime',
  preset: 'quick-rnn',
  search: rnnSearchPresets['quick-rnn'],
  train: rnnTrainPresets['quick-rnn'],
} as const;

test('every part in its order, and a table', async () => {
  const run = join(await temporaryFolder(), 'demo');
  const { work, orders } = pretend(run, { perplexity: 6 });
  const result = await demoRnn({ ...options, run }, work);
  expect(orders.map(([name]) => name)).toEqual([
    'search-rnn',
    'train-rnn',
    'export-rnn',
    'perplexity',
    'parity',
  ]);
  // Measured as it was trained, beside a unigram model of what it was trained on: the numbers are comparable.
  const { test_batch_size: batchSize, test_tokens: tokens, train_tokens: trainTokens } = options.train;
  expect(trainTokens).toBe(200_000);
  expect(orders[3]?.[1]).toMatchObject({ data: 'grammar', batchSize, tokens, trainTokens });
  expect(readFileSync(join(run, 'cells.svg'), 'utf8')).toContain('Recurrent cell found by DARTS');
  const shown = rnnDemoTable(result);
  expect(shown).toContain('6.00  over 2,730 words, onnxruntime-cpu');
  expect(shown).toContain('45.60  the unigram model');
  expect(shown).toContain('There is no training file.');
  expect(rnnDemoNext(result)[0]).toBe(`nascent parity ${run}`);
  expect(() => requireGoodText(result)).not.toThrow();
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
  const { search } = await demoRnn({ ...options, run }, work);
  expect(orders[0]?.[0]).toBe('train-rnn');
  expect(search).toMatchObject({ genotype, steps: null });
  expect(openRun(run).file('validation.json')).toContain('validation.json');
});

test.each([
  [{ perplexity: 23 }, 'a perplexity of 23.0 on the test text, and at most 22.8 is good enough'],
  [
    { perplexity: 6.01, trained: 6 },
    'the exported model has a perplexity of 6.010, and the trained one 6.000',
  ],
  [{ perplexity: null }, 'gives values that are no numbers'],
])('fails with %j', async (given, message) => {
  const result = await ended(given);
  expect(() => requireGoodText(result)).toThrow(
    expect.objectContaining({ code: 'gate/failed', message: expect.stringContaining(message) }),
  );
});

test('its text is what is asked for, or WikiText-2 from a folder, or made on the spot', async () => {
  vi.stubEnv('NASCENT_CACHE', await temporaryFolder());
  expect(await demoText('ptb', undefined)).toEqual({ data: 'ptb' });
  expect(await demoText(undefined, '/texts')).toEqual({ data: 'wikitext2', from: '/texts' });
  expect(await demoText(undefined, undefined)).toEqual({ data: 'grammar' });
});
