/** The demo of either task over jobs that do nothing: what it asks for, in which order, and what it makes of it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { demoData } from '../../../src/cli/commands/demo.ts';
import { demo, type DemoOptions, type DemoResult } from '../../../src/cli/demo/demo.ts';
import { demoRows } from '../../../src/cli/demo/rows.ts';
import { demoNext, demoTable, requireGood } from '../../../src/cli/demo/summary.ts';
import { searchConfig, trainingConfig } from '../../../src/cli/input/configure.ts';
import type { GivenData } from '../../../src/cli/input/data.ts';
import type { Work } from '../../../src/cli/shell/work.ts';
import type { DataName } from '../../../src/data/registry.ts';
import { NascentError } from '../../../src/errors.ts';
import type { PairReport } from '../../../src/parity/parity-report.ts';
import { appendMetrics } from '../../../src/run/artefacts/metrics.ts';
import { createRun, openRun } from '../../../src/run/directory.ts';
import type { JobEvent } from '../../../src/run/events.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import type { EngineName } from '../../../src/runtime/engine.ts';
import { setup } from '../../../src/setup/setup.ts';
import { DARTS_V1, DARTS_V2 } from '../../../src/space/images/published.ts';
import type { Genotype } from '../../../src/space/space.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import type { TaskName } from '../../../src/tasks/task.ts';
import { taskOf, tasks } from '../../../src/tasks/tasks.ts';
import { temporaryFolder } from '../../data/temporary.ts';

vi.mock('../../../src/setup/setup.ts', () => ({ setup: vi.fn() }));
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.mocked(setup).mockReset();
});

const pair = {
  name: 'tfjs-node-gpu',
  runtime: 'tfjs-node-gpu',
  elements: 330,
  largestAbsolute: 1.2e-6,
  requiredAbsolute: 1.2e-6,
  gate: { absolute: 1e-4, relative: 0, top1: 1 },
  top1Real: { agreed: 1000, total: 1000, firstDifferent: null },
  failures: [],
} as unknown as PairReport;

interface Numbers {
  /** Of the exported model on the test split: accuracy, or perplexity; null where it is no number. */
  readonly value: number | null;
  /** Of the network as it was trained. */
  readonly trained?: number;
  readonly pair?: PairReport;
}

/** What the jobs of a task leave and say, as far as the demo looks at it. */
interface Pretended {
  readonly data: { readonly data: DataName };
  readonly genotype: Genotype;
  readonly good: Numbers;
  readonly train: (numbers: Numbers) => object;
  readonly model: object;
  readonly validation: (numbers: Numbers) => object;
}

const pretended: { readonly [N in TaskName]: Pretended } = {
  images: {
    data: { data: 'synthetic' },
    genotype: DARTS_V1,
    good: { value: 0.65, trained: 0.66 },
    train: ({ trained }) => ({
      measured: { split: 'test', metric: 'accuracy', value: trained, loss: 1, count: 100 },
      tested: null,
    }),
    model: { macs: 2e7, beside: null },
    validation: ({ value }) => ({ task: 'images', accuracy: value, images: 10_000, provider: 'cpu' }),
  },
  text: {
    data: { data: 'grammar' },
    genotype: publishedRnnGenotypes.DARTS_V1,
    good: { value: 6, trained: 6 },
    train: ({ trained }) => ({
      measured: { split: 'valid', metric: 'perplexity', value: 5, loss: 1.6, count: 90 },
      tested: { split: 'test', metric: 'perplexity', value: trained, loss: 1.8, count: 90 },
    }),
    model: { macs: 3e5, beside: { title: 'vocabulary', file: 'vocabulary.txt', entries: 172 } },
    validation: ({ value }) => ({
      task: 'text',
      perplexity: value,
      words: 2730,
      provider: 'cpu',
      unigramPerplexity: 45.6,
      notes: ['There is no training file.'],
    }),
  },
};

