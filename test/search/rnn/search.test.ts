import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TextCorpus } from '../../../src/data/text/corpus.ts';
import { makeVocabulary } from '../../../src/data/text/vocabulary.ts';
import { createRun, openRun, type Run } from '../../../src/run/directory.ts';
import { interrupted } from '../../../src/run/failure.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { rnnSearchPresets, type RnnSearchConfig } from '../../../src/search/rnn/config.ts';
import { rnnSearch } from '../../../src/search/rnn/search.ts';
import { validateRnnGenotype } from '../../../src/space/rnn/genotype.ts';

/** A text that counts to five, over and over. */
const counting = (length: number) => Int32Array.from({ length }, (_, i) => i % 5);
const corpus: TextCorpus = {
  name: 'counting',
  title: 'counting',
  source: 'a test',
  vocabulary: makeVocabulary(['a', 'b', 'c', 'd', 'e']),
  train: counting(66),
  valid: counting(40),
  test: counting(40),
  notes: [],
};

/** 22 rows of three: some four slices an epoch, the last one short; 13 rows of validation text, so it wraps around. */
const config: RnnSearchConfig = {
  ...rnnSearchPresets['darts-rnn'],
  units: 4,
  nodes: 2,
  epochs: 2,
  batch_size: 3,
  bptt: 6,
  eval_batch_size: 2,
  rate: 1,
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nascent-rnn-search-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const newRun = (name: string): Promise<Run> =>
  createRun(join(folder, name), { kind: 'search', config: {}, seed: 3, engine: 'reference' });

const begin = (
  run: Run,
  settings: RnnSearchConfig = config,
  signal = new AbortController().signal,
  reporter = silentReporter,
) => rnnSearch(run, settings, corpus, createReferenceRuntime(), reporter, signal);

/** A run as plain data, times left out. */
function remains(run: Run) {
  const checkpoint = run.latestCheckpoint();
  const withoutTime = (records: readonly object[]) =>
    records.map((record) => Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'seconds')));
  return {
    metrics: withoutTime(run.readMetrics()),
    alphas: withoutTime(run.readAlphas()),
    tensors: [...(checkpoint?.tensors ?? [])].map(([name, { data }]) => [name, [...data]]),
  };
}

describe.each([1, 2] as const)('a recurrent search of order %i', (order) => {
  const settings = { ...config, order };

  it('logs every epoch, moves alphas, and ends with a legal genotype', async () => {
    const run = await newRun('a');
    const result = await begin(run, settings);
    expect(validateRnnGenotype(result.genotype)).toEqual(result.genotype);
    expect(result.genotype.nodes).toHaveLength(2);
    expect(result.alphaEntropy).toBeCloseTo(Math.log(5), 2);
    const alphas = run.readAlphas();
    expect(alphas.map(({ epoch }) => epoch)).toEqual([0, 1]);
    expect(alphas[0]?.['recurrent']).not.toEqual(alphas[1]?.['recurrent']);
    const [, last] = run.readMetrics();
    expect(last).toMatchObject({ kind: 'epoch', epoch: 1, valid_perplexity: result.validPerplexity });
    const names = [...(run.latestCheckpoint()?.tensors.keys() ?? [])];
    expect(names).toEqual(expect.arrayContaining(['alpha', 'hidden.training', 'hidden.valid']));
    expect(names.filter((name) => /^(scratch|velocity)\./.test(name))).toEqual([]);
    run.close();
  });

  // Before the first step, within an epoch, at its last step, in the next one.
  it.each([1, 3, 4, 6])('stopped after step %i and resumed is bit for bit an unbroken one', async (steps) => {
    const whole = await newRun('whole');
    await begin(whole, settings);
    const stopping = new AbortController();
    let taken = 0;
    const reporter = {
      ...silentReporter,
      progress: () => {
        taken++;
        if (taken === steps) stopping.abort(interrupted());
      },
    };
    const stopped = await newRun('stopped');
    await expect(begin(stopped, settings, stopping.signal, reporter)).rejects.toMatchObject({
      code: 'interrupted',
    });
    stopped.close();
    const resumed = openRun(stopped.path);
    await begin(resumed, settings);
    expect(remains(resumed)).toEqual(remains(whole));
    resumed.close();
    whole.close();
  });
});

it('the two orders take alphas to different places', async () => {
  const [first, second] = [await newRun('first'), await newRun('second')];
  await begin(first, { ...config, order: 1 });
  await begin(second, { ...config, order: 2 });
  expect(first.readAlphas()[0]?.['recurrent']).not.toEqual(second.readAlphas()[0]?.['recurrent']);
  first.close();
  second.close();
});

it('learns to count', async () => {
  const run = await newRun('a');
  const settings = { ...config, units: 8, epochs: 40, dropout_x: 0, dropout_output: 0, rate: 5 };
  const { validPerplexity } = await begin(run, settings);
  // Five is chance.
  expect(validPerplexity).toBeLessThan(2);
  run.close();
});

it('resumed when it is done says again what it found', async () => {
  const run = await newRun('a');
  const first = await begin(run);
  run.close();
  const again = await begin(openRun(run.path));
  expect(again).toEqual({ ...first, seconds: expect.any(Number) });
});

it('stops when the loss is no longer a number', async () => {
  const run = await newRun('a');
  await expect(begin(run, { ...config, rate: 1e200, clip: 1e200, bptt: 2 })).rejects.toMatchObject({
    code: 'train/diverged',
  });
  run.close();
});

it('refuses a text that is too short for its batch size', async () => {
  const run = await newRun('a');
  await expect(begin(run, { ...config, batch_size: 30 })).rejects.toMatchObject({ code: 'input/invalid' });
  run.close();
});
