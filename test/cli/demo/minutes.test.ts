/** A demo that keeps to its minutes, over jobs that say how far they are and do nothing. */

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { InvalidArgumentError } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { demoAmounts } from '../../../src/cli/demo/amounts.ts';
import { demo, type DemoOptions } from '../../../src/cli/demo/demo.ts';
import { minutesInWords, readMinutes, type Minutes } from '../../../src/cli/demo/minutes.ts';
import { measureSpeed, speedOf } from '../../../src/cli/demo/speed.ts';
import { demoTable, requireGood } from '../../../src/cli/demo/summary.ts';
import { searchConfig, trainingConfig } from '../../../src/cli/input/configure.ts';
import type { Work } from '../../../src/cli/shell/work.ts';
import { createRun } from '../../../src/run/directory.ts';
import type { JobEvent } from '../../../src/run/events.ts';
import { reporterTo, silentReporter } from '../../../src/run/reporter.ts';
import { DARTS_V1 } from '../../../src/space/images/published.ts';
import { searchPresets } from '../../../src/tasks/images/search-settings.ts';
import { trainPresets } from '../../../src/tasks/images/train-settings.ts';
import { temporaryFolder } from '../../data/temporary.ts';

vi.mock('../../../src/setup/setup.ts', () => ({ setup: vi.fn() }));
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

test.each(['0', '-1', 'abc', '1e9', '', ' ', 'NaN', 'Infinity', '0.5', 'FULL', '6m'])(
  '--minutes "%s" is refused',
  (text) => {
    expect(() => readMinutes(text)).toThrow(InvalidArgumentError);
    expect(() => readMinutes(text)).toThrow('Expected a number from 1 to 1440, or full.');
  },
);

test('--minutes that are understood, and what is said of them', () => {
  expect(['1', '6', '7.5', '1440', 'full'].map(readMinutes)).toEqual([1, 6, 7.5, 1440, 'full']);
  expect(minutesInWords(6)).toMatch(/^about 6 minutes, set-up aside; --minutes 15 for a better network/);
  expect(minutesInWords(1)).toMatch(/^about 1 minute,/);
  expect(minutesInWords(15)).not.toContain('--minutes 15');
  expect(minutesInWords('full')).toContain('the full amount');
});

test('the speed is that of the steps after the first', () => {
  const seen = [20, 22, 24].map((at, i) => ({ done: i + 1, at }));
  // 30 s in all, of which 3 steps of 2 s.
  expect(speedOf(seen, 30)).toEqual({ start: 24, each: 2 });
  expect(speedOf([{ done: 4, at: 3 }], 8)).toEqual({ start: 3, each: 2 });
  expect(speedOf([], 8)).toEqual({ start: 8, each: 0 });
});

test('a probe leaves nothing behind, whatever becomes of it', async () => {
  let folder = '';
  const probe = async (out: string) => {
    folder = out;
    await createRun(out, { kind: 'search', config: {}, seed: 0, engine: 'reference' });
    throw new Error('crashed');
  };
  const ladder = demoAmounts.images.search;
  await expect(measureSpeed('searches', ladder, { reporter: silentReporter }, probe)).rejects.toThrow(
    'crashed',
  );
  expect(folder).not.toBe('');
  expect(existsSync(folder)).toBe(false);
});

/** Seconds of a pretended machine, which go on by what its jobs say they do. */
function machine(each: { readonly search: number; readonly train: number }, begunWith?: object) {
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => 1000 * clock);
  const notes: string[] = [];
  const orders: { name: string; settings: Record<string, unknown> | undefined; config: unknown }[] = [];
  const pretend = async (
    name: 'search' | 'train',
    order: { kind: string; out: string; config: { settings: Record<string, number> } },
    listen?: (event: JobEvent) => void,
  ) => {
    if (order.kind === 'resume') return;
    const { settings } = order.config;
    const images = settings['train_images'] ?? 0;
    const steps = ((settings['epochs'] ?? 0) * images) / 64;
    const unit = name === 'search' ? 1 : 64;
    for (let done = 1; done <= steps; done++) {
      clock += each[name];
      listen?.({
        kind: 'progress',
        stage: name,
        done: done * unit,
        total: steps * unit,
        unit: name === 'search' ? 'steps' : 'img',
      });
    }
    await createRun(order.out, { kind: name, config: order.config, seed: 0, engine: 'reference' });
  };
  const outcomes: { readonly [name: string]: object } = {
    search: { genotype: DARTS_V1, seconds: 0, steps: 7, why: 'as asked', ...begunWith },
    train: { seconds: 12, engine: 'reference', measured: null },
    export: { file: 'model.onnx', bytes: 2e6, sha256: 'f00', parameters: 5e5, macs: 2e7, beside: null },
    validate: { accuracy: 0.31, images: 2000, provider: 'cpu' },
    parity: { model: { path: '' }, baseline: { name: 'x' }, pairs: [], outcome: 'passed' },
  };
  const work: Work = {
    report() {},
    reporter: reporterTo((event) => event.kind === 'note' && notes.push(event.text)),
    stop: new AbortController().signal,
    job: async (name, order, listen) => {
      const { config } = order as { readonly config?: { readonly settings: Record<string, unknown> } };
      orders.push({ name, settings: config?.settings ?? { ...(order as object) }, config });
      if (name === 'search' || name === 'train') await pretend(name, order as never, listen);
      return outcomes[name] as never;
    },
  };
  return { work, notes, orders };
}

