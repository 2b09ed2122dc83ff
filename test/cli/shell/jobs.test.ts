import { describe, expect, expectTypeOf, it, test } from 'vitest';

import { jobs } from '../../../src/cli/shell/jobs.ts';
import type { JobName, OrderOf, OutcomeOf } from '../../../src/cli/shell/jobs.ts';
import { exitCodes, NascentError } from '../../../src/errors.ts';
import type { ParityReport } from '../../../src/parity/parity-report.ts';
import { checkedOrder } from '../../../src/run/jobs.ts';
import type { SearchOutcome } from '../../../src/search/job.ts';
import type { SearchOrder } from '../../../src/search/order.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { searchPresets } from '../../../src/tasks/images/search-settings.ts';
import { trainPresets } from '../../../src/tasks/images/train-settings.ts';
import { rnnSearchPresets } from '../../../src/tasks/text/search-settings.ts';

test('a name stands for its order and its outcome', () => {
  expectTypeOf<OrderOf<'search'>>().toEqualTypeOf<SearchOrder>();
  expectTypeOf<OutcomeOf<'search'>>().toEqualTypeOf<SearchOutcome>();
  expectTypeOf<OutcomeOf<'parity'>>().toEqualTypeOf<ParityReport>();
});

test.each(Object.entries(jobs))('the module of %s is loaded', async (_, { load }) => {
  expect(await load()).toBeInstanceOf(Function);
});

const search = { data: 'cifar10', preset: 'quick', settings: searchPresets.quick } as const;
const training = {
  data: 'cifar10',
  preset: 'quick',
  source: 'DARTS_V2',
  genotype: publishedGenotypes.DARTS_V2,
  settings: trainPresets.quick,
} as const;
const fit = {
  what: 'search',
  amounts: [
    { title: 'all', settings: { train_images: null }, work: 70 },
    { title: 'less', settings: { train_images: 640 }, work: 20 },
  ],
  seconds: 60,
} as const;
const untrained = { genotype: publishedGenotypes.DARTS_V2, seed: 1, out: 'a.onnx' } as const;
const shape = { channels: 4, layers: 3, classes: 10, image: [3, 32, 32] } as const;

