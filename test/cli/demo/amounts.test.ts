/** The table by which a demo keeps to its minutes, and what comes of it on machines of all speeds. */

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  amountOf,
  demoAmounts,
  gateOfClasses,
  heldIn,
  secondsToSearch,
  secondsToTrain,
  sizedAmounts,
} from '../../../src/cli/demo/amounts.ts';
import { usualMinutes } from '../../../src/cli/demo/minutes.ts';
import { amountThatFits, choose, secondsFor } from '../../../src/estimate/choose.ts';
import { datasetNamed } from '../../../src/data/registry.ts';
import { taskNames } from '../../../src/tasks/task.ts';
import { searchPresets } from '../../../src/tasks/images/search-settings.ts';
import { trainPresets } from '../../../src/tasks/images/train-settings.ts';
import { images } from '../../../src/tasks/images/task.ts';
import { text } from '../../../src/tasks/text/task.ts';
import { rnnSearchPresets } from '../../../src/tasks/text/search-settings.ts';
import { rnnTrainPresets } from '../../../src/tasks/text/train-settings.ts';
import { loadGrammar } from '../../../src/data/text/corpus.ts';

const tasks = { images, text };
const parts = taskNames.flatMap((task) =>
  (['search', 'train'] as const).map((part) => ({ task, part, amounts: demoAmounts[task][part] })),
);
const datasets = { images: ['cifar10', 'synthetic', 'imagenet'], text: ['wikitext2', 'grammar', 'text'] };

describe.each(parts)('$part of $task', ({ task, part, amounts }) => {
  const speeds = fc.record({
    start: fc.double({ min: 0, max: 600, noNaN: true }),
    each: fc.double({ min: 0, max: 100, noNaN: true }),
  });
  const times = fc.double({ min: -1000, max: 100_000, noNaN: true });
  const sized = fc.constantFrom(...datasets[task]).map((data) => sizedAmounts(amounts, data));

  test('never takes longer than there is by its own estimate, unless nothing is short enough', () => {
    fc.assert(
      fc.property(sized, speeds, times, (table, speed, seconds) => {
        const choice = choose(table, speed, seconds);
        expect(choice.seconds).toBe(secondsFor(choice.amount, speed));
        expect(choice.fits).toBe((choice.seconds ?? 0) <= seconds);
        const allTooLong = table.every((amount) => secondsFor(amount, speed) > seconds);
        expect(choice.fits).toBe(!allTooLong);
        if (allTooLong) expect(choice.amount).toBe(table.at(-1));
      }),
    );
  });

  test('more time or a faster machine never gives less', () => {
    const shares = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(sized, speeds, times, shares, (table, speed, seconds, by) => {
        const size = (choice: { readonly amount: object }) =>
          -table.findIndex((each) => each === choice.amount);
        const now = size(choose(table, speed, seconds));
        expect(size(choose(table, speed, seconds + 1000 * by))).toBeGreaterThanOrEqual(now);
        const faster = { start: speed.start * by, each: speed.each * by };
        expect(size(choose(table, faster, seconds))).toBeGreaterThanOrEqual(now);
      }),
    );
  });

  test('amounts fall, and so do their gates', () => {
    const endless = { train: Infinity, test: 1e6 };
    const falling = (values: readonly number[]) =>
      expect(values.slice(1).every((value, i) => value < (values[i] ?? 0))).toBe(true);
    falling(amounts.map(({ work }) => work(endless)));
    if (part === 'train') falling(demoAmounts[task].train.map(({ gate }) => gate));
  });

  test('settings are those of the task, within their ranges; the first are the preset', () => {
    const preset = {
      images: { search: searchPresets.quick, train: trainPresets.quick },
      text: { search: rnnSearchPresets['quick-rnn'], train: rnnTrainPresets['quick-rnn'] },
    }[task][part];
    expect(preset).toMatchObject(amounts[0].settings);
    for (const { settings } of amounts)
      expect(() => tasks[task][part].schema.parse({ ...preset, ...settings })).not.toThrow();
  });

  test('an amount is found again by its settings', () => {
    for (const amount of amounts)
      expect(amountOf<object & typeof amount>(amounts, { seed: 1, ...amount.settings })).toBe(amount);
    expect(amountOf(amounts, { ...amounts[0].settings, epochs: 77 })).toBeUndefined();
  });
});

test('gates are above what guessing gets', () => {
  // 2,000 images, ten classes: five standard deviations over 10 %.
  const guessing = 0.1 + 5 * Math.sqrt((0.1 * 0.9) / 2000);
  for (const { gate } of demoAmounts.images.train) expect(gate).toBeGreaterThan(guessing);
  for (const { gate } of demoAmounts.text.train) expect(gate).toBeGreaterThan(1);
  // Of a hundred classes as many times what guessing gets as of ten; of two no less than of ten.
  expect(gateOfClasses(0.5, 100)).toBeCloseTo(0.05, 12);
  expect([gateOfClasses(0.5, 10), gateOfClasses(0.5, 2)]).toEqual([0.5, 0.5]);
});

