/** The words that the value of an option or an argument is one of, where it is: for shells that complete them. */

import type { Argument, Option } from 'commander';

const words = new WeakMap<Argument | Option, readonly string[]>();

/** Notes the words. What else may be given, and what is wrong, the parser of the value says: it knows the nearest. */
export function withWords<T extends Argument | Option>(value: T, known: readonly string[]): T {
  words.set(value, known);
  return value;
}

/** Nothing where the value is free, such as a path. */
export function wordsOf(value: Argument | Option): readonly string[] {
  return words.get(value) ?? value.argChoices ?? [];
}
