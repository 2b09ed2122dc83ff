import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { renderSeeds, seedProtocol } from '../../src/cli/seeds.ts';
import type { Work } from '../../src/cli/shell/work.ts';
import { createRun } from '../../src/run/directory.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { searchPresets } from '../../src/tasks/images/search-settings.ts';
import { genotypeFromJson, genotypeToJson } from '../../src/space/images/genotype-json.ts';
import { DARTS_V1, DARTS_V2, NASNet } from '../../src/space/images/published.ts';
import { trainPresets } from '../../src/tasks/images/train-settings.ts';
import { temporaryFolder } from '../data/temporary.ts';

const found = { 0: DARTS_V1, 1: DARTS_V2, 2: NASNet } as const;
const accuracies = { 0: 0.8, 1: 0.9, 2: 0.85 } as const;

/** Jobs that leave what real ones leave, and what they were asked for. */
function pretendWork(orders: [string, number, boolean][]): Work {
  const job = async (name: string, given: unknown) => {
    const order = given as { out: string; config: { settings: { seed: 0 | 1 | 2; held_back?: number } } };
    const { seed, held_back: held } = order.config.settings;
    orders.push([name, seed, (held ?? 0) > 0]);
    const kind = name === 'search' ? 'search' : 'train';
    const run = await createRun(order.out, { kind, config: {}, seed, engine: 'reference' });
    if (kind === 'search') await run.writeFile('genotype.json', genotypeToJson(found[seed]));
    else run.appendMetrics({ kind: 'epoch', epoch: 0, valid_accuracy: accuracies[seed] });
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

it('searches and trains each seed, takes the best by held-back images, and does nothing twice', async () => {
  const path = join(await temporaryFolder(), 'seeds');
  const order = {
    path,
    seeds: [0, 1, 2],
    config: { data: 'synthetic', preset: 'quick', settings: searchPresets.quick },
    training: { ...trainPresets.quick, held_back: 500 },
    preset: 'quick',
    engine: undefined,
  } as const;
  const orders: [string, number, boolean][] = [];
  const result = await seedProtocol(order, pretendWork(orders));
  expect(orders).toEqual(
    [0, 1, 2].flatMap((seed) => [
      ['search', seed, false],
      ['train', seed, true],
    ]),
  );
  expect(result.best.seed).toBe(1);
  expect(result.mean).toBeCloseTo(0.85, 12);
  expect(result.deviation).toBeCloseTo(0.05, 12);
  expect(genotypeFromJson(readFileSync(join(path, 'genotype.json'), 'utf8'))).toEqual(DARTS_V2);
  expect(existsSync(join(path, 'seeds.json'))).toBe(true);
  expect(renderSeeds(result)).toContain('85.00 % ± 5.00 % over 3 searches');

  expect(await seedProtocol(order, pretendWork(orders))).toEqual(result);
  expect(orders).toHaveLength(6);
});

it('takes no folder of something else, and goes on with the same settings only', async () => {
  const path = join(await temporaryFolder(), 'seeds');
  const order = {
    path,
    seeds: [0],
    config: { data: 'synthetic', preset: 'quick', settings: searchPresets.quick },
    training: { ...trainPresets.quick, held_back: 500 },
    preset: 'quick',
    engine: undefined,
  } as const;
  const orders: [string, number, boolean][] = [];
  await seedProtocol(order, pretendWork(orders));
  const genotype = readFileSync(join(path, 'genotype.json'), 'utf8');

  const longer = {
    ...order.config,
    data: 'cifar10',
    settings: { ...searchPresets.quick, epochs: 7 },
  } as const;
  await expect(seedProtocol({ ...order, config: longer }, pretendWork(orders))).rejects.toMatchObject({
    code: 'input/invalid',
    message: expect.stringContaining(
      `search.data is cifar10 and was synthetic; search.settings.epochs is 7 and was ${searchPresets.quick.epochs}`,
    ),
  });
  const single = { ...order, path: join(path, 'seed-0') };
  const found = readFileSync(join(single.path, 'genotype.json'), 'utf8');
  await expect(seedProtocol(single, pretendWork(orders))).rejects.toMatchObject({ code: 'run/exists' });
  expect(readFileSync(join(single.path, 'genotype.json'), 'utf8')).toBe(found);
  const blind = { ...order, training: { ...order.training, held_back: 0 } };
  await expect(seedProtocol(blind, pretendWork(orders))).rejects.toMatchObject({ code: 'input/invalid' });
  expect(orders).toHaveLength(2);
  expect(readFileSync(join(path, 'genotype.json'), 'utf8')).toBe(genotype);

  // Another seed joins the first.
  expect((await seedProtocol({ ...order, seeds: [0, 1] }, pretendWork(orders))).best.seed).toBe(1);
  expect(orders).toHaveLength(4);
});
