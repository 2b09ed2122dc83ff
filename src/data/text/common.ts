/**
 * The vocabulary of a text that has more words than it may: those that come most often keep their names, and all others
 * are `<unk>`, as PTB and WikiText-2 have it.
 *
 * What comes often is counted where the model learns: in the training text, or where there is none, in the first text that
 * has any words. Of words that come as often, the first stays. The numbers are those that the text would have with `<unk>`
 * written in it, so that who writes it there by hand has the same vocabulary.
 */

import { NascentError } from '../../errors.ts';
import { grouped } from './check.ts';
import { eos, readers, unknownWord } from './tokens.ts';
import type { Level, Text } from './tokens.ts';

/** `<eos>`, `<unk>`, and a word: less is no vocabulary. */
export const smallestLimit = 3;

/** A map can hold twice as many, and then ends the process. */
const mostCounted = 2 ** 23;

/**
 * At most `limit` words of `texts`, `<eos>` and `<unk>` counted; all of them where there are no more.
 *
 * @throws NascentError `input/invalid` for a limit below `smallestLimit`, or where there are more different words than can be
 *   counted; what reading throws
 */
export function commonWords(texts: readonly Text[], level: Level, limit: number): readonly string[] {
  if (limit < smallestLimit) throw tooFew(level, limit);
  const counts = countsOf(texts, level);
  if (counts.size <= limit) return [...counts.keys()];
  const named = new Set([eos, unknownWord]);
  const ranked = [...counts]
    .filter(([word]) => !named.has(word))
    // Sorting is stable: of equals the first stays first.
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, limit - named.size);
  const kept = new Set([eos, ...ranked.map(([word]) => word)]);
  return [...new Set([...counts.keys()].map((word) => (kept.has(word) ? word : unknownWord)))];
}

/** How often each word comes in the first text that has any, in the order in which words first appear in all of them. */
function countsOf(texts: readonly Text[], level: Level): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const isFirst = counts.size === 0;
    const add = (word: string) => {
      const count = counts.get(word);
      if (count !== undefined) {
        if (isFirst) counts.set(word, count + 1);
        return;
      }
      if (counts.size === mostCounted) throw tooMany(level);
      // A copy: a part of a string keeps the whole of it in memory.
      counts.set(Buffer.from(word).toString(), isFirst ? 1 : 0);
    };
    readers[level](text, add, () => add(eos));
  }
  return counts;
}

function tooFew(level: Level, limit: number): NascentError {
  return new NascentError('input/invalid', `a vocabulary cannot be limited to ${limit}`, {
    help: `${smallestLimit} is the least: ${eos}, ${unknownWord} and a ${level}.`,
  });
}

function tooMany(level: Level): NascentError {
  return new NascentError(
    'input/invalid',
    `the text has more than ${grouped(mostCounted)} different ${level}s`,
    { help: 'Read it by characters: --set level=character.' },
  );
}
