/**
 * The law of the loop: whatever the task, a search or a training, and on whatever runtime, a run that is stopped at any
 * of its reports (of a step, or of measuring) and resumed leaves what an unbroken one leaves, bit for bit.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetSource } from '../../src/data/images/source.ts';
import { syntheticImages } from '../../src/data/images/synthetic.ts';
import { openRun, type Run } from '../../src/run/directory.ts';
import { interrupted } from '../../src/run/failure.ts';
import type { RunKind } from '../../src/run/record.ts';
import { silentReporter, type Reporter } from '../../src/run/reporter.ts';
import { createOnnxRuntime } from '../../src/runtime/onnxruntime/runtime.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { searchPresets, type SearchConfig } from '../../src/tasks/images/search-settings.ts';
import { trainPresets, type TrainConfig } from '../../src/tasks/images/train-settings.ts';
import { rnnSearchPresets, type RnnSearchConfig } from '../../src/tasks/text/search-settings.ts';
import { rnnTrainPresets, type RnnTrainConfig } from '../../src/tasks/text/train-settings.ts';
import { countingCorpus } from '../support/counting.ts';
import { tries } from '../support/properties.ts';
import { newRun, remainsOf } from '../support/runs.ts';
import { searchImages, searchText, trainImages, trainText } from '../support/tasks.ts';

type Begin = (run: Run, runtime: Runtime, reporter: Reporter, signal: AbortSignal) => Promise<unknown>;

const cell = {
  nodes: [
    [
      { op: 'sep_conv_3x3', source: 0 },
      { op: 'skip_connect', source: 1 },
    ],
  ],
  concat: [2],
} as const;
const recurrent = {
  nodes: [
    { op: 'relu', source: 0 },
    { op: 'sigmoid', source: 1 },
  ],
  concat: [1, 2],
} as const;
const images = syntheticImages({ count: 24, classes: 3, size: 8, seed: 1 });
const tests = syntheticImages({ count: 10, classes: 3, size: 8, seed: 1, split: 'test' });
const corpus = countingCorpus({ train: 60, valid: 26, test: 17 });

const imageSearch: SearchConfig = {
  ...searchPresets.darts,
  channels: 2,
  layers: 1,
  nodes: 1,
  primitives: ['none', 'skip_connect', 'max_pool_3x3'],
  epochs: 2,
  // Twelve images a half: the last batch is short.
  batch_size: 5,
  warmup_epochs: 1,
};
const imageTraining: TrainConfig = {
  ...trainPresets.quick,
  channels: 2,
  layers: 1,
  epochs: 2,
  batch_size: 10,
  train_images: null,
  drop_path: 0.5,
};
const textSearch: RnnSearchConfig = {
  ...rnnSearchPresets['darts-rnn'],
  units: 3,
  nodes: 1,
  order: 2,
  epochs: 2,
  batch_size: 3,
  bptt: 6,
  eval_batch_size: 2,
  rate: 1,
};
/** Averaging begins after the second epoch or so, by a rate that makes the loss go up and down. */
const textTraining: RnnTrainConfig = {
  ...rnnTrainPresets.ptb,
  units: 4,
  epochs: 4,
  batch_size: 3,
  bptt: 6,
  eval_batch_size: 2,
  nonmono: 1,
  rate: 8,
  clip: 1,
};

const sources = {
  training: datasetSource(images, { pad: 2, cutout: 2 }),
  testing: datasetSource(tests),
};
const works: readonly (readonly [name: string, kind: RunKind, begin: Begin])[] = [
  ['a search of images', 'search', (run, ...rest) => searchImages(run, imageSearch, images, ...rest)],
  ['a search of text', 'search', (run, ...rest) => searchText(run, textSearch, corpus, ...rest)],
  [
    'a training of images',
    'train',
    (run, ...rest) => trainImages(run, imageTraining, { normal: cell, reduce: cell }, sources, ...rest),
  ],
  ['a training of text', 'train', (run, ...rest) => trainText(run, textTraining, recurrent, corpus, ...rest)],
];
const runtimes = [
  ['reference', async () => createReferenceRuntime(), 6],
  ['onnxruntime', async () => createOnnxRuntime('cpu'), 2],
] as const;

const never = new AbortController().signal;

describe.each(runtimes)('on %s', (_, open, usual) => {
  it.each(works)(
    '%s that is stopped at any report and resumed is bit for bit an unbroken one',
    { timeout: 240_000 },
    async (_name, kind, begin) => {
      let reports = 0;
      const counting = { ...silentReporter, progress: () => void reports++ };
      const whole = await newRun(kind);
      await begin(whole, await open(), counting, never);
      const expected = remainsOf(whole);
      whole.close();
      const all = reports;
      expect(all).toBeGreaterThan(4);

      const moment = fc.integer({ min: 1, max: all });
      await fc.assert(
        fc.asyncProperty(moment, async (stopAt) => {
          const stopping = new AbortController();
          let seen = 0;
          const reporter = {
            ...silentReporter,
            progress() {
              seen++;
              if (seen === stopAt) stopping.abort(interrupted());
            },
          };
          const run = await newRun(kind);
          const ended = await begin(run, await open(), reporter, stopping.signal).then(
            () => 'done',
            (error: unknown) => error,
          );
          run.close();
          // After its very last report there may be nothing left to stop.
          if (ended !== 'done') expect(ended).toMatchObject({ code: 'interrupted' });
          else expect(stopAt).toBe(all);
          const resumed = openRun(run.path);
          await begin(resumed, await open(), silentReporter, never);
          expect(remainsOf(resumed)).toEqual(expected);
          resumed.close();
        }),
        { numRuns: tries(usual) },
      );
    },
  );
});
