import { describe, expect, it } from 'vitest';
import { openRun, type Run } from '../../../src/run/directory.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { rnnSearchPresets, type RnnSearchConfig } from '../../../src/tasks/text/search-settings.ts';
import { searchText } from '../../support/tasks.ts';
import { validateRnnGenotype } from '../../../src/space/text/genotype.ts';
import { countingCorpus } from '../../support/counting.ts';
import { expectResumedAsWhole, newRun } from '../../support/runs.ts';

const corpus = countingCorpus({ train: 66, valid: 40, test: 40 });

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

const begin = (
  run: Run,
  settings: RnnSearchConfig = config,
  signal = new AbortController().signal,
  reporter = silentReporter,
) => searchText(run, settings, corpus, createReferenceRuntime(), reporter, signal);

describe.each([1, 2] as const)('a recurrent search of order %i', (order) => {
  const settings = { ...config, order };

  it('logs every epoch, moves alphas, and ends with a legal genotype', async () => {
    const run = await newRun('search');
    const result = await begin(run, settings);
    expect(validateRnnGenotype(result.genotype)).toEqual(result.genotype);
    expect(validateRnnGenotype(result.genotype).nodes).toHaveLength(2);
    expect(result.alphaEntropy).toBeCloseTo(Math.log(5), 2);
    const alphas = run.readAlphas();
    expect(alphas.map(({ epoch }) => epoch)).toEqual([-1, 0, 1]);
    expect(alphas[0]?.['recurrent']).not.toEqual(alphas[1]?.['recurrent']);
    const [, last] = run.readMetrics();
    expect(last).toMatchObject({ kind: 'epoch', epoch: 1, valid_perplexity: result.valid.value });
    const names = [...(run.latestCheckpoint()?.tensors.keys() ?? [])];
    expect(names).toEqual(expect.arrayContaining(['alpha', 'hidden.training', 'hidden.valid']));
    expect(names.filter((name) => /^(scratch|velocity)\./.test(name))).toEqual([]);
    run.close();
  });

  // After the first step, within an epoch, at its last step, while it is measured, in the next one.
  it.each([1, 3, 4, 5, 10])(
    'stopped at report %i and resumed is bit for bit an unbroken one',
    async (report) => {
      await expectResumedAsWhole('search', report, (run, { signal, reporter }) =>
        begin(run, settings, signal, reporter),
      );
    },
  );
});

it('the two orders take alphas to different places', async () => {
  const [first, second] = [await newRun('search'), await newRun('search')];
  await begin(first, { ...config, order: 1 });
  await begin(second, { ...config, order: 2 });
  expect(first.readAlphas()[1]?.['recurrent']).not.toEqual(second.readAlphas()[1]?.['recurrent']);
  first.close();
  second.close();
});

it('learns to count', async () => {
  const run = await newRun('search');
  const settings = { ...config, units: 8, epochs: 40, dropout_x: 0, dropout_output: 0, rate: 5 };
  const { valid } = await begin(run, settings);
  // Five is chance.
  expect(valid.value).toBeLessThan(2);
  run.close();
});

it('resumed when it is done says again what it found', async () => {
  const run = await newRun('search');
  const first = await begin(run);
  run.close();
  const again = await begin(openRun(run.path));
  expect(again).toEqual({ ...first, seconds: expect.any(Number) });
});

it('stops when the loss is no longer a number', async () => {
  const run = await newRun('search');
  await expect(begin(run, { ...config, rate: 1e200, clip: 1e200, bptt: 2 })).rejects.toMatchObject({
    code: 'train/diverged',
  });
  run.close();
});

it('refuses a text that is too short for its batch size', async () => {
  const run = await newRun('search');
  await expect(begin(run, { ...config, batch_size: 30 })).rejects.toMatchObject({ code: 'input/invalid' });
  run.close();
});
