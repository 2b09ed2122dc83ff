/**
 * What the training of a recurrent cell feeds its steps, and what it measures at the end: rules of the official code
 * that no number of a small training would show to be broken.
 */
import { describe, expect, it } from 'vitest';
import { batchify, slice } from '../../../src/data/text/batches.ts';
import type { TextCorpus } from '../../../src/data/text/corpus.ts';
import type { StoredCheckpoint } from '../../../src/run/checkpoints.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { noPenalties } from '../../../src/space/text/loss.ts';
import { noDropout } from '../../../src/space/text/masks.ts';
import { rnnTrainPresets, type RnnTrainConfig } from '../../../src/tasks/text/train-settings.ts';
import { derivedLoss } from '../../../src/tasks/text/training-step.ts';
import { noHidden, textFeeds } from '../../../src/tasks/text/feeds.ts';
import { trainText } from '../../support/tasks.ts';
import { statesOf } from '../../../src/learn/state.ts';
import { countingCorpus } from '../../support/counting.ts';
import { numberedCorpus, numberedRows } from '../../support/numbered.ts';
import { newRun } from '../../support/runs.ts';
import { numbersIn, spyRuntime } from '../../support/spy.ts';

const genotype = {
  nodes: [
    { op: 'relu', source: 0 },
    { op: 'sigmoid', source: 1 },
  ],
  concat: [1, 2],
} as const;

const config: RnnTrainConfig = {
  ...rnnTrainPresets.ptb,
  units: 4,
  epochs: 3,
  batch_size: 3,
  bptt: 8,
  eval_batch_size: 2,
  rate: 0.5,
  seed: 1,
  dropout_x: 0,
};

const untilDone = new AbortController().signal;

describe('the steps of a training', () => {
  const batch = config.batch_size;
  const table = { rows: 40, batch };

  const trainedSteps = async (settings: RnnTrainConfig) => {
    const corpus = numberedCorpus({ train: table.rows * batch, valid: 8, test: 4 });
    const { runtime, runs } = spyRuntime();
    const run = await newRun('train');
    await trainText(run, settings, genotype, corpus, runtime, silentReporter, untilDone);
    run.close();
    const steps = runs.filter(({ graph }) => graph === 'rnn_training_step');
    return steps.map((step) => {
      const tokens = numbersIn(step, 'tokens');
      const [rate = Number.NaN] = numbersIn(step, 'rate');
      return { step, row: tokens[0] ?? Number.NaN, length: tokens.length / batch, rate };
    });
  };

  it.each([
    ['around bptt', true],
    ['of bptt or its half', false],
  ])('on slices %s have a learning rate in proportion to the length that was drawn', async (_, vary) => {
    const steps = await trainedSteps({ ...config, vary_lengths: vary });
    const drawn = steps.map(({ row, length, rate }, i) => {
      const rows = (rate * config.bptt) / config.rate;
      const next = steps[i + 1]?.row ?? 0;
      // The last slice of an epoch is as short as the text is; its rate is that of the whole length all the same.
      if (next === 0) expect(length).toBeLessThanOrEqual(rows);
      else expect([rows, rows]).toEqual([length, next - row]);
      return rows;
    });
    expect(new Set(drawn).size).toBeGreaterThan(1);
    if (!vary) expect(new Set(drawn)).toEqual(new Set([4, 8]));
  });

  it('go down the training text, the hidden state carried, and begin every epoch without one', async () => {
    const steps = await trainedSteps(config);
    expect(steps.filter(({ row }) => row === 0)).toHaveLength(config.epochs);
    for (const { step, row, length } of steps) {
      expect(numbersIn(step, 'tokens')).toEqual(numberedRows(0, table, row, length));
      expect(numbersIn(step, 'targets')).toEqual(numberedRows(0, table, row + 1, length));
      const isZero = numbersIn(step, 'hidden.training').every((value) => value === 0);
      expect(isZero, `at row ${row}`).toBe(row === 0);
    }
  });
});

describe('what a training says of its best weights', () => {
  /** The perplexity of a text by weights of a checkpoint, in one piece from its start to its end. */
  const perplexity = async (
    { tensors }: StoredCheckpoint,
    prefix: 'average.' | '',
    { vocabulary }: TextCorpus,
    text: Int32Array,
    batch: number,
  ): Promise<number> => {
    const table = batchify(text, batch);
    const size = { steps: table.rows - 1, batch };
    const shape = { words: vocabulary.size, units: config.units };
    const graph = derivedLoss(shape, genotype, { ...size, rates: noDropout, penalties: noPenalties });
    const feeds = textFeeds(slice(table, 0, size.steps)).set('hidden_in', noHidden(batch, config.units));
    const weights = statesOf(tensors);
    for (const { value, role } of graph.inputs) {
      const tensor = weights.get(`${prefix}${value.name}`);
      if (role === 'weight' && tensor !== undefined) feeds.set(value.name, tensor);
    }
    const outputs = await (await createReferenceRuntime().compile(graph)).run(feeds);
    return Math.exp(outputs.get('nll')?.data[0] ?? Number.NaN);
  };

  it('is of the averages, and of the epoch that was best: on the validation text, and on the test text', async () => {
    const corpus = countingCorpus({ train: 60, valid: 26, test: 17 });
    // Averaging begins early, and the learning rate makes the loss go up and down.
    const settings = { ...config, bptt: 6, epochs: 6, nonmono: 1, rate: 8, clip: 1, seed: 13 };
    const run = await newRun('train');
    const runtime = createReferenceRuntime();
    const result = await trainText(run, settings, genotype, corpus, runtime, silentReporter, untilDone);
    const [best, last] = [run.bestCheckpoint(), run.latestCheckpoint()];
    if (best === undefined || last === undefined) throw new Error('no checkpoint');
    expect(best.name).not.toBe(last.name);
    const { optimizer } = run.readMetrics().find(({ epoch }) => epoch === result.best?.epoch) ?? {};
    expect(optimizer).toBe('averaged SGD');
    run.close();

    const onTest = (checkpoint: StoredCheckpoint, prefix: 'average.' | '') =>
      perplexity(checkpoint, prefix, corpus, corpus.test, settings.test_batch_size);
    expect(result.tested?.value).toBeCloseTo(await onTest(best, 'average.'), 9);
    const onValid = await perplexity(best, 'average.', corpus, corpus.valid, settings.eval_batch_size);
    expect(result.best?.value).toBeCloseTo(onValid, 9);
    // It would have been told from these.
    for (const other of [await onTest(best, ''), await onTest(last, 'average.'), await onTest(last, '')]) {
      expect(Math.abs((result.tested?.value ?? NaN) - other)).toBeGreaterThan(0.01);
    }
  });
});