/** Jobs that leave what the real ones leave. */
function pretend(task: TaskName, run: string, numbers: Numbers = pretended[task].good) {
  const { data, genotype, train, model, validation } = pretended[task];
  const compared = numbers.pair ?? pair;
  const orders: (readonly [string, unknown])[] = [];
  const events: JobEvent[] = [];
  const recorded = { seed: 0, engine: 'reference' } as const;
  const outcomes: { readonly [name: string]: () => Promise<unknown> } = {
    async search() {
      await createRun(run, { kind: 'search', config: data, ...recorded });
      return { genotype, seconds: 61, steps: 70, why: 'reference, as asked', engine: 'reference' };
    },
    async train() {
      const { settings } = trainingConfig(data, genotype, run, { preset: demoRows[task].preset.train });
      const config = { ...data, settings } as never;
      await createRun(join(run, 'train'), { kind: 'train', config, ...recorded });
      return { seconds: 122, engine: 'reference', ...train(numbers) };
    },
    export: async () => ({
      file: join(run, 'model.onnx'),
      bytes: 2e6,
      sha256: 'f00',
      parameters: 5e5,
      ...model,
    }),
    validate: async () => validation(numbers),
    parity: async () => ({
      model: { path: 'model.onnx' },
      baseline: { name: 'onnxruntime-cpu' },
      pairs: [compared],
      outcome: compared.failures.length > 0 ? 'failed' : 'passed',
    }),
  };
  const work: Work = {
    report: (event) => events.push(event),
    reporter: silentReporter,
    stop: new AbortController().signal,
    job: async (name, order) => {
      orders.push([name, order]);
      return (await outcomes[name]?.()) as never;
    },
  };
  return { work, orders, events };
}

function optionsFor(task: TaskName, run: string, engine?: EngineName): DemoOptions {
  const { data } = pretended[task];
  const { preset } = demoRows[task];
  return {
    run,
    data,
    engine,
    minutes: 'full',
    search: searchConfig(data, { preset: preset.search }),
    training: (genotype, source) => trainingConfig(data, genotype, source, { preset: preset.train }),
    parityImages: 1000,
  };
}

async function ended(task: TaskName, numbers?: Numbers): Promise<DemoResult> {
  const run = join(await temporaryFolder(), 'demo');
  return demo(optionsFor(task, run, 'reference'), pretend(task, run, numbers).work);
}

const both = Object.keys(tasks) as TaskName[];

describe.each(both)('the demo of %s', (task) => {
  const { data, genotype } = pretended[task];

  test('does every part in its order, and leaves what came of it', async () => {
    const run = join(await temporaryFolder(), 'demo');
    const { work, orders } = pretend(task, run);
    const result = await demo(optionsFor(task, run, 'reference'), work);
    expect(setup).not.toHaveBeenCalled();
    const model = join(run, 'model.onnx');
    expect(orders).toMatchObject([
      ['search', { kind: 'new', out: run, engine: 'reference', config: data }],
      [
        'train',
        {
          kind: 'new',
          out: join(run, 'train'),
          engine: 'reference',
          config: { ...data, genotype, source: run },
        },
      ],
      ['export', { run }],
      ['validate', { model, ...data }],
      ['parity', { model, ...data }],
    ]);
    expect(readdirSync(run).sort()).toEqual([
      'cells.svg',
      'parity.json',
      'run.json',
      'train',
      'validation.json',
    ]);
    expect(JSON.parse(readFileSync(join(run, 'validation.json'), 'utf8'))).toEqual(result.validation);
    expect(JSON.parse(readFileSync(join(run, 'parity.json'), 'utf8'))).toEqual(result.parity);
    expect(readFileSync(join(run, 'cells.svg'), 'utf8')).toContain(`<title>${demoRows[task].title}</title>`);
    requireGood(result);
  });

  test('resumes what an earlier attempt began, and does not do again what it finished', async () => {
    const path = join(await temporaryFolder(), 'demo');
    const { work, orders } = pretend(task, path);
    // It was stopped in training.
    await work.job('search', {} as never);
    await work.job('train', {} as never);
    const resuming: Work = {
      ...work,
      job: async (name, order) => {
        if (name !== 'search' && name !== 'train') return work.job(name, order);
        orders.push([name, order]);
        return { genotype, seconds: 1, steps: 1 } as never;
      },
    };
    const options = optionsFor(task, path, 'onnxruntime');
    const resumed = { kind: 'resume', engine: 'onnxruntime' } as const;
    orders.length = 0;
    await demo(options, resuming);
    expect(orders.slice(0, 2)).toEqual([
      ['search', { ...resumed, run: path }],
      ['train', { ...resumed, run: join(path, 'train') }],
    ]);

    const run = openRun(path);
    const found = task === 'images' ? DARTS_V2 : publishedRnnGenotypes.DARTS_V2;
    await run.writeFile('genotype.json', tasks[task].space.toJson(found));
    appendMetrics(run, { kind: 'epoch', epoch: 0, seconds: 75 });
    await run.update({ status: 'done' });
    orders.length = 0;
    const { search } = await demo(options, resuming);
    expect(orders.map(([name]) => name)).toEqual(['train', 'export', 'validate', 'parity']);
    expect(search).toEqual({ genotype: found, seconds: 75, why: 'reference, as recorded', steps: null });
  });

  test('tells of a runtime that cannot be set up, and does without it unless it was asked for', async () => {
    const failure = new NascentError('setup/failed', 'no compiler', { help: 'Install one.' });
    vi.mocked(setup).mockRejectedValue(failure);
    const run = join(await temporaryFolder(), 'demo');
    const { work, orders, events } = pretend(task, run);
    await expect(demo(optionsFor(task, run, 'tfjs-node-gpu'), work)).rejects.toBe(failure);
    expect(orders).toEqual([]);
    await demo(optionsFor(task, run), work);
    expect(orders[0]).toMatchObject(['search', { kind: 'new' }]);
    expect(orders[0]?.[1]).not.toHaveProperty('engine');
    expect(events).toContainEqual({
      kind: 'note',
      text: 'no compiler\nonnxruntime is used instead. Install one.',
    });
  });

  test('fails where runtimes differ, however good the model is', async () => {
    const result = await ended(task, { ...pretended[task].good, pair: { ...pair, failures: ['off by 1'] } });
    expect(() => requireGood(result)).toThrow(
      expect.objectContaining({
        exitCode: 3,
        message: expect.stringMatching(/^tfjs-node-gpu .*: off by 1$/),
      }),
    );
  });

  test('is of presets that there are, the next among them', () => {
    const { search, train } = tasks[task];
    const { preset, next } = demoRows[task];
    expect(Object.keys(search.presets)).toEqual(expect.arrayContaining([preset.search, next]));
    expect(Object.keys(train.presets)).toContain(preset.train);
  });
});

