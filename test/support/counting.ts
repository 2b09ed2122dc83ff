/** A text that counts to five, over and over: what any language model can learn. */
import type { TextCorpus } from '../../src/data/text/corpus.ts';
import { makeVocabulary } from '../../src/data/text/vocabulary.ts';

/** @param tokens of each of its texts */
export function countingCorpus(tokens: Readonly<Record<'train' | 'valid' | 'test', number>>): TextCorpus {
  const counting = (length: number) => Int32Array.from({ length }, (_, i) => i % 5);
  return {
    name: 'counting',
    title: 'counting',
    source: 'a test',
    vocabulary: makeVocabulary(['a', 'b', 'c', 'd', 'e']),
    train: counting(tokens.train),
    valid: counting(tokens.valid),
    test: counting(tokens.test),
    limited: null,
    notes: [],
  };
}
