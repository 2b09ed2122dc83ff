import { describe, expect, it } from 'vitest';
import type { Run } from '../../../src/run/directory.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { rnnTrainPresets, type RnnTrainConfig } from '../../../src/tasks/text/train-settings.ts';
import { text } from '../../../src/tasks/text/task.ts';
import { trainText } from '../../support/tasks.ts';
import { countingCorpus } from '../../support/counting.ts';
import { expectResumedAsWhole, newRun } from '../../support/runs.ts';

const corpus = countingCorpus({ train: 60, valid: 26, test: 17 });
const genotype = {
  nodes: [
    { op: 'relu', source: 0 },
    { op: 'sigmoid', source: 1 },
  ],
  concat: [1, 2],
} as const;

/** 20 rows of three: three or four slices an epoch. */
const config: RnnTrainConfig = {
  ...rnnTrainPresets.ptb,
  units: 4,
  epochs: 3,
  batch_size: 3,
  bptt: 6,
  eval_batch_size: 2,
  rate: 1,
};

const begin = (
  run: Run,
  settings: RnnTrainConfig = config,
  {
    signal = new AbortController().signal,
    reporter = silentReporter,
    runtime = createReferenceRuntime(),
  } = {},
) => trainText(run, settings, genotype, corpus, runtime, reporter, signal);

/** Averaging after the second epoch or so: a rate that makes the loss go up and down. */
const averaged: RnnTrainConfig = { ...config, epochs: 6, nonmono: 1, rate: 8, clip: 1 };

describe('training a recurrent cell', () => {
  it('learns to count, and measures the best weights on the test text', async () => {
    const run = await newRun('train');
    const settings = { ...config, units: 8, epochs: 40, rate: 5, dropout_x: 0, dropout_output: 0 };
    const result = await begin(run, { ...settings, dropout_embedding: 0 });
    // Five is chance.
    expect(result.best?.value).toBeLessThan(1.5);
    expect(result.tested?.value).toBeLessThan(1.5);
    expect(run.readMetrics().at(-1)).toMatchObject({
      kind: 'test',
      epoch: result.best?.epoch,
      test_perplexity: result.tested?.value,
      test_tokens: 16,
    });
    run.close();
  });

  // Within the first epoch, at its last step, while it is measured, under averaging, at the very last step, and while
  // that epoch is measured.
  it.each([1, 4, 5, 22, 27, 28])(
    'stopped at report %i and resumed is bit for bit an unbroken one',
    async (report) => {
      const whole = await expectResumedAsWhole('train', report, (run, control) =>
        begin(run, averaged, control),
      );
      expect(whole.readMetrics().map(({ optimizer }) => optimizer)).toContain('averaged SGD');
    },
  );

  it('the average is the weights until it is one, and then is not', async () => {
    const run = await newRun('train');
    await begin(run, averaged);
    const last = run.latestCheckpoint();
    if (last === undefined) throw new Error('no checkpoint');
    const averages = text.exported(last).get('cell.node.0.weight');
    expect(averages?.data).not.toEqual(last.tensors.get('cell.node.0.weight')?.data);
    const plain = await newRun('train');
    await begin(plain);
    const same = plain.latestCheckpoint();
    if (same === undefined) throw new Error('no checkpoint');
    expect(text.exported(same).get('cell.node.0.weight')?.data).toEqual(
      same.tensors.get('cell.node.0.weight')?.data,
    );
    run.close();
    plain.close();
  });

  it('the best checkpoint is of the lowest validation loss', async () => {
    const run = await newRun('train');
    const { best } = await begin(run, averaged);
    const losses = run
      .readMetrics()
      .filter(({ kind }) => kind === 'epoch')
      .map((record) => Number(record['valid_perplexity']));
    expect(best?.value).toBe(Math.min(...losses));
    expect(run.bestCheckpoint()?.name).toBe(`epoch-${(best?.epoch ?? NaN) + 1}`);
    expect(losses[best?.epoch ?? NaN]).toBe(best?.value);
    run.close();
  });
});

/** A runtime whose training steps give a loss that is no number, and spoil the weights, when `spoils` says so. */
function spoiling(spoils: (step: number) => boolean): Runtime {
  const inner = createReferenceRuntime();
  let steps = 0;
  return {
    ...inner,
    createStore: () => inner.createStore(),
    async compile(graph, options) {
      const program = await inner.compile(graph, options);
      if (options?.updates === undefined) return program;
      return {
        dispose: () => program.dispose(),
        async run(feeds) {
          steps++;
          if (!spoils(steps)) return program.run(feeds);
          const tokens = new Map(feeds).set('rate', {
            dtype: 'float32',
            shape: [],
            data: Float64Array.of(Number.NaN),
          });
          const outputs = await program.run(tokens);
          return outputs.set('loss', { dtype: 'float32', shape: [], data: Float64Array.of(Number.NaN) });
        },
      };
    },
  };
}

describe('a loss that is no number', () => {
  it('goes back to the best weights, says so, and goes on', async () => {
    const run = await newRun('train');
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
    const result = await begin(run, config, { runtime: spoiling((step) => step === 6), reporter });
    expect(notes).toEqual([
      'WARNING: the training loss became NaN: first not finite was the loss, of outputs that follow from ' +
        'finite batch norms, in epoch 2: ' +
        'going back to the best weights, of epoch 1',
    ]);
    expect(run.readMetrics().map(({ kind, epoch }) => [kind, epoch])).toEqual([
      ['epoch', 0],
      ['rollback', 1],
      ['epoch', 1],
      ['epoch', 2],
      ['test', result.best?.epoch],
    ]);
    expect(Number.isFinite(result.tested?.value)).toBe(true);
    run.close();
  });

  it('ends the training where there is nothing to go back to', async () => {
    const run = await newRun('train');
    await expect(begin(run, config, { runtime: spoiling((step) => step === 2) })).rejects.toMatchObject({
      code: 'train/diverged',
      message: expect.stringMatching(/^the training loss became NaN: .*, in epoch 1$/),
      help: expect.stringContaining('It has no checkpoint from before that.'),
    });
    run.close();
  });

  it('ends the training where going back does not help', async () => {
    const run = await newRun('train');
    await expect(begin(run, config, { runtime: spoiling((step) => step >= 6) })).rejects.toMatchObject({
      code: 'train/diverged',
      message: expect.stringContaining('5 times has not helped'),
    });
    run.close();
  });
});
