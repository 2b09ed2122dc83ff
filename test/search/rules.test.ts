/**
 * What a search of convolutional cells feeds its steps: which images, how augmented, at which learning rate. The rules
 * are those of DARTS, section 3.1 and its official code, and no number that comes out of a small search would show that
 * one of them is broken.
 */
import { describe, expect, it } from 'vitest';
import type { ImageDataset } from '../../src/data/images/dataset.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { searchPresets, type SearchConfig } from '../../src/tasks/images/search-settings.ts';
import { searchImages } from '../support/tasks.ts';
import { newRun } from '../support/runs.ts';
import { numbersIn, spyRuntime, type SpiedRun } from '../support/spy.ts';

const [count, half, size] = [40, 20, 8];

/** Image i is one grey all over, no other's, so that whatever is fed of it says which it is. */
const numbered: ImageDataset = {
  name: 'numbered',
  split: 'train',
  count,
  channels: 3,
  height: size,
  width: size,
  classes: ['a', 'b', 'c'],
  pixels: Uint8Array.from({ length: count * 3 * size * size }, (_, i) =>
    greyOf(Math.floor(i / (3 * size * size))),
  ),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
  mean: [0.5, 0.5, 0.5],
  std: [1, 1, 1],
};

function greyOf(image: number): number {
  return 2 * (image + 1);
}

/** Normalised: a border of padding is black, and what cutout takes is the mean colour. */
const [border, cut] = [-0.5, 0];

const config: SearchConfig = {
  ...searchPresets.darts,
  channels: 2,
  layers: 1,
  nodes: 1,
  primitives: ['none', 'skip_connect', 'max_pool_3x3'],
  epochs: 3,
  batch_size: 8,
  cutout: 2,
};

/** The images that a run was fed, in order. */
function imagesIn(run: SpiedRun): readonly number[] {
  const values = numbersIn(run, 'image');
  const each = 3 * size * size;
  return Array.from({ length: values.length / each }, (_, n) => {
    const grey = values.slice(n * each, (n + 1) * each).find((value) => value !== cut && value !== border);
    return Math.round(((grey ?? Number.NaN) + 0.5) * 255) / 2 - 1;
  });
}

const isTrained = (image: number) => image >= 0 && image < half;
const isHeldBack = (image: number) => image >= half && image < count;
const sorted = (images: readonly number[]) => images.toSorted((a, b) => a - b);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** The runs of each epoch: its steps, and the measuring after them. */
async function epochsOf(settings: Partial<SearchConfig> = {}): Promise<readonly (readonly SpiedRun[])[]> {
  const { runtime, runs } = spyRuntime();
  const run = await newRun('search');
  const { signal } = new AbortController();
  await searchImages(run, { ...config, ...settings }, numbered, runtime, silentReporter, signal);
  run.close();
  const epochs: SpiedRun[][] = [];
  let measuring = true;
  for (const each of runs) {
    const measures = each.graph === 'supernet';
    if (measuring && !measures) epochs.push([]);
    measuring = measures;
    epochs.at(-1)?.push(each);
  }
  return epochs;
}

const named = (runs: readonly SpiedRun[], graph: string) => runs.filter((run) => run.graph === graph);