/** Orders that are right, and what is wrong with others: the field, in words of the message. */
const orders: {
  readonly [N in JobName]: {
    readonly right: readonly OrderOf<N>[];
    readonly wrong: readonly (readonly [order: unknown, says: string])[];
  };
} = {
  search: {
    right: [
      { kind: 'new', out: 'a', config: search },
      { kind: 'new', out: 'a', config: { ...search, data: 'text', settings: rnnSearchPresets['quick-rnn'] } },
      { kind: 'resume', run: 'a', engine: 'reference' },
    ],
    wrong: [
      [{ kind: 'go on', run: 'a' }, 'field "kind": '],
      [{ kind: 'resume', run: 'a', engine: 'abacus' }, 'field "engine": '],
      [{ kind: 'resume', run: 'a', out: 'b' }, '"out"'],
      [{ kind: 'new', out: 'a' }, 'field "config'],
      [{ kind: 'new', out: 'a', config: { ...search, data: 'cats' } }, 'field "config.data": '],
      [
        { kind: 'new', out: 'a', config: { ...search, settings: { ...search.settings, epochs: 0 } } },
        'field "config.settings.epochs": ',
      ],
      // Settings are those of the task of the data.
      [{ kind: 'new', out: 'a', config: { ...search, data: 'text' } }, 'field "config.settings'],
    ],
  },
  train: {
    right: [
      { kind: 'new', out: 'a', config: training },
      { kind: 'resume', run: 'a' },
    ],
    wrong: [
      [{ kind: 'new', config: training }, 'field "out": '],
      [
        { kind: 'new', out: 'a', config: { ...training, settings: { ...training.settings, layers: 'ten' } } },
        'field "config.settings.layers": ',
      ],
    ],
  },
  fittedSearch: {
    right: [{ order: { kind: 'new', out: 'a', config: search }, fit }],
    wrong: [
      [{ order: { kind: 'new', out: 'a', config: search } }, 'field "fit": '],
      [{ order: { kind: 'new', out: 'a' }, fit }, 'field "order.config'],
      [
        { order: { kind: 'new', out: 'a', config: search }, fit: { ...fit, amounts: [] } },
        'field "fit.amounts',
      ],
    ],
  },
  fittedTrain: {
    right: [{ order: { kind: 'new', out: 'a', config: training }, fit }],
    wrong: [[{ order: { kind: 'new', out: 'a', config: search }, fit }, 'field "order.config']],
  },
  estimate: {
    right: [
      { job: 'search', order: { kind: 'new', out: 'a', config: search } },
      { job: 'train', order: { kind: 'new', out: 'a', config: training, engine: 'reference' } },
    ],
    wrong: [
      [{ job: 'export', order: { run: 'a' } }, 'field "job": '],
      [{ job: 'train', order: { kind: 'new', out: 'a', config: search } }, 'field "order.config'],
    ],
  },
  export: {
    right: [
      { run: 'a', opset: 15, checkpoint: 'best' },
      { ...untrained, task: 'images', shape },
      { ...untrained, task: 'text', shape: { words: 10, units: 4 }, unroll: 5 },
    ],
    wrong: [
      [{ run: 'a', opset: 12 }, 'field "opset": '],
      [{ run: 'a', passes: { topK: 0 } }, 'field "passes.topK": '],
      [{ run: 'a', passes: { fold: true } }, '"fold"'],
      [{ run: 'a', checkpoint: 'first' }, 'field "checkpoint": '],
      [{}, 'field "run": '],
      [{ ...untrained, task: 'sound', shape }, 'field "task": '],
      [{ ...untrained, task: 'text', shape }, 'field "shape'],
    ],
  },
  validate: {
    right: [
      { model: 'm.onnx', data: 'cifar10' },
      { model: 'm.onnx', data: 'text', split: 'valid' },
    ],
    wrong: [
      [{ model: 'm.onnx' }, 'field "data": '],
      [{ model: 'm.onnx', data: 'cats' }, 'field "data": '],
      [{ model: 'm.onnx', data: 'cifar10', tokens: 9 }, '"tokens"'],
      [{ model: 'm.onnx', data: 'text', steps: 0 }, 'field "steps": '],
    ],
  },
  readFace: {
    right: [{ model: 'm.onnx' }],
    wrong: [
      [{}, 'field "model": '],
      [{ model: 'm.onnx', data: 'cifar10' }, '"data"'],
    ],
  },
  checkModel: {
    right: [{ model: 'm.onnx' }],
    wrong: [[{}, 'field "model": ']],
  },
  benchModel: {
    right: [{ model: 'm.onnx', runtime: 'reference', batches: [1, 2], seconds: 0 }],
    wrong: [
      [{}, 'field "model": '],
      [{ model: 'm.onnx', batches: [] }, 'field "batches": '],
    ],
  },
  runModel: {
    right: [
      { model: 'm.onnx' },
      { model: 'm.onnx', runtime: 'reference', inputs: [{ name: 'x', file: 'x.npy' }], extents: { n: 0 } },
    ],
    wrong: [
      [{}, 'field "model": '],
      [{ model: 'm.onnx', runtime: 'abacus' }, 'field "runtime": '],
      [{ model: 'm.onnx', extents: { n: -1 } }, 'field "extents.n": '],
      [{ model: 'm.onnx', rtol: -1 }, 'field "rtol": '],
    ],
  },
  predict: {
    right: [
      { model: 'm.onnx', files: ['a.png'] },
      { model: 'm.onnx', text: 'the', sample: 3 },
    ],
    wrong: [
      [{}, 'field "model": '],
      [{ model: 'm.onnx', top: 0 }, 'field "top": '],
    ],
  },
  parity: {
    right: [{ model: 'm.onnx' }, { model: 'm.onnx', other: 'n.onnx', minSnr: 20 }],
    wrong: [
      [{}, 'field "model": '],
      [{ model: 'm.onnx', seeds: [] }, 'field "seeds": '],
      [{ model: 'm.onnx', runtimes: ['abacus'] }, 'field "runtimes.0": '],
    ],
  },
};

describe.each(Object.keys(orders) as JobName[])('an order for the job "%s"', (name) => {
  it('passes its schema as it is, defaults aside', async () => {
    for (const order of orders[name].right) {
      expect(checkedOrder(name, await jobs[name].order(), order)).toMatchObject(order);
    }
  });

  it('is refused where it is wrong, naming the field', async () => {
    const schema = await jobs[name].order();
    for (const [order, says] of [...orders[name].wrong, [null, 'is wrong: '] as const]) {
      const refused = (() => {
        try {
          return checkedOrder(name, schema, order);
        } catch (error) {
          return error;
        }
      })();
      expect(refused).toBeInstanceOf(NascentError);
      expect(refused).toMatchObject({ code: 'input/invalid', exitCode: exitCodes.badInput });
      expect(refused).toHaveProperty('message', expect.stringContaining(says));
      expect(refused).toHaveProperty('message', expect.stringContaining(`the order for the job "${name}"`));
    }
  });
});

test('what works on a run says which: the folder is told when its process dies', () => {
  const out = 'runs/a';
  expect(jobs.search.runOf({ kind: 'resume', run: out })).toBe(out);
  expect(jobs.train.runOf({ kind: 'resume', run: out })).toBe(out);
  expect(jobs.fittedSearch.runOf({ order: { kind: 'new', out, config: search }, fit })).toBe(out);
  expect(jobs.fittedTrain.runOf({ order: { kind: 'new', out, config: training }, fit })).toBe(out);
});