test('the made datasets hold what the table says', async () => {
  const counted = async (split: 'train' | 'test') => {
    const source = await datasetNamed('synthetic').open({ split, images: null, augmentation: {} });
    await source.close();
    return source.count;
  };
  expect(heldIn('synthetic')).toEqual({ train: await counted('train'), test: await counted('test') });
  const { train, test: tested } = await loadGrammar();
  expect(heldIn('grammar')).toEqual({ train: train.length, test: tested.length });
});

/** Seconds on the machine of the README, which took 90 s for 70 steps of search and 117 s for training, on TensorFlow. */
const engines = {
  'tfjs-node-gpu': { ready: 2, compiling: 1, step: 1.25, image: 0.0027 },
  // Steps take 2.6 times as long there, and a supernet is compiled as long as several of them.
  onnxruntime: { ready: 2, compiling: 7, step: 3.25, image: 0.007 },
};

/** A machine so many times slower, whose clock goes on by what is done. */
function machine(slower: number, { ready, compiling, step, image }: (typeof engines)['onnxruntime']) {
  let clock = 0;
  const never = new AbortController().signal;
  /** As `fitted` does it: gets ready, times steps, chooses, gets ready again, does what was chosen. */
  const job = async (
    table: ReturnType<typeof sizedAmounts>,
    seconds: number,
    { perStep, each }: { readonly perStep: number; readonly each: number },
  ) => {
    const began = clock;
    clock += (ready + compiling) * slower;
    let done = 0;
    const steps = {
      async step() {
        // The first is dearer.
        clock += perStep * each * slower * (done === 0 ? 1.5 : 1);
        done += perStep;
        return undefined;
      },
      progress: () => ({ done, total: Infinity, unit: '', note: '' }),
    };
    const start = ready * slower;
    const choice = await amountThatFits(
      { amounts: table, seconds },
      { steps, epoch: 0, start, began },
      { signal: never, now: () => clock },
    );
    clock += start + each * slower * choice.amount.work;
    return choice;
  };
  return {
    async demo() {
      const { search, train } = demoAmounts.images;
      const searched = await job(sizedAmounts(search, 'cifar10'), secondsToSearch(usualMinutes, clock), {
        perStep: 1,
        each: step,
      });
      const trained = await job(sizedAmounts(train, 'cifar10'), secondsToTrain(usualMinutes, clock), {
        perStep: 64,
        each: image,
      });
      // Two runtimes in plain JavaScript have 20 s each, however slow they are; starting processes takes longer.
      clock += 20 + 20 + 10 * slower;
      return {
        amounts: [searched.amount.title, trained.amount.title],
        fits: searched.fits && trained.fits,
        minutes: clock / 60,
      };
    },
  };
}

describe('a demo of the usual minutes, on a machine so many times slower than that of the README', () => {
  test('within eight minutes, or with the smallest amounts', async () => {
    const names = ['tfjs-node-gpu', 'onnxruntime'] as const;
    const lines = names.flatMap((name) =>
      [1, 2, 4, 8].map(async (slower) => {
        const { amounts, fits, minutes } = await machine(slower, engines[name]).demo();
        if (fits) expect(minutes).toBeLessThanOrEqual(8);
        return `${name}, ${slower} times: ${amounts.join(', ')}, ${minutes.toFixed(1)} min${fits ? '' : ', too long'}`;
      }),
    );
    expect(`\n${(await Promise.all(lines)).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      tfjs-node-gpu, 1 times: 70 steps, 40,000 images, 4.9 min
      tfjs-node-gpu, 2 times: 32 steps, 19,200 images, 5.5 min
      tfjs-node-gpu, 4 times: 20 steps, 8,000 images, 6.0 min
      tfjs-node-gpu, 8 times: 6 steps, 2,560 images, 6.7 min, too long
      onnxruntime, 1 times: 32 steps, 12,800 images, 5.1 min
      onnxruntime, 2 times: 12 steps, 8,000 images, 6.0 min
      onnxruntime, 4 times: 6 steps, 2,560 images, 7.1 min, too long
      onnxruntime, 8 times: 6 steps, 2,560 images, 13.0 min, too long
      "
    `);
  });

  test('and where the smallest amount takes longer, that is what is done', async () => {
    const done = await machine(30, engines.onnxruntime).demo();
    expect(done).toMatchObject({ amounts: ['6 steps', '2,560 images'], fits: false });
    expect(done.minutes).toBeGreaterThan(8);
  });

  test('however slow it is, it ends in time or with the smallest amounts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.05, max: 40, noNaN: true }),
        fc.constantFrom(...Object.values(engines)),
        async (slower, engine) => {
          const done = await machine(slower, engine).demo();
          if (done.minutes > 8) expect(done.amounts).toContain('2,560 images');
        },
      ),
    );
  });
});