describe('a search', () => {
  it('lowers its learning rate by a cosine, epoch by epoch', async () => {
    const epochs = await epochsOf();
    const { rate, rate_min: least } = config;
    const rates = epochs.map(
      (runs) => new Set(named(runs, 'weight_step').flatMap((run) => numbersIn(run, 'rate'))),
    );
    expect(rates.map((each) => each.size)).toEqual([1, 1, 1]);
    // cos 0, cos 60°, cos 120°.
    const expected = [rate, least + 0.75 * (rate - least), least + 0.25 * (rate - least)];
    rates.forEach((each, epoch) => expect([...each][0]).toBeCloseTo(expected[epoch] ?? Number.NaN, 6));
  });

  it('trains weights on every image of the first half once an epoch, in an order of its own', async () => {
    const orders = (await epochsOf()).map((runs) => named(runs, 'weight_step').flatMap(imagesIn));
    for (const order of orders) expect(sorted(order)).toEqual(range(0, half));
    expect(new Set(orders.map(String)).size).toBe(3);
  });

  it('learns alphas on the second half, on a batch drawn anew before every step', async () => {
    const epochs = await epochsOf();
    const batches = epochs.flatMap((runs) => named(runs, 'alpha_step').map(imagesIn));
    expect(
      epochs.map((runs) => runs.filter(({ graph }) => graph !== 'supernet').map(({ graph }) => graph)),
    ).toEqual(
      Array.from({ length: 3 }, () => Array.from({ length: 3 }, () => ['alpha_step', 'weight_step']).flat()),
    );
    for (const batch of batches) {
      expect(batch.every(isHeldBack)).toBe(true);
      expect(new Set(batch).size).toBe(config.batch_size);
    }
    expect(new Set(batches.map((batch) => String(sorted(batch)))).size).toBe(9);
  });

  it.each([false, true])(
    'measures itself on the second half after every epoch, or on as many of it as it is told; augmented: %s',
    async (augmented) => {
      const measured = async (settings: Partial<SearchConfig>) =>
        (await epochsOf({ valid_augmented: augmented, ...settings })).map((runs) =>
          named(runs, 'supernet').flatMap(imagesIn),
        );
      const whole = await measured({ epochs: 2 });
      expect(whole.map(sorted)).toEqual([range(half, count), range(half, count)]);
      expect((await measured({ epochs: 1, valid_images: 5 })).map(sorted)).toEqual([range(half, half + 5)]);
      // As they come, or in an order of each epoch's own, which the same search has again.
      if (augmented) expect(new Set([...whole, range(half, count)].map(String)).size).toBe(3);
      else expect(whole).toEqual(whole.map(sorted));
      expect(await measured({ epochs: 2 })).toEqual(whole);
    },
  );

  it.each([false, true])(
    'crops and cuts what it learns on; what it is measured on: %s',
    async (augmented) => {
      const runs = (await epochsOf({ epochs: 1, valid_augmented: augmented })).flat();
      const seen = (graph: string) => {
        const values = new Set(named(runs, graph).flatMap((run) => numbersIn(run, 'image')));
        return { border: values.has(border), cut: values.has(cut) };
      };
      expect(seen('weight_step')).toEqual({ border: true, cut: true });
      expect(seen('alpha_step')).toEqual({ border: true, cut: true });
      expect(seen('supernet')).toEqual({ border: augmented, cut: augmented });
      const uncut = named((await epochsOf({ epochs: 1, cutout: 0 })).flat(), 'weight_step');
      expect(uncut.some((run) => numbersIn(run, 'image').includes(cut))).toBe(false);
    },
  );

  it('leaves alphas alone for as many epochs as it warms up', async () => {
    const epochs = await epochsOf({ warmup_epochs: 2 });
    expect(epochs.map((runs) => named(runs, 'alpha_step').length)).toEqual([0, 0, 3]);
  });

  it('of the second order looks ahead along the very batch and rate of the weight step that follows', async () => {
    const runs = (await epochsOf({ order: 2, epochs: 2 })).flat().filter(({ graph }) => graph !== 'supernet');
    const steps = named(runs, 'weight_step');
    expect(steps).toHaveLength(6);
    expect(named(runs, 'virtual_step')).toHaveLength(6);
    for (const [i, virtual] of named(runs, 'virtual_step').entries()) {
      const step = steps[i];
      if (step === undefined) throw new Error('a look ahead without a step');
      expect(numbersIn(virtual, 'image')).toEqual(numbersIn(step, 'image'));
      expect(numbersIn(virtual, 'rate')).toEqual(numbersIn(step, 'rate'));
    }
    const unrolled = named(runs, 'unrolled_gradient');
    expect(unrolled.every((run) => imagesIn(run).every(isHeldBack))).toBe(true);
    const shifted = named(runs, 'shifted_gradient');
    expect([unrolled.length, shifted.length]).toEqual([6, 12]);
    expect(shifted.every((run) => imagesIn(run).every(isTrained))).toBe(true);
  });

  it('caps skip connections, and stops at as many as it is told and not at fewer', async () => {
    const ended = async (settings: Partial<SearchConfig>) => {
      const { runtime } = spyRuntime();
      const run = await newRun('search');
      const all = { ...config, nodes: 2, epochs: 1, ...settings };
      const result = await searchImages(
        run,
        all,
        numbered,
        runtime,
        silentReporter,
        new AbortController().signal,
      );
      run.close();
      return result;
    };
    const onlySkips: Partial<SearchConfig> = { primitives: ['none', 'skip_connect'], max_skips: null };
    const all = await ended(onlySkips);
    expect(all.skips).toBe(4);
    expect((await ended({ ...onlySkips, stop_on_skips: 5 })).stoppedAfter).toBeNull();
    expect((await ended({ ...onlySkips, stop_on_skips: 4 })).stoppedAfter).toBe(0);
    // While it warms up, alphas are not yet what was learned.
    const warm = { ...onlySkips, stop_on_skips: 4, epochs: 3, warmup_epochs: 1 };
    expect((await ended(warm)).stoppedAfter).toBe(1);
    expect((await ended({ primitives: ['none', 'skip_connect', 'max_pool_3x3'], max_skips: 0 })).skips).toBe(
      0,
    );
  });
});
