/** A text in which no word comes twice, so that whatever is fed of it says where it is from. */
import type { TextCorpus } from '../../src/data/text/corpus.ts';
import { makeVocabulary } from '../../src/data/text/vocabulary.ts';

/**
 * Words count up through the training text, from there through the validation text, and on through the test text.
 *
 * @param tokens of each of its texts
 */
export function numberedCorpus(tokens: Readonly<Record<'train' | 'valid' | 'test', number>>): TextCorpus {
  const { train, valid, test } = tokens;
  const from = (start: number, length: number) => Int32Array.from({ length }, (_, i) => start + i);
  return {
    name: 'numbered',
    title: 'numbered',
    source: 'a test',
    vocabulary: makeVocabulary(Array.from({ length: train + valid + test }, (_, i) => `word${i}`)),
    train: from(0, train),
    valid: from(train, valid),
    test: from(train + valid, test),
    limited: null,
    notes: [],
  };
}

/** Rows of a numbered text that was cut into `batch` pieces of `rows` words: what a slice of it has to hold. */
export function numberedRows(
  firstWord: number,
  { rows, batch }: { readonly rows: number; readonly batch: number },
  start: number,
  length: number,
): number[] {
  return Array.from({ length: length * batch }, (_, i) => {
    const [row, column] = [start + Math.floor(i / batch), i % batch];
    return firstWord + column * rows + row;
  });
}
