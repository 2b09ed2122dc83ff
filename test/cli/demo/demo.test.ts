/** The demo over jobs that do nothing: what it asks for, in which order, and what it makes of it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { demo } from '../../../src/cli/demo/demo.ts';
import { demoNext, demoTable, requireGood } from '../../../src/cli/demo/summary.ts';
import type { Work } from '../../../src/cli/shell/work.ts';
import { NascentError } from '../../../src/errors.ts';
import { createRun, openRun } from '../../../src/run/directory.ts';
import type { JobEvent } from '../../../src/run/events.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import type { EngineName } from '../../../src/runtime/engine.ts';
import { searchConfig, trainingConfig } from '../../../src/cli/input/configure.ts';
import type { DemoOptions } from '../../../src/cli/demo/demo.ts';
import { setup } from '../../../src/setup/setup.ts';
import { genotypeToJson } from '../../../src/space/images/genotype-json.ts';
import { DARTS_V1, DARTS_V2 } from '../../../src/space/images/published.ts';
import type { PairReport } from '../../../src/parity/parity-report.ts';
import { temporaryFolder } from '../../data/temporary.ts';

vi.mock('../../../src/setup/setup.ts', () => ({ setup: vi.fn() }));
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

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

/** Jobs that leave what the real ones leave, as far as the demo looks at it. */
function pretend(run: string, given: { readonly accuracy: number; readonly pair: PairReport }) {
  const orders: (readonly [string, unknown])[] = [];
  const events: JobEvent[] = [];
  const settings = { config: { data: 'synthetic', settings: {} }, seed: 0, engine: 'reference' } as const;
  const outcomes: { readonly [name: string]: () => Promise<unknown> } = {
    async search() {
      await createRun(run, { kind: 'search', ...settings });
      return { genotype: DARTS_V1, seconds: 61, steps: 70, why: 'reference, as asked', engine: 'reference' };
    },
    async train() {
      const trained = await createRun(join(run, 'train'), { kind: 'train', ...settings });
      trained.appendMetrics({ kind: 'epoch', test_accuracy: 0.66, test_images: 100 });
      const measured = { split: 'test', metric: 'accuracy', value: 0.66, loss: 1, count: 100 };
      return { seconds: 122, engine: 'reference', measured };
    },
    export: async () => ({
      file: join(run, 'model.onnx'),
      bytes: 2e6,
      sha256: 'f00',
      parameters: 5e5,
      macs: 2e7,
      beside: null,
    }),
    validate: async () => ({ accuracy: given.accuracy, images: 10_000, provider: 'cpu' }),
    parity: async () => {
      const failed = given.pair.failures.length > 0;
      return {
        model: { path: 'model.onnx' },
        baseline: { name: 'onnxruntime-cpu' },
        pairs: [given.pair],
        outcome: failed ? 'failed' : 'passed',
      };
    },
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

function optionsFor(run: string, engine?: EngineName): DemoOptions {
  const data = { data: 'synthetic' } as const;
  const search = searchConfig(data, { preset: 'quick' });
  const training: DemoOptions['training'] = (genotype, source) =>
    trainingConfig(data, genotype, source, { preset: 'quick' });
  return { run, data, engine, minutes: 'full', search, training, parityImages: 1000 };
}

test('all parts, and the table', async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'demo');
  const { work, orders } = pretend(run, { accuracy: 0.65, pair });
  const result = await demo(optionsFor(run, 'reference'), work);
  expect(setup).not.toHaveBeenCalled();
  expect(orders).toMatchObject([
    ['search', { kind: 'new', out: run, engine: 'reference' }],
    ['train', { kind: 'new', out: join(run, 'train'), engine: 'reference', config: { genotype: DARTS_V1 } }],
    ['export', { run }],
    ['validate', { model: join(run, 'model.onnx') }],
    ['parity', { images: 1000 }],
  ]);
  expect(readdirSync(run).sort()).toEqual([
    'cells.svg',
    'parity.json',
    'run.json',
    'train',
    'validation.json',
  ]);
  expect(JSON.parse(readFileSync(join(run, 'validation.json'), 'utf8'))).toMatchObject({ accuracy: 0.65 });
  const timeless = { ...result, seconds: { total: 0, preparation: 0 } };
  expect(demoTable(timeless).replaceAll(folder, '…')).toMatchInlineSnapshot(`
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
    total time          0s, of which 0s for engine and data"
  `);
  expect(demoNext(result).map((line) => line.replace(folder, '…'))).toMatchInlineSnapshot(`
    [
      "nascent parity …/demo",
      "nascent validate …/demo --json",
      "nascent search --data synthetic --preset darts --out runs/darts",
    ]
  `);
  requireGood(result);
});

