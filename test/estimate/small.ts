/** Orders of the smallest searches and trainings, of either task, on data that are made on the spot. */
import { GraphBuilder } from '../../src/graph/builder.ts';
import { scalar } from '../../src/graph/tensor.ts';
import { DARTS_V2 } from '../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../src/space/text/published.ts';
import { searchPresets } from '../../src/tasks/images/search-settings.ts';
import { trainPresets } from '../../src/tasks/images/train-settings.ts';
import { rnnSearchPresets } from '../../src/tasks/text/search-settings.ts';
import { rnnTrainPresets } from '../../src/tasks/text/train-settings.ts';
import type { RecordedSearch, RecordedTraining } from '../../src/tasks/recorded.ts';

/** On any machine the one takes longer than there is, and the other no time. */
const amountsOf = (full: Record<string, number>, small: Record<string, number>) =>
  [
    { title: 'full', settings: full, work: 1e12 },
    { title: 'small', settings: small, work: 0 },
  ] as const;

const imagesSearched: RecordedSearch = {
  data: 'synthetic',
  preset: 'test',
  settings: {
    ...searchPresets.quick,
    channels: 2,
    layers: 3,
    nodes: 1,
    primitives: ['none', 'skip_connect', 'max_pool_3x3'],
    epochs: 1,
    warmup_epochs: 0,
    batch_size: 4,
    train_images: 24,
    valid_images: 8,
  },
};

const imagesTrained: RecordedTraining = {
  data: 'synthetic',
  preset: 'test',
  source: 'DARTS_V2',
  genotype: DARTS_V2,
  settings: {
    ...trainPresets.quick,
    channels: 2,
    layers: 3,
    epochs: 1,
    batch_size: 4,
    train_images: 16,
    test_images: 8,
    drop_path: 0.2,
  },
};

const textSearched: RecordedSearch = {
  data: 'grammar',
  preset: 'test',
  settings: {
    ...rnnSearchPresets['quick-rnn'],
    units: 4,
    nodes: 2,
    epochs: 1,
    batch_size: 4,
    bptt: 5,
    train_tokens: 200,
    valid_tokens: 100,
  },
};

const textTrained: RecordedTraining = {
  data: 'grammar',
  preset: 'test',
  source: 'DARTS_V1',
  genotype: publishedRnnGenotypes.DARTS_V1,
  settings: {
    ...rnnTrainPresets['quick-rnn'],
    units: 4,
    epochs: 1,
    batch_size: 4,
    bptt: 5,
    train_tokens: 200,
    valid_tokens: 100,
    test_tokens: 100,
  },
};

export const smallOrders = [
  {
    job: 'search',
    config: imagesSearched,
    // Half of the images are for the alphas.
    stepsPerEpoch: 3,
    amounts: amountsOf({ train_images: 24 }, { train_images: 16, epochs: 2, valid_images: 4 }),
  },
  {
    job: 'search',
    config: textSearched,
    // 50 rows of 4 tokens, of which the last is only predicted.
    stepsPerEpoch: 10,
    amounts: amountsOf({ train_tokens: 200 }, { train_tokens: 120, epochs: 2 }),
  },
  {
    job: 'train',
    config: imagesTrained,
    stepsPerEpoch: 4,
    amounts: amountsOf({ train_images: 16 }, { train_images: 12, epochs: 2, test_images: 4 }),
  },
  {
    job: 'train',
    config: textTrained,
    stepsPerEpoch: 10,
    amounts: amountsOf({ train_tokens: 200 }, { train_tokens: 120, epochs: 2 }),
  },
] as const;

/** A graph that moves a weight of so many numbers. */
export function weightStepOf(size: number) {
  const b = new GraphBuilder();
  const w = b.input('w', [size], { role: 'weight', initializer: { kind: 'constant', value: 1 } });
  const graph = b.finish('step', { moved: b.op('Add', [w, w]) });
  return {
    graph,
    updates: new Map([['moved', 'w']]),
    state: new Map([['w', { ...scalar(1), shape: [size], data: new Float32Array(size) }]]),
  };
}
