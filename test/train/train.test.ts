import { describe, expect, it } from 'vitest';
import { datasetSource } from '../../src/data/images/source.ts';
import { syntheticImages } from '../../src/data/images/synthetic.ts';
import type { CheckpointTensor } from '../../src/run/checkpoint-file.ts';
import type { Run } from '../../src/run/directory.ts';
import type { Json } from '../../src/run/record.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { createOnnxRuntime } from '../../src/runtime/onnxruntime/runtime.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { TrainConfig } from '../../src/tasks/images/train-settings.ts';
import { trainImages, type TrainData } from '../support/tasks.ts';
import { expectResumedAsWhole, newRun } from '../support/runs.ts';
import { config, data, genotype } from './helpers/tiny.ts';

const begin = (
  run: Run,
  options: {
    config?: TrainConfig;
    runtime?: Runtime;
    signal?: AbortSignal;
    reporter?: typeof silentReporter;
    data?: TrainData;
  } = {},
) =>
  trainImages(
    run,
    options.config ?? config,
    genotype,
    options.data ?? data,
    options.runtime ?? createReferenceRuntime(),
    options.reporter ?? silentReporter,
    options.signal ?? new AbortController().signal,
  );

it('learns what can be learned', async () => {
  const run = await newRun('train');
  await begin(run, { config: { ...config, epochs: 12 }, runtime: await createOnnxRuntime('cpu') });
  const accuracies = run.readMetrics().map((record) => Number(record['test_accuracy']));
  expect(accuracies).toHaveLength(12);
  // A quarter is chance.
  expect(accuracies.at(-1)).toBeGreaterThan(0.6);
  run.close();
});

/** Everything that a step can depend on, at once. The head wants maps of 8×8 after two reductions. */
const everything: TrainConfig = {
  ...config,
  layers: 1,
  schedule: 'exponential',
  rate_decay: 0.5,
  auxiliary: 0.4,
  drop_path: 0.5,
  label_smoothing: 0.1,
};
const larger = {
  training: datasetSource(syntheticImages({ count: 12, classes: 3, size: 16, seed: 1 }), { pad: 2 }),
  testing: datasetSource(syntheticImages({ count: 8, classes: 3, size: 16, seed: 1, split: 'test' })),
};

it.each([4, 5])('stopped at report %i and resumed is bit for bit an unbroken one', async (report) => {
  const settings = { config: { ...everything, batch_size: 5 }, data: larger };
  await expectResumedAsWhole('train', report, (run, control) => begin(run, { ...settings, ...control }));
});

it('a run that was killed before its first checkpoint begins its logs again', async () => {
  const run = await newRun('train');
  run.appendMetrics({ kind: 'epoch', epoch: 0, train_loss: 7 });
  await begin(run);
  expect(run.readMetrics().map((record) => [record['epoch'], record['train_loss'] === 7])).toEqual([
    [0, false],
    [1, false],
  ]);
  run.close();
});

it('the best checkpoint is the first of the highest test accuracy', async () => {
  const run = await newRun('train');
  const { best } = await begin(run, {
    config: { ...config, epochs: 7 },
    runtime: await createOnnxRuntime('cpu'),
  });
  const accuracies = run.readMetrics().map((record) => Number(record['test_accuracy']));
  expect(best?.value).toBe(Math.max(...accuracies));
  expect(run.bestCheckpoint()?.name).toBe(`epoch-${accuracies.indexOf(Math.max(...accuracies)) + 1}`);
  expect(run.latestCheckpoint()?.name).toBe('epoch-7');
  run.close();
});

describe('a loss that is no number', () => {
  it('stops the run, which keeps its last checkpoint, and the first tensor is named', async () => {
    const run = await newRun('train');
    // Weights of 10^200: the second step's variance is too large for any float.
    const error: unknown = await begin(run, {
      config: { ...config, epochs: 3, rate: 1e200, warmup: 0, schedule: 'cosine-epoch', batch_size: 48 },
    }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'train/diverged',
      message:
        'the training loss became NaN: first not finite was what went into the batch norm of ' +
        '"stem.bn.running_variance", in epoch 2',
      help: `Lower \`rate\` or \`clip\` in a new run. Its last checkpoint, epoch-1, is from before that; to export it: nascent export ${run.path}`,
    });
    expect(run.latestCheckpoint()?.name).toBe('epoch-1');
    run.close();
  });
});

describe('a checkpoint that does not fit', () => {
  const edited = async (edit: (content: { meta: Json; tensors: Map<string, CheckpointTensor> }) => void) => {
    const run = await newRun('train');
    await begin(run, { config: { ...config, epochs: 1, test_images: 0 } });
    const last = run.latestCheckpoint();
    if (last === undefined) throw new Error('no checkpoint');
    const content = { meta: structuredClone(last.meta), tensors: new Map(last.tensors) };
    edit(content);
    await run.writeCheckpoint('epoch-2', content);
    const error: unknown = await begin(run).catch((reason: unknown) => reason);
    run.close();
    expect(error).toMatchObject({ code: 'run/damaged' });
    return error instanceof Error ? error.message.replace(/.* does not fit this run: /, '') : '';
  };

  it.each<[string, (content: { meta: Json; tensors: Map<string, CheckpointTensor> }) => void, string]>([
    [
      'a tensor is missing',
      ({ tensors }) => tensors.delete('velocity.stem.conv.weight'),
      'it has no tensor "velocity.stem.conv.weight"',
    ],
    [
      'a tensor has another shape',
      ({ tensors }) =>
        tensors.set('classifier.bias', { dtype: 'float32', shape: [5], data: new Float32Array(5) }),
      'it has "classifier.bias" of the shape [5], not [4]',
    ],
    [
      'a tensor has no place',
      ({ tensors }) => tensors.set('alpha', { dtype: 'float32', shape: [], data: new Float32Array(1) }),
      'it has a tensor "alpha", which this network has no place for',
    ],
    [
      'a field is wrong',
      ({ meta }) =>
        Object.assign((meta as { plan: { streams: object } }).plan.streams, {
          weights: { epoch: 1, position: -1 },
        }),
      'it has a field "plan.streams.weights.position" that is not right: Too small: expected number to be >=0',
    ],
  ])('%s', async (_, edit, message) => {
    expect(await edited(edit)).toBe(message);
  });
});
