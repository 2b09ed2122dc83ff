/**
 * How many rows of text a step takes: not always the same number, so that an epoch does not cut the text at the same
 * places as the last one. The rules are those of the official DARTS code, after Merity, Keskar, Socher 2018
 * ("Regularizing and optimizing LSTM language models", section 4.1).
 */

import type { Random } from '../../random.ts';

/** The length of back-propagation through time that everything else is in proportion to. */
export const defaultBptt = 35;

/** How often the whole length is taken, and not the half. */
const wholeProbability = 0.95;

/** The standard deviation of the length in training, in rows. */
const spread = 5;
const shortest = 5;

/** How far over `bptt` a length may be: 55 rows where `bptt` is 35. */
export const mostOver = 20;

/** Draws a length; always as many words of `random`, whatever comes out. */
export type DrawLength = (random: Random, bptt: number) => number;

/** In search: `bptt`, or once in twenty half of it (35 or 17). One word. */
export const searchLength: DrawLength = (random, bptt) =>
  random.bernoulli(wholeProbability) ? bptt : Math.max(1, Math.floor(bptt / 2));

/**
 * In training a derived network: normal around `bptt`, or once in twenty around half of it, with a standard deviation of
 * 5; cut to [5, bptt + 20]. Three words.
 */
export const trainingLength: DrawLength = (random, bptt) => {
  const mean = random.bernoulli(wholeProbability) ? bptt : bptt / 2;
  const drawn = Math.max(shortest, Math.trunc(mean + spread * random.normal()));
  return Math.min(drawn, bptt + mostOver);
};