test('images are compared on as many as is said, words as parity has it', async () => {
  const run = join(await temporaryFolder(), 'demo');
  const [images, text] = [pretend('images', run), pretend('text', `${run}-text`)];
  await demo(optionsFor('images', run, 'reference'), images.work);
  await demo(optionsFor('text', `${run}-text`, 'reference'), text.work);
  expect(images.orders.at(-1)?.[1]).toMatchObject({ images: 1000 });
  expect(text.orders.at(-1)?.[1]).not.toHaveProperty('images');
});

test('a text is measured as it was trained, beside a unigram model of what it was trained on', async () => {
  const run = join(await temporaryFolder(), 'demo');
  const { work, orders } = pretend('text', run);
  await demo(optionsFor('text', run, 'reference'), work);
  const { settings } = openRun(join(run, 'train')).record().config as { settings: Record<string, unknown> };
  expect(settings['train_tokens']).toBe(200_000);
  expect(orders[3]).toMatchObject([
    'validate',
    {
      batchSize: settings['test_batch_size'],
      tokens: settings['test_tokens'],
      trainTokens: settings['train_tokens'],
    },
  ]);
});

test('data in a folder are not fetched', async () => {
  vi.stubEnv('NASCENT_CACHE', await temporaryFolder());
  const run = join(await temporaryFolder(), 'demo');
  const { work, orders, events } = pretend('text', run);
  const data: GivenData = { data: 'wikitext2', from: '/texts' };
  await demo({ ...optionsFor('text', run, 'reference'), data }, work);
  expect(events.filter(({ kind }) => kind === 'stage')).toEqual([]);
  expect(orders.at(-2)?.[1]).toMatchObject(data);
  expect(orders.at(-1)?.[1]).toMatchObject(data);
});

test('the data of a demo are what is asked for; of a recurrent one WikiText-2 from a folder, or generated', async () => {
  vi.stubEnv('NASCENT_CACHE', await temporaryFolder());
  expect(await demoData({})).toEqual({ data: 'cifar10' });
  expect(await demoData({ data: 'grammar' })).toEqual({ data: 'grammar' });
  expect(await demoData({ rnn: true, data: 'ptb' })).toEqual({ data: 'ptb' });
  expect(await demoData({ rnn: true, from: '/texts' })).toEqual({ data: 'wikitext2', from: '/texts' });
  expect(await demoData({ rnn: true })).toEqual({ data: 'grammar' });
  await expect(demoData({ rnn: true, data: 'cifar10' })).rejects.toThrow(
    '--rnn is for text, and cifar10 is images',
  );
});

