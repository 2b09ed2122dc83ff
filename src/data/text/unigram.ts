/** The language model that knows how often words come and nothing else: what a recurrent one has to beat. */

/**
 * The perplexity, on `test`, of the unigram model of `train` with add-one (Laplace) smoothing: a word that comes c times
 * among N has probability (c + 1) / (N + V), V being the size of the vocabulary, so that no word is impossible.
 *
 * Every token of `test` is predicted, the first included; the model takes no context.
 */
export function unigramPerplexity(train: Int32Array, test: Int32Array, vocabularySize: number): number {
  if (test.length === 0) throw new Error('internal: the perplexity of no tokens');
  const counts = new Float64Array(vocabularySize);
  for (const token of train) counts[token] = (counts[token] ?? 0) + 1;
  const total = train.length + vocabularySize;
  let loss = 0;
  for (const token of test) {
    const count = counts[token];
    if (count === undefined) throw new Error(`internal: token ${token} of ${vocabularySize} words`);
    loss -= Math.log((count + 1) / total);
  }
  return Math.exp(loss / test.length);
}
