import { describe, expect, it } from 'vitest';
import { syntheticImages } from '../../src/data/images/synthetic.ts';
import { openRun, type Run } from '../../src/run/directory.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import { searchPresets, type SearchConfig } from '../../src/tasks/images/search-settings.ts';
import { searchImages } from '../support/tasks.ts';
import { validateGenotype } from '../../src/space/images/genotype.ts';
import { expectResumedAsWhole, newRun, remainsOf } from '../support/runs.ts';

const dataset = syntheticImages({ count: 40, classes: 3, size: 8, seed: 1 });
const config: SearchConfig = {
  ...searchPresets.darts,
  channels: 2,
  layers: 1,
  nodes: 2,
  primitives: ['none', 'skip_connect', 'max_pool_3x3', 'dil_conv_3x3'],
  epochs: 2,
  // 20 images a half: the third batch of an epoch is short.
  batch_size: 8,
};

const begin = (run: Run, signal = new AbortController().signal, reporter = silentReporter) =>
  searchImages(run, config, dataset, createReferenceRuntime(), reporter, signal);

describe('a search', () => {
  it('logs every epoch, moves alphas, and ends with a legal genotype', async () => {
    const run = await newRun('search');
    const result = await begin(run);
    expect(validateGenotype(result.genotype)).toEqual(result.genotype);
    expect(validateGenotype(result.genotype).normal.nodes).toHaveLength(2);
    expect(result.steps).toBe(6);
    const alphas = run.readAlphas();
    expect(alphas.map(({ epoch }) => epoch)).toEqual([-1, 0, 1]);
    expect(alphas[0]?.['normal']).not.toEqual(alphas[1]?.['normal']);
    const [, last] = run.readMetrics();
    expect(last).toMatchObject({ kind: 'epoch', epoch: 1, alpha_entropy: expect.closeTo(Math.log(4), 2) });
    expect(result.valid).toEqual({ metric: 'accuracy', value: last?.['valid_accuracy'] });
    // Adam moves each alpha by about its rate a step.
    expect(last?.['alpha_moved']).toBeGreaterThan(config.alpha_rate / 2);
    expect(last?.['alpha_moved']).toBeLessThan(4 * config.alpha_rate);
    run.close();
  });

  it('is the same twice', async () => {
    const [a, b] = [await newRun('search'), await newRun('search')];
    await begin(a);
    await begin(b);
    expect(remainsOf(a)).toEqual(remainsOf(b));
    a.close();
    b.close();
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'stopped at report %i, of a step or of measuring, and resumed is bit for bit an unbroken one',
    async (report) => {
      await expectResumedAsWhole('search', report, (run, { signal, reporter }) =>
        begin(run, signal, reporter),
      );
    },
  );

  it('resumed when it is done says again what it found', async () => {
    const run = await newRun('search');
    const first = await begin(run);
    run.close();
    const again = await begin(openRun(run.path));
    expect(again).toEqual({ ...first, seconds: expect.any(Number) });
  });

  it('stops early on skip connections, and stays stopped', async () => {
    const run = await newRun('search');
    const skipping: SearchConfig = { ...config, primitives: ['none', 'skip_connect'], stop_on_skips: 2 };
    const go = (which: Run) =>
      searchImages(
        which,
        skipping,
        dataset,
        createReferenceRuntime(),
        silentReporter,
        new AbortController().signal,
      );
    const first = await go(run);
    // One cell is a reduction; the normal cell is derived all the same, and skips are all it can choose.
    expect(first.stoppedAfter).toBe(0);
    expect(run.readMetrics()).toHaveLength(1);
    run.close();
    expect((await go(openRun(run.path))).stoppedAfter).toBe(0);
    expect(openRun(run.path).readMetrics()).toHaveLength(1);
  });

  it('stops when the loss is no longer a number', async () => {
    const run = await newRun('search');
    const wild: SearchConfig = { ...config, rate: 1e38, clip: 1e38 };
    await expect(
      searchImages(
        run,
        wild,
        dataset,
        createReferenceRuntime(),
        silentReporter,
        new AbortController().signal,
      ),
    ).rejects.toMatchObject({ code: 'train/diverged' });
    run.close();
  });
});