test('what an earlier attempt began is resumed, and what it finished is not done again', async () => {
  const path = join(await temporaryFolder(), 'demo');
  const { work, orders } = pretend(path, { accuracy: 0.65, pair });
  // It was stopped in training.
  await work.job('search', {} as never);
  await work.job('train', {} as never);
  const resuming: Work = {
    ...work,
    job: async (name, order) => {
      if (name !== 'search' && name !== 'train') return work.job(name, order);
      orders.push([name, order]);
      return { genotype: DARTS_V1, seconds: 1, steps: 1 } as never;
    },
  };
  const options = optionsFor(path, 'onnxruntime');
  const resumed = { kind: 'resume', engine: 'onnxruntime' } as const;
  orders.length = 0;
  await demo(options, resuming);
  expect(orders.slice(0, 2)).toEqual([
    ['search', { ...resumed, run: path }],
    ['train', { ...resumed, run: join(path, 'train') }],
  ]);

  const run = openRun(path);
  await run.writeFile('genotype.json', genotypeToJson(DARTS_V2));
  run.appendMetrics({ kind: 'epoch', seconds: 75 });
  await run.update({ status: 'done' });
  orders.length = 0;
  const { search } = await demo(options, resuming);
  expect(orders.map(([name]) => name)).toEqual(['train', 'export', 'validate', 'parity']);
  expect(search).toEqual({ genotype: DARTS_V2, seconds: 75, why: 'reference, as recorded', steps: null });
});

test('too few right, or runtimes that differ, is exit code 3', async () => {
  const verdict = async (accuracy: number, failures: readonly string[]) => {
    const run = join(await temporaryFolder(), 'demo');
    const { work } = pretend(run, { accuracy, pair: { ...pair, failures } });
    const result = await demo(optionsFor(run, 'reference'), work);
    try {
      requireGood(result);
    } catch (error) {
      if (error instanceof NascentError) return `${error.exitCode} ${error.message}`;
      throw error;
    }
    return 'good';
  };
  expect(await verdict(0.5, [])).toBe('good');
  expect(await verdict(0.4999, [])).toMatch(
    /^3 the exported model gets 49\.99 % .* at least 50\.00 % is required$/,
  );
  expect(await verdict(0.6, ['off by 1'])).toMatch(/^3 tfjs-node-gpu does not do .*: off by 1$/);
});

test('an engine that cannot be set up is told, and the demo goes on, unless it was asked for', async () => {
  const failure = new NascentError('setup/failed', 'no compiler', { help: 'Install one.' });
  vi.mocked(setup).mockRejectedValue(failure);
  const run = join(await temporaryFolder(), 'demo');
  const { work, orders, events } = pretend(run, { accuracy: 0.65, pair });
  await expect(demo(optionsFor(run, 'tfjs-node-gpu'), work)).rejects.toBe(failure);
  expect(orders).toEqual([]);
  await demo(optionsFor(run), work);
  expect(orders[0]).toMatchObject(['search', { kind: 'new' }]);
  expect(orders[0]?.[1]).not.toHaveProperty('engine');
  expect(events).toContainEqual({
    kind: 'note',
    text: 'no compiler\nonnxruntime is used instead. Install one.',
  });
});
