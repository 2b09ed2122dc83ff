/** The demo of either task over jobs that do nothing: what it asks for, in which order, and what it makes of it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { demoData } from '../../../src/cli/commands/demo.ts';
import { demo } from '../../../src/cli/demo/demo.ts';
import { demoRows } from '../../../src/cli/demo/rows.ts';
import { requireGood } from '../../../src/cli/demo/summary.ts';
import type { GivenData } from '../../../src/cli/input/data.ts';
import type { Work } from '../../../src/cli/shell/work.ts';
import { NascentError } from '../../../src/errors.ts';
import { appendMetrics } from '../../../src/run/artefacts/metrics.ts';
import { openRun } from '../../../src/run/directory.ts';
import { setup } from '../../../src/setup/setup.ts';
import { DARTS_V2 } from '../../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import type { TaskName } from '../../../src/tasks/task.ts';
import { tasks } from '../../../src/tasks/tasks.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { ended, optionsFor, pair, pretend, pretended } from './pretended.ts';

vi.mock('../../../src/setup/setup.ts', () => ({ setup: vi.fn() }));
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.mocked(setup).mockReset();
});

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

  test('says in the run of its search what comes after the search, the training among it', async () => {
    const run = join(await temporaryFolder(), 'demo');
    const { work, saidIn } = pretend(task, run);
    await demo(optionsFor(task, run, 'reference'), work);
    expect(saidIn).toEqual([
      ['search', undefined, undefined],
      ['train', run, 'training'],
      ['export', run, undefined],
      ['validate', run, undefined],
      ['parity', run, undefined],
    ]);
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
