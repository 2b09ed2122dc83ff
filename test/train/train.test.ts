import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { syntheticImages } from '../../src/data/synthetic.ts';
import { createRun, openRun, type Run } from '../../src/run/directory.ts';
import { interrupted } from '../../src/run/failure.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { createOnnxRuntime } from '../../src/runtime/onnxruntime/runtime.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { CnnGenotype } from '../../src/space/genotype.ts';
import { trainPresets, type TrainConfig } from '../../src/train/config.ts';
import { train } from '../../src/train/train.ts';

const cell = {
  nodes: [
    [
      { op: 'sep_conv_3x3', source: 0 },
      { op: 'skip_connect', source: 1 },
    ],
  ],
  concat: [2],
} as const;
const genotype: CnnGenotype = { normal: cell, reduce: cell };

const data = {
  training: syntheticImages({ count: 48, classes: 4, size: 8, seed: 1 }),
  testing: syntheticImages({ count: 40, classes: 4, size: 8, seed: 1, split: 'test' }),
};
const config: TrainConfig = {
  ...trainPresets.quick,
  channels: 4,
  layers: 2,
  epochs: 2,
  batch_size: 20,
  train_images: null,
  test_images: null,
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nascent-train-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const newRun = (name: string): Promise<Run> =>
  createRun(join(folder, name), { kind: 'train', config: {}, seed: config.seed, engine: 'reference' });

const begin = (
  run: Run,
  options: {
    config?: TrainConfig;
    runtime?: Runtime;
    signal?: AbortSignal;
    reporter?: typeof silentReporter;
  } = {},
) =>
  train(
    run,
    options.config ?? config,
    genotype,
    data,
    options.runtime ?? createReferenceRuntime(),
    options.reporter ?? silentReporter,
    options.signal ?? new AbortController().signal,
  );

it('learns what can be learned', async () => {
  const run = await newRun('a');
  await begin(run, { config: { ...config, epochs: 12 }, runtime: await createOnnxRuntime('cpu') });
  const accuracies = run.readMetrics().map((record) => Number(record['test_accuracy']));
  expect(accuracies).toHaveLength(12);
  // A quarter is chance.
  expect(accuracies.at(-1)).toBeGreaterThan(0.6);
  run.close();
});

it.each([1, 3, 5])('stopped before step %i and resumed is bit for bit an unbroken one', async (images) => {
  const remains = (run: Run) => ({
    metrics: run.readMetrics().map((record) => ({ ...record, seconds: 0 })),
    tensors: [...(run.latestCheckpoint()?.tensors ?? [])].map(([name, tensor]) => [name, [...tensor.data]]),
  });
  const whole = await newRun('whole');
  await begin(whole);

  const stopping = new AbortController();
  let steps = 0;
  const reporter = {
    ...silentReporter,
    progress: () => {
      steps++;
      if (steps === images) stopping.abort(interrupted());
    },
  };
  const stopped = await newRun('stopped');
  await expect(begin(stopped, { signal: stopping.signal, reporter })).rejects.toMatchObject({
    code: 'interrupted',
  });
  stopped.close();
  const resumed = openRun(stopped.path);
  await begin(resumed);
  expect(remains(resumed)).toEqual(remains(whole));
  whole.close();
  resumed.close();
});
