/** A training that takes a moment: what the tests of resuming do over and over. */
import { datasetSource } from '../../../src/data/images/source.ts';
import { syntheticImages } from '../../../src/data/images/synthetic.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { silentReporter, type Reporter } from '../../../src/run/reporter.ts';
import type { Run } from '../../../src/run/directory.ts';
import type { CnnGenotype } from '../../../src/space/images/genotype.ts';
import { trainPresets, type TrainConfig } from '../../../src/tasks/images/train-settings.ts';
import { trainImages, type TrainData } from '../../support/tasks.ts';
import type { TrainResult } from '../../../src/train/train.ts';

const cell = {
  nodes: [
    [
      { op: 'sep_conv_3x3', source: 0 },
      { op: 'skip_connect', source: 1 },
    ],
  ],
  concat: [2],
} as const;
export const genotype: CnnGenotype = { normal: cell, reduce: cell };

export const data: TrainData = {
  training: datasetSource(syntheticImages({ count: 48, classes: 4, size: 8, seed: 1 }), {
    pad: 2,
    cutout: 4,
  }),
  testing: datasetSource(syntheticImages({ count: 40, classes: 4, size: 8, seed: 1, split: 'test' })),
};

export const config: TrainConfig = {
  ...trainPresets.quick,
  channels: 4,
  layers: 2,
  epochs: 2,
  batch_size: 20,
  train_images: null,
  test_images: null,
};

/** With drop path, three epochs of three steps; a checkpoint after every step. */
export function trainTiny(
  run: Run,
  reporter: Reporter = silentReporter,
  signal: AbortSignal = new AbortController().signal,
): Promise<TrainResult> {
  const settings = { ...config, channels: 2, epochs: 3, drop_path: 0.5, schedule: 'cosine-epoch' } as const;
  const options = { checkpointSeconds: 0 };
  return trainImages(run, settings, genotype, data, createReferenceRuntime(), reporter, signal, options);
}
