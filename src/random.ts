/**
 * The one source of random numbers: counter based, so that a run can be resumed bit for bit.
 *
 * The nth word of a stream is a function of (seed, n) and of nothing else: a keyed permutation of the 64-bit counter
 * built as a Feistel network, the idea of Salmon et al. 2011 ("Parallel random numbers: as easy as 1, 2, 3"), with a
 * round function made of 32-bit multiplications, which is what JavaScript has fast. The state is therefore two
 * integers, small enough for a checkpoint's JSON, and no value is ever kept back between calls (Box-Muller's second
 * normal is dropped), because a hidden cache would be a third piece of state.
 *
 * Two parts of a program that draw in an order of their own take a fork each, so that adding a draw to one does not
 * move the numbers of the other.
 */

import { NascentError } from './errors.ts';

/** All there is to a stream: a 32-bit seed and the number of 32-bit words drawn so far (below 2^53). */
export interface RandomState {
  readonly seed: number;
  readonly counter: number;
}

const words = 2 ** 32;
const toUnit = 2 ** -32;

/** Added to a round key from one round to the next: 2^32 over the golden ratio, made odd. */
const keyStep = 0x9e3779b9;

/** A bijection of 32-bit words that flips each output bit half the time when an input bit flips. */
function scramble(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}

/** A seeded stream of random numbers. Equal states give equal streams, on every machine. */
export class Random {
  readonly #seed: number;
  readonly #key: number;
  #low: number;
  #high: number;

  /**
   * @param seed an integer in [0, 2^32)
   * @param counter how many words have been drawn already, an integer in [0, 2^53)
   * @throws NascentError `input/invalid` where either is not such an integer
   */
  constructor(seed: number, counter = 0) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= words) {
      throw new NascentError('input/invalid', `the seed ${seed} is not a 32-bit integer`, {
        help: `Give a whole number from 0 to ${words - 1}.`,
      });
    }
    if (!Number.isSafeInteger(counter) || counter < 0) {
      throw new NascentError('input/invalid', `the random counter ${counter} is not a count`, {
        help: 'A saved random state is { seed, counter }, two whole numbers, as Random.state gives it.',
      });
    }
    this.#seed = seed;
    // Seeds are small and close together (0, 1, 2…); keys should not be.
    this.#key = scramble(seed ^ 0x6e617363);
    this.#low = counter | 0;
    this.#high = Math.floor(counter / words) | 0;
  }

  /** The stream that goes on where `state` was taken. */
  static from(state: RandomState): Random {
    return new Random(state.seed, state.counter);
  }

  /** Where this stream stands now. */
  get state(): RandomState {
    return { seed: this.#seed, counter: (this.#high >>> 0) * words + (this.#low >>> 0) };
  }

  /** The next 32-bit word, as a signed integer. */
  #word(): number {
    let left = this.#low;
    let right = this.#high;
    let key = this.#key;
    this.#low = (left + 1) | 0;
    if (this.#low === 0) this.#high = (right + 1) | 0;
    // Five rounds of scramble: each half passes through a full scramble at least twice.
    right ^= scramble(left ^ key);
    key = (key + keyStep) | 0;
    left ^= scramble(right ^ key);
    key = (key + keyStep) | 0;
    right ^= scramble(left ^ key);
    key = (key + keyStep) | 0;
    left ^= scramble(right ^ key);
    key = (key + keyStep) | 0;
    return right ^ scramble(left ^ key);
  }

  /** A number in [0, 1), a multiple of 2^-32. One word. */
  uniform(): number {
    return (this.#word() >>> 0) * toUnit;
  }

  /** A standard normal number (Box-Muller; at most 6.7 away from zero). Two words, always. */
  normal(): number {
    // Half a step up, so that the logarithm never sees zero.
    const radius = Math.sqrt(-2 * Math.log(((this.#word() >>> 0) + 0.5) * toUnit));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A whole number in [0, below), each exactly as likely. One word, rarely more. `below` is 1 to 2^32. */
  integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > words) {
      throw new Error(`internal: Random.integer below ${below}; it must be a whole number from 1 to 2^32`);
    }
    // Words above the last whole multiple of `below` are drawn again; taking them would favour the small results.
    const limit = words - (words % below);
    let word = this.#word() >>> 0;
    while (word >= limit) word = this.#word() >>> 0;
    return word % below;
  }

  /** True with probability `p`. One word. */
  bernoulli(p: number): boolean {
    return this.uniform() < p;
  }

  /** The whole numbers 0 … n - 1 in an order drawn uniformly from all n! (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const j = this.integer(i + 1);
      order[i] = order[j] ?? 0;
      order[j] = i;
    }
    return order;
  }

  /**
   * A new stream named `label`, at its start. It depends on this stream's seed and on the label, not on how far this
   * stream has been drawn, so forks may be taken in any order and taken again after a resume.
   */
  fork(label: string): Random {
    let hash = scramble(this.#seed ^ 0x666f726b);
    for (let i = 0; i < label.length; i++) {
      hash = scramble((Math.imul(hash, 31) + label.charCodeAt(i)) | 0);
    }
    // The length goes in last, so that a fork of a fork is not the fork of the two labels joined.
    return new Random(scramble(hash ^ Math.imul(label.length + 1, keyStep)) >>> 0);
  }
}
