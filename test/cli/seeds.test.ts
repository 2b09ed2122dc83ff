/** Several searches and the best of them, for either task, over jobs that do nothing. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { searchConfig, trainingConfig } from '../../src/cli/input/configure.ts';
import { renderSeeds, seedProtocol, type SeedOrder } from '../../src/cli/seeds.ts';
import type { Work } from '../../src/cli/shell/work.ts';
import { appendMetrics } from '../../src/run/artefacts/metrics.ts';
import { createRun } from '../../src/run/directory.ts';
import type { LogRecord } from '../../src/run/log.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { DARTS_V1, DARTS_V2, NASNet } from '../../src/space/images/published.ts';
import type { Genotype } from '../../src/space/space.ts';
import { publishedRnnGenotypes } from '../../src/space/text/published.ts';
import type { RecordedTraining } from '../../src/tasks/recorded.ts';
import type { TaskName } from '../../src/tasks/task.ts';
import { tasks } from '../../src/tasks/tasks.ts';
import { temporaryFolder } from '../data/temporary.ts';

type Seed = 0 | 1 | 2;

interface Case {
  readonly task: TaskName;
  readonly data: 'synthetic' | 'grammar';
  readonly found: { readonly [S in Seed]: Genotype };
  /** The epochs of each short training. */
  readonly epochs: { readonly [S in Seed]: readonly LogRecord[] };
  readonly values: { readonly [S in Seed]: number };
  readonly retraining: readonly string[];
  readonly summary: string;
}

const accuracies = (...values: number[]) => values.map((value) => ({ valid_accuracy: value }));
const perplexities = (...values: number[]) => values.map((value) => ({ valid_perplexity: value }));

const cases: readonly Case[] = [
  {
    task: 'images',
    data: 'synthetic',
    found: { 0: DARTS_V1, 1: DARTS_V2, 2: NASNet },
    // What it is after the last epoch, whatever it was before.
    epochs: { 0: accuracies(0.95, 0.8), 1: accuracies(0.2, 0.9), 2: accuracies(0.85) },
    values: { 0: 0.8, 1: 0.9, 2: 0.85 },
    retraining: ['held_back=500'],
    summary: '85.00 % ± 5.00 % over 3 searches; the test images chose nothing',
  },
  {
    task: 'text',
    data: 'grammar',
    found: {
      0: publishedRnnGenotypes.DARTS_V1,
      1: publishedRnnGenotypes.DARTS_V2,
      2: publishedRnnGenotypes.ENAS,
    },
    // The best weights are what is kept of a text.
    epochs: {
      0: perplexities(90, 100),
      1: [...perplexities(80, 70, 75), { valid_perplexity: null }],
      2: perplexities(80),
    },
    values: { 0: 90, 1: 70, 2: 80 },
    retraining: [],
    summary: 'perplexity 80.00 ± 10.00 over 3 searches; the test text chose nothing',
  },
];

/** Jobs that leave what real ones leave, and what they were asked for. */
function pretendWork({ task, found, epochs }: Case, orders: [string, number, boolean][]): Work {
  const job = async (name: string, given: unknown) => {
    const order = given as { out: string; config: { settings: { seed: Seed; held_back?: number } } };
    const { seed, held_back: held } = order.config.settings;
    orders.push([name, seed, (held ?? 0) > 0]);
    const kind = name === 'search' ? 'search' : 'train';
    const run = await createRun(order.out, { kind, config: {}, seed, engine: 'reference' });
    if (kind === 'search') await run.writeFile('genotype.json', tasks[task].space.toJson(found[seed]));
    else
      for (const [epoch, record] of epochs[seed].entries())
        appendMetrics(run, { kind: 'epoch', epoch, ...record });
    await run.update({ status: 'done' });
    run.close();
    return {};
  };
  return {
    report: () => {},
    reporter: silentReporter,
    stop: new AbortController().signal,
    job,
  } as unknown as Work;
}

/** Cells trained by the quick preset, with settings changed. */
function retrained({ data }: Case, set: readonly string[]): SeedOrder['training'] {
  return (genotype, source): RecordedTraining => trainingConfig({ data }, genotype, source, { set });
}

