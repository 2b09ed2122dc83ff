/** Jobs of a demo that do nothing, and leave what the real ones leave. */

import { join } from 'node:path';
import { demo, type DemoOptions, type DemoResult } from '../../../src/cli/demo/demo.ts';
import { demoRows } from '../../../src/cli/demo/rows.ts';
import { searchConfig, trainingConfig } from '../../../src/cli/input/configure.ts';
import type { Work } from '../../../src/cli/shell/work.ts';
import type { DataName } from '../../../src/data/registry.ts';
import type { PairReport } from '../../../src/parity/parity-report.ts';
import { createRun } from '../../../src/run/directory.ts';
import type { JobEvent } from '../../../src/run/events.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import type { EngineName } from '../../../src/runtime/engine.ts';
import { DARTS_V1 } from '../../../src/space/images/published.ts';
import type { Genotype } from '../../../src/space/space.ts';
import { syntheticLabels } from '../../../src/data/images/synthetic.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import type { TaskName } from '../../../src/tasks/task.ts';
import { temporaryFolder } from '../../data/temporary.ts';

export const pair = {
  name: 'tfjs-node-gpu',
  runtime: 'tfjs-node-gpu',
  elements: 330,
  largestAbsolute: 1.2e-6,
  used: 0.125,
  requiredAbsolute: 1.2e-6,
  gate: { absolute: 1e-4, relative: 0, top1: 1 },
  top1Real: { agreed: 1000, total: 1000, firstDifferent: null },
  failures: [],
} as unknown as PairReport;

export interface Numbers {
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

export const pretended: { readonly [N in TaskName]: Pretended } = {
  images: {
    data: { data: 'synthetic' },
    genotype: DARTS_V1,
    good: { value: 0.65, trained: 0.66 },
    train: ({ trained }) => ({
      measured: { split: 'test', metric: 'accuracy', value: trained, loss: 1, count: 100 },
      tested: null,
    }),
    model: { macs: 2e7, beside: null },
    validation: ({ value }) => ({
      task: 'images',
      accuracy: value,
      images: 10_000,
      provider: 'cpu',
      classes: syntheticLabels.map((label) => ({ label, images: 1_000, accuracy: value })),
    }),
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
      inPieces: { pieces: 10, words: 2720, leftOut: 10, perplexity: value, officialPerplexity: value },
      unigramPerplexity: 45.6,
      notes: ['There is no training file.'],
    }),
  },
};

/** Jobs that leave what the real ones leave. */
export function pretend(task: TaskName, run: string, numbers: Numbers = pretended[task].good) {
  const { data, genotype, train, model, validation } = pretended[task];
  const compared = numbers.pair ?? pair;
  const orders: (readonly [string, unknown])[] = [];
  /** In the events of which run a job says what it does, and what it is called there. */
  const saidIn: (readonly [job: string, run: string | undefined, as: string | undefined])[] = [];
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
      truth: { inputs: 33, why: null },
      pairs: [compared],
      outcome: compared.failures.length > 0 ? 'failed' : 'passed',
    }),
  };
  const work: Work = {
    report: (event) => events.push(event),
    reporter: silentReporter,
    stop: new AbortController().signal,
    job: async (name, order, { beside, as } = {}) => {
      orders.push([name, order]);
      saidIn.push([name, beside?.path, as]);
      return (await outcomes[name]?.()) as never;
    },
  };
  return { work, orders, events, saidIn };
}

export function optionsFor(task: TaskName, run: string, engine?: EngineName): DemoOptions {
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

export async function ended(task: TaskName, numbers?: Numbers): Promise<DemoResult> {
  const run = join(await temporaryFolder(), 'demo');
  return demo(optionsFor(task, run, 'reference'), pretend(task, run, numbers).work);
}
