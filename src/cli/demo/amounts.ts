/**
 * How much a demo may do, from its full amount down: the table by which `--minutes` is kept.
 *
 * An amount is a few settings of the demo's preset. The steps between amounts are coarse for two reasons: equal amounts
 * give equal bytes, whatever the speed that chose them; and each has a gate of its own.
 *
 * `work` is all that an amount costs, in what a job of it counts (steps, images, tokens). Whatever is only measured goes
 * once forward through the network: a share of a step, `forward`.
 */

import type { Sized } from '../../estimate/order.ts';
import type { TaskName } from '../../tasks/task.ts';
import { formatInteger } from '../render/format.ts';

export interface Amount {
  /** Of the preset's settings, those that are chosen. */
  readonly settings: Readonly<Record<string, number | null>>;
  /** For people, such as `20 steps`. */
  readonly title: string;
  readonly work: (held: Held) => number;
}

/** How much a dataset holds, in images or tokens: no amount costs more than that. */
export interface Held {
  readonly train: number;
  readonly test: number;
}

export interface TrainingAmount extends Amount {
  /**
   * What the exported model must reach: of images, the share that it gets right; of text, how many times better than the
   * unigram model it is.
   */
  readonly gate: number;
}

/** From the full amount down. */
export type Amounts<A extends Amount = Amount> = readonly [A, ...A[]];

export interface DemoAmounts {
  readonly search: Amounts;
  readonly train: Amounts<TrainingAmount>;
}

/**
 * Share of the time that the search may have. At the full amount it has two fifths of what search and training take
 * together, and what is trained and measured afterwards decides how good the result is.
 */
const searchShare = 0.4;

/**
 * Seconds for what no number of steps says: the parity of the runtimes in plain JavaScript, which are given up to 20 s
 * each and seldom need half, and the processes that export, validate and compare.
 */
const afterwards = 40;

/** Seconds for the search of a demo of so many minutes, of which some are spent. */
export function secondsToSearch(minutes: number, spent: number): number {
  return searchShare * (60 * minutes - spent);
}

/** The same for the training: all that is left, but for what comes afterwards. */
export function secondsToTrain(minutes: number, spent: number): number {
  return 60 * minutes - spent - afterwards;
}

/** What going forward costs of a step: of training, a third, and a bit for reading; of a search, which has two passes. */
const forward = { train: 0.35, search: 0.2 } as const;

/** The images and the tokens of the datasets that a demo finds by itself. */
const held: { readonly [data: string]: Held } = {
  cifar10: { train: 50_000, test: 10_000 },
  cifar100: { train: 50_000, test: 10_000 },
  mnist: { train: 60_000, test: 10_000 },
  'fashion-mnist': { train: 60_000, test: 10_000 },
  svhn: { train: 73_257, test: 26_032 },
  'tiny-imagenet': { train: 100_000, test: 10_000 },
  synthetic: { train: 4096, test: 1024 },
  grammar: { train: 18_349, test: 2747 },
  wikitext2: { train: 2_088_628, test: 245_569 },
};

export function heldIn(data: string): Held {
  return held[data] ?? { train: Infinity, test: 250_000 };
}

/** @param batches of 32 images in each of the two epochs: a step is a batch for the alphas and one for the weights */
function imageSearch(batches: number, valid: number): Amount {
  const steps = 2 * batches;
  return {
    settings: { train_images: 2 * 32 * batches, epochs: 2, valid_images: valid },
    title: `${steps} steps`,
    work: ({ train }) => Math.min(steps, train / 32) + (2 * forward.search * Math.min(valid, train / 2)) / 32,
  };
}

/** Images on which the runtimes in native code are compared, by onnxruntime twice and by TensorFlow once. */
const compared = 3 * 1000;

function imageTraining(images: number, tested: number | null, gate: number): TrainingAmount {
  return {
    settings: { train_images: images, epochs: 1, test_images: tested },
    title: `${formatInteger(images)} images`,
    // Test images are measured twice: as trained, and as exported.
    work: ({ train, test }) =>
      Math.min(images, train) + forward.train * (2 * Math.min(tested ?? Infinity, test) + compared),
    gate,
  };
}