describe.each(cases)('searches on $task', (given) => {
  const { task, data, found, values, retraining, summary } = given;
  const { space } = tasks[task];
  const orderIn = (path: string) => ({
    path,
    seeds: [0, 1, 2] as readonly number[],
    config: searchConfig({ data }, {}),
    training: retrained(given, retraining),
    engine: undefined,
  });

  it('are trained, each seed, the best taken by held-back data, and nothing is done twice', async () => {
    const path = join(await temporaryFolder(), 'seeds');
    const order = orderIn(path);
    const orders: [string, number, boolean][] = [];
    const result = await seedProtocol(order, pretendWork(given, orders));
    expect(orders).toEqual(
      [0, 1, 2].flatMap((seed) => [
        ['search', seed, false],
        ['train', seed, task === 'images'],
      ]),
    );
    expect(result).toMatchObject({ task, metric: tasks[task].metric.name, best: { seed: 1 } });
    expect(result.seeds.map(({ value }) => value)).toEqual([values[0], values[1], values[2]]);
    expect(result.mean).toBeCloseTo((values[0] + values[1] + values[2]) / 3, 12);
    expect(result.deviation).toBeCloseTo(Math.abs(values[0] - values[1]) / 2, 12);
    expect(space.fromJson(readFileSync(join(path, 'genotype.json'), 'utf8'))).toEqual(found[1]);
    expect(JSON.parse(readFileSync(join(path, 'seeds.json'), 'utf8'))).toEqual(result);
    const shown = renderSeeds(result, tasks[task].metric).split('\n');
    expect(shown.at(-2)).toBe(summary);
    expect(shown.filter((line) => line.endsWith('  best'))).toEqual([
      expect.stringContaining(`seed 1  ${tasks[task].metric.format(values[1])}`),
    ]);

    expect(await seedProtocol(order, pretendWork(given, orders))).toEqual(result);
    expect(orders).toHaveLength(6);
  });

  it('take no folder of something else, and are resumed with the same settings only', async () => {
    const path = join(await temporaryFolder(), 'seeds');
    const order = { ...orderIn(path), seeds: [0] };
    const orders: [string, number, boolean][] = [];
    const work = pretendWork(given, orders);
    await seedProtocol(order, work);
    const genotype = readFileSync(join(path, 'genotype.json'), 'utf8');

    const { epochs } = order.config.settings;
    const longer = searchConfig({ data }, { set: ['epochs=7'] });
    await expect(seedProtocol({ ...order, config: longer }, work)).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining(`search.settings.epochs is 7 and was ${epochs}`),
    });
    const briefer = { ...order, training: retrained(given, [...retraining, 'epochs=9']) };
    await expect(seedProtocol(briefer, work)).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining('training.settings.epochs is 9 and was '),
    });
    const single = { ...order, path: join(path, 'seed-0') };
    const itsOwn = readFileSync(join(single.path, 'genotype.json'), 'utf8');
    await expect(seedProtocol(single, work)).rejects.toMatchObject({ code: 'run/exists' });
    expect(readFileSync(join(single.path, 'genotype.json'), 'utf8')).toBe(itsOwn);
    expect(orders).toHaveLength(2);
    expect(readFileSync(join(path, 'genotype.json'), 'utf8')).toBe(genotype);

    // Another seed joins the first, also in a folder of a version that had one strategy and fewer settings.
    const common = join(path, 'common.json');
    const written = JSON.parse(readFileSync(common, 'utf8')) as Record<string, string>;
    const later = ['search.strategy', 'search.settings.warmup_epochs', 'search.settings.valid_augmented'];
    const sameBefore = later.filter(
      (name) => name in written && (task === 'text' || !name.endsWith('epochs')),
    );
    expect(sameBefore).toHaveLength(2);
    for (const name of sameBefore) delete written[name];
    writeFileSync(common, JSON.stringify(written));
    expect((await seedProtocol({ ...order, seeds: [0, 1] }, work)).best.seed).toBe(1);
    expect(orders).toHaveLength(4);
  });

  it('are not chosen by one that came to no number', async () => {
    const path = join(await temporaryFolder(), 'seeds');
    const key = `valid_${tasks[task].metric.name}`;
    const diverged = { ...given, epochs: { ...given.epochs, 0: [{ [key]: null }] } };
    const result = await seedProtocol(orderIn(path), pretendWork(diverged, []));
    expect(result.seeds[0]?.value).toBeNaN();
    expect(result.best.seed).toBe(1);
  });
});

it('on characters are told in bits per character', async () => {
  const path = join(await temporaryFolder(), 'seeds');
  const [, text] = cases as readonly [Case, Case];
  const config = searchConfig({ data: 'grammar' }, { set: ['level=character'] });
  const given = { ...text, epochs: { 0: perplexities(4), 1: perplexities(2), 2: perplexities(6) } };
  const order = {
    path,
    seeds: [0, 1, 2],
    config,
    training: retrained(given, given.retraining),
    engine: undefined,
  };
  const result = await seedProtocol(order, pretendWork(given, []));
  const lines = renderSeeds(result, tasks.text.metricOf(config.settings)).split('\n');
  expect(lines[0]).toContain('seed 0  2.000 bits per character (perplexity 4.00) on the validation text');
  expect(lines.at(-2)).toBe(
    '2.000 bits per character (perplexity 4.00 ± 2.00) over 3 searches; the test text chose nothing',
  );
});

it('those on other data are others', async () => {
  const path = join(await temporaryFolder(), 'seeds');
  const [given] = cases as readonly [Case, ...Case[]];
  const order = {
    path,
    seeds: [0],
    config: searchConfig({ data: 'synthetic' }, {}),
    training: retrained(given, given.retraining),
    engine: undefined,
  };
  await seedProtocol(order, pretendWork(given, []));
  const other = { ...order, config: searchConfig({ data: 'cifar10' }, {}) };
  await expect(seedProtocol(other, pretendWork(given, []))).rejects.toMatchObject({
    code: 'input/invalid',
    message: expect.stringContaining('search.data is cifar10 and was synthetic'),
  });
});

it('cannot be chosen by images of which none are held back', async () => {
  const path = join(await temporaryFolder(), 'seeds');
  const [given] = cases as readonly [Case, ...Case[]];
  const blind = {
    path,
    seeds: [0],
    config: searchConfig({ data: 'synthetic' }, {}),
    training: retrained(given, ['held_back=0']),
    engine: undefined,
  };
  await expect(seedProtocol(blind, pretendWork(given, []))).rejects.toMatchObject({ code: 'input/invalid' });
  expect(existsSync(path)).toBe(false);
});
