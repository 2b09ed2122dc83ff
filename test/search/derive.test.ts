import { describe, expect, it } from 'vitest';
import { syntheticImages } from '../../src/data/images/synthetic.ts';
import { createRun, openRun, type Run } from '../../src/run/directory.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import { deriveFrom } from '../../src/search/derive.ts';
import { searchPresets, type SearchConfig } from '../../src/tasks/images/search-settings.ts';
import { rnnSearchPresets, type RnnSearchConfig } from '../../src/tasks/text/search-settings.ts';
import { interrupted } from '../../src/run/failure.ts';
import { join } from 'node:path';
import { temporaryFolder } from '../data/temporary.ts';
import { countingCorpus } from '../support/counting.ts';
import { searchImages, searchText } from '../support/tasks.ts';

const ofImages: SearchConfig = {
  ...searchPresets.darts,
  channels: 2,
  layers: 1,
  nodes: 2,
  primitives: ['none', 'skip_connect', 'max_pool_3x3', 'dil_conv_3x3'],
  epochs: 3,
  batch_size: 10,
  alpha_rate: 0.3,
};
const ofText: RnnSearchConfig = {
  ...rnnSearchPresets['darts-rnn'],
  units: 4,
  nodes: 3,
  epochs: 3,
  batch_size: 3,
  bptt: 6,
  eval_batch_size: 2,
  rate: 1,
  alpha_rate: 0.3,
};
const dataset = syntheticImages({ count: 40, classes: 3, size: 8, seed: 1 });
const corpus = countingCorpus({ train: 66, valid: 40, test: 40 });

const tasks = [
  {
    task: 'images' as const,
    data: 'synthetic',
    settings: ofImages,
    begin: (run: Run, signal: AbortSignal, reporter = silentReporter) =>
      searchImages(run, ofImages, dataset, createReferenceRuntime(), reporter, signal),
  },
  {
    task: 'text' as const,
    data: 'grammar',
    settings: ofText,
    begin: (run: Run, signal: AbortSignal, reporter = silentReporter) =>
      searchText(run, ofText, corpus, createReferenceRuntime(), reporter, signal),
  },
];

async function runOf({ data, settings }: (typeof tasks)[number]): Promise<Run> {
  return createRun(join(await temporaryFolder(), 'run'), {
    kind: 'search',
    config: { data, preset: 'test', settings: { ...settings, primitives: [...settings.primitives] } },
    seed: settings.seed,
    engine: 'reference',
  });
}

describe.each(tasks)('the cells of a search of $task', (given) => {
  it('are the same from its last checkpoint, from the log, and as it found them', async () => {
    const run = await runOf(given);
    const { genotype } = await given.begin(run, new AbortController().signal);
    run.close();
    const again = openRun(run.path);
    expect(deriveFrom(again)).toMatchObject({ genotype, source: 'checkpoint epoch-3' });
    expect(deriveFrom(again, { epoch: 3 })).toMatchObject({ genotype, source: 'alphas.jsonl after epoch 3' });
    for (const { epoch, genotype: logged } of again.readAlphas()) {
      expect(deriveFrom(again, { epoch: Number(epoch) + 1 }).genotype).toEqual(logged);
    }
    const { space } = deriveFrom(again).task;
    expect(space.skips(deriveFrom(again, { maxSkips: 0 }).genotype)).toBe(0);
    expect(() => deriveFrom(again, { epoch: 4 })).toThrow(
      expect.objectContaining({ code: 'data/missing', help: expect.stringContaining('0 to 3') }),
    );
  });

  it('can be had of one that was interrupted', async () => {
    const run = await runOf(given);
    const stopping = new AbortController();
    let reports = 0;
    const reporter = {
      ...silentReporter,
      progress() {
        reports++;
        if (reports === 3) stopping.abort(interrupted());
      },
    };
    await expect(given.begin(run, stopping.signal, reporter)).rejects.toMatchObject({ code: 'interrupted' });
    run.close();
    const derived = deriveFrom(openRun(run.path));
    expect(derived.source).toMatch(/^checkpoint epoch-\d$/);
    expect(derived.task.space.validate(derived.genotype)).toEqual(derived.genotype);
  });
});