async function run(minutes: Minutes, each: { readonly search: number; readonly train: number }) {
  const made = machine(each);
  const folder = join(await temporaryFolder(), 'demo');
  const result = await demo(optionsFor(folder, minutes), made.work);
  return { ...made, result, folder };
}

function optionsFor(folder: string, minutes: Minutes): DemoOptions {
  const data = { data: 'cifar10', from: '/images' } as const;
  return {
    run: folder,
    data,
    engine: 'reference',
    minutes,
    search: searchConfig(data, { preset: 'quick' }),
    training: (genotype, source) => trainingConfig(data, genotype, source, { preset: 'quick' }),
  };
}

afterEach(() => vi.restoreAllMocks());

test('a fast machine does the full amount: the settings are those of --minutes full', async () => {
  const fast = await run(6, { search: 1.25, train: 0.18 });
  expect(fast.orders.map(({ name }) => name)).toEqual([
    'search',
    'search',
    'train',
    'train',
    'export',
    'validate',
    'parity',
  ]);
  expect(fast.orders[0]?.settings).toMatchObject(demoAmounts.images.search.probe);
  expect(fast.orders[1]?.settings).toEqual(searchPresets.quick);
  expect(fast.orders[2]?.settings).toMatchObject(demoAmounts.images.train.probe);
  expect(fast.orders[3]?.settings).toEqual(trainPresets.quick);
  expect(fast.notes.join('\n')).toMatch(
    /search: 70 steps, the full amount.*\ntraining: 40,000 images, the full amount/,
  );
  expect(demoTable(fast.result)).not.toContain('amount ');
  // 31 % is too little of it.
  expect(() => requireGood(fast.result)).toThrow('at least 50.00 % is required');

  const full = await run('full', { search: 1.25, train: 0.18 });
  expect(full.orders.map(({ settings }) => settings).slice(0, 2)).toEqual([
    searchPresets.quick,
    trainPresets.quick,
  ]);
  expect(full.notes.join('\n')).not.toContain('this machine');
});

test('a slow machine does less, says so, is measured on fewer images and judged by a gate of its own', async () => {
  const { orders, notes, result, folder } = await run(6, { search: 5, train: 1 });
  expect(orders[1]?.config).toMatchObject({ minutes: 6, settings: { train_images: 640, epochs: 2 } });
  expect(orders[3]?.settings).toEqual({ ...trainPresets.quick, train_images: 8000, test_images: 2000 });
  expect(orders[5]?.settings).toMatchObject({ images: 2000 });
  expect(notes.join('\n')).toMatch(
    /search: 20 steps of 70 steps, about 1m 4\ds on this machine\ntraining: 8,000 images of 40,000 images/,
  );
  expect(demoTable(result)).toMatch(
    /amount +search: 20 steps of 70 steps\n +training: 8,000 images of 40,000 images/,
  );
  // 31 % is enough of it, and 29 % is not.
  expect(() => requireGood(result)).not.toThrow();
  const worse = { ...result, validation: { ...result.validation, accuracy: 0.29 } } as typeof result;
  expect(() => requireGood(worse)).toThrow('at least 30.00 % is required');

  // Resumed before its training began, it takes what was recorded of the search, and chooses from what is left.
  vi.restoreAllMocks();
  const again = machine({ search: 5, train: 1 }, { seconds: 290 });
  await rm(join(folder, 'train'), { recursive: true });
  await demo(optionsFor(folder, 6), again.work);
  expect(again.orders.map(({ name, config }) => [name, config === undefined])).toEqual([
    ['search', true],
    ['train', false],
    ['train', false],
    ['export', true],
    ['validate', true],
    ['parity', true],
  ]);
  expect(again.orders[2]?.settings).toMatchObject({ train_images: 2560 });
});

test('where nothing is short enough, the least is done, and that is said', async () => {
  const { orders, notes } = await run(1, { search: 50, train: 7 });
  expect(orders[1]?.settings).toMatchObject({ train_images: 192 });
  expect(orders[3]?.settings).toMatchObject({ train_images: 2560 });
  expect(notes.filter((note) => note.includes('that is longer than there is'))).toHaveLength(2);
});
