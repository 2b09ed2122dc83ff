import { expect, test } from 'vitest';

import { loadCorpus } from '../../../src/data/text/corpus.ts';
import { unigramPerplexity } from '../../../src/data/text/unigram.ts';

test('is worked out by hand', () => {
  // Three words; 2, 1 and 0 of the three seen: probabilities 3/6, 2/6 and 1/6.
  const perplexity = unigramPerplexity(Int32Array.of(0, 1, 0), Int32Array.of(0, 1, 2, 2), 3);
  expect(perplexity).toBeCloseTo((2 * 3 * 6 * 6) ** (1 / 4), 12);
});

test('is the vocabulary’s size where nothing was seen', () => {
  expect(unigramPerplexity(new Int32Array(0), Int32Array.of(4, 2, 0), 5)).toBeCloseTo(5, 12);
});

test('is far above what the words before give away, on the text of the grammar', async () => {
  const { train, test: held, vocabulary } = await loadCorpus('grammar');
  const unigram = unigramPerplexity(train, held, vocabulary.size);
  expect(unigram).toBeGreaterThan(40);
  // One word of context, smoothed by as many unigram draws as it was followed by different words (Witten-Bell 1991).
  const followers = new Map<number, Map<number, number>>();
  const counts = new Float64Array(vocabulary.size).fill(1);
  train.forEach((token, i) => {
    counts[token] = (counts[token] ?? 0) + 1;
    const before = train[i - 1];
    if (before === undefined) return;
    const after = followers.get(before) ?? new Map<number, number>();
    followers.set(before, after.set(token, (after.get(token) ?? 0) + 1));
  });
  let loss = 0;
  for (let i = 1; i < held.length; i++) {
    const [before = 0, token = 0] = [held[i - 1], held[i]];
    const after = followers.get(before) ?? new Map<number, number>();
    const seen = [...after.values()].reduce((sum, count) => sum + count, 0);
    const alone = (counts[token] ?? 0) / (train.length + vocabulary.size);
    const kinds = Math.max(1, after.size);
    loss -= Math.log(((after.get(token) ?? 0) + kinds * alone) / (seen + kinds));
  }
  expect(Math.exp(loss / (held.length - 1))).toBeLessThan(unigram / 4);
});