test('the table, and what to do next, for images', async () => {
  const result = await ended('images');
  const folder = result.run.replace(/\/demo$/, '');
  expect(demoTable(result).replaceAll(folder, '…')).toMatchInlineSnapshot(`
    "engine              reference, as asked
    dataset             synthetic
    search time         1m 01s, 70 steps
    genotype            Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)], normal_concat=range(2, 6),
                        reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 0), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)], reduce_concat=range(2, 6))
    skips               3 in the normal cell
    training time       2m 02s
    parameters          500,000
    MACs                20,000,000 (20.00 M)
    test accuracy       65.00 % of 10,000 images, onnxruntime-cpu
                        66.00 % of 100 images, reference, as trained
    largest difference  1.2e-6  tfjs-node-gpu against onnxruntime-cpu, same class on 1,000 of 1,000 images
    model               …/demo/model.onnx
    file size           2.00 MB
    sha256              f00
    total time          0s, of which 0s for runtime and data"
  `);
  expect(demoNext(result).map((line) => line.replace(folder, '…'))).toMatchInlineSnapshot(`
    [
      "nascent parity …/demo",
      "nascent validate …/demo --json",
      "nascent search --data synthetic --preset darts --out runs/darts",
    ]
  `);
});

test('the table, and what to do next, for text', async () => {
  const result = await ended('text');
  const folder = result.run.replace(/\/demo$/, '');
  expect(demoTable(result).replaceAll(folder, '…')).toMatchInlineSnapshot(`
    "engine              reference, as asked
    dataset             grammar
    note                There is no training file.
    search time         1m 01s, 70 steps
    genotype            Genotype(recurrent=[('relu', 0), ('relu', 1), ('tanh', 2), ('relu', 3), ('relu', 4), ('identity', 1), ('relu', 5), ('relu', 1)], concat=range(1, 9))
    skips               1 in the cell
    training time       2m 02s
    parameters          500,000
    MACs                300,000
    test perplexity     6.00  over 2,730 words, onnxruntime-cpu
                        6.00  reference, as trained
                        45.60  the unigram model of the same training text
    largest difference  1.2e-6  tfjs-node-gpu against onnxruntime-cpu, same class on 1,000 of 1,000 images
    model               …/demo/model.onnx
    vocabulary          vocabulary.txt
    file size           2.00 MB
    sha256              f00
    total time          0s, of which 0s for runtime and data"
  `);
  expect(demoNext(result).map((line) => line.replace(folder, '…'))).toMatchInlineSnapshot(`
    [
      "nascent parity …/demo",
      "nascent validate …/demo --json",
      "nascent search --data grammar --preset darts-rnn --out runs/darts-rnn",
    ]
  `);
});

test('what is next has the folder that the data are in', async () => {
  const result = await ended('text');
  const data: GivenData = { data: 'text', from: '/my texts' };
  expect(taskOf(data.data).name).toBe('text');
  expect(demoNext({ ...result, data }).at(-1)).toBe(
    "nascent search --data text --from '/my texts' --preset darts-rnn --out runs/darts-rnn",
  );
});

test.each<[TaskName, Numbers, string]>([
  [
    'images',
    { value: 0.4999 },
    'the exported model gets 49.99 % of the test images right, and at least 50.00 % is required',
  ],
  ['images', { value: 0.5 }, 'good'],
  [
    'text',
    { value: 23, trained: 23 },
    "the exported model has perplexity 23.00 on the test text, and at most 22.8 is required: 1/2 of the unigram model's",
  ],
  ['text', { value: 22.8, trained: 22.8 }, 'good'],
  [
    'text',
    { value: 6.01, trained: 6 },
    'the exported model has perplexity 6.01, and the trained one perplexity 6.00',
  ],
  ['text', { value: null, trained: 6 }, "the exported model's output is NaN or infinite"],
  ['text', { value: 6, trained: Number.NaN }, 'the exported model has perplexity 6.00, and the trained one'],
])('the gate of %s, %j', async (task, numbers, verdict) => {
  const result = await ended(task, numbers);
  if (verdict === 'good') requireGood(result);
  else {
    expect(() => requireGood(result)).toThrow(
      expect.objectContaining({
        code: 'gate/failed',
        exitCode: 3,
        message: expect.stringContaining(verdict),
      }),
    );
  }
});