function textSearch(tokens: number, valid: number): Amount {
  return {
    settings: { train_tokens: tokens, epochs: 2, valid_tokens: valid },
    title: `2 × ${formatInteger(tokens)} tokens`,
    work: ({ train }) => 2 * (Math.min(tokens, train) + forward.search * valid),
  };
}

/** All amounts have three epochs: a text that is shorter than an amount is gone through as often as at the full one. */
function textTraining(tokens: number, valid: number, tested: number | null, gate: number): TrainingAmount {
  return {
    settings: { train_tokens: tokens, epochs: 3, valid_tokens: valid, test_tokens: tested },
    title: `3 × ${formatInteger(tokens)} tokens`,
    work: ({ train, test }) =>
      3 * (Math.min(tokens, train) + forward.train * valid) +
      2 * forward.train * Math.min(tested ?? Infinity, test),
    gate,
  };
}

export const demoAmounts: { readonly [N in TaskName]: DemoAmounts } = {
  images: {
    search: [
      imageSearch(35, 320),
      imageSearch(24, 320),
      imageSearch(16, 160),
      imageSearch(10, 96),
      imageSearch(6, 64),
      imageSearch(3, 32),
    ],
    /*
     * Gates: a network that is broken, or was exported wrong, guesses: 10 % of ten classes, and on 2,000 images less
     * than 13 % but once in a hundred thousand times. The full amount's gate of 50 % is three quarters of what it
     * reaches on CIFAR-10; from there they fall by 5 points for each 1.4 to 1.9 times fewer images, to 20 %, twice what
     * guessing gets. They are set from below, by what guessing gets. Two were tried on CIFAR-10, once each: 12,800
     * images came to 48.7 % (gate 35 %), 2,560 images to 28.9 % (gate 20 %).
     */
    train: [
      imageTraining(40_000, null, 0.5),
      imageTraining(28_800, null, 0.45),
      imageTraining(19_200, null, 0.4),
      imageTraining(12_800, 2000, 0.35),
      imageTraining(8000, 2000, 0.3),
      imageTraining(4800, 2000, 0.25),
      imageTraining(2560, 2000, 0.2),
    ],
  },
  text: {
    search: [
      textSearch(40_000, 10_000),
      textSearch(24_000, 10_000),
      textSearch(16_000, 5000),
      textSearch(8000, 5000),
      textSearch(4000, 2000),
    ],
    /*
     * Gates: a network that is broken, or was exported wrong, is worse than the unigram model, which knows how often
     * words come and not what came before. The smallest amount was measured to be 1.09 times better than it on
     * WikiText-2 (DARTS_V1, trained on the validation text) and 1.71 times on the grammar; its gate is below both, and
     * those between it and the full amount's 2 rise with what is trained on.
     */
    train: [
      textTraining(200_000, 20_000, null, 2),
      textTraining(128_000, 20_000, null, 1.6),
      textTraining(64_000, 20_000, 50_000, 1.25),
      textTraining(32_000, 10_000, 50_000, 1.1),
      textTraining(16_000, 5000, 50_000, 1.05),
      textTraining(8000, 5000, 20_000, 1.02),
    ],
  },
};

/** Of more than ten classes as many times what guessing gets is required as of ten, for which the table is. */
export function gateOfClasses(gate: number, classes: number): number {
  return gate * Math.min(1, 10 / classes);
}

/** The amounts with what each costs of a dataset, as a job is given them to choose from. */
export function sizedAmounts([full, ...smaller]: Amounts, data: string): readonly [Sized, ...Sized[]] {
  const sized = ({ title, settings, work }: Amount): Sized => ({ title, settings, work: work(heldIn(data)) });
  return [sized(full), ...smaller.map(sized)];
}

/** The amount that settings are of; undefined where they are of none in the table. */
export function amountOf<A extends Amount>(amounts: Amounts<A>, settings: unknown): A | undefined {
  const given = new Map(Object.entries(settings ?? {}));
  return amounts.find((amount) =>
    Object.entries(amount.settings).every(([name, value]) => given.get(name) === value),
  );
}
