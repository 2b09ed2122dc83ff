/** Texts, and what is counted in them. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import { differ, first, type Rule } from './rule.ts';

/** A list of texts, or one row of them. */
export const normalisedTexts: Rule = (node) => {
  const x = node.shape(0);
  const isRow = x.length === 1 || (x.length === 2 && !differ(x[0], 1));
  return isRow ? undefined : `its input is ${showShape(x)}, and must be a list, or one row of it`;
};

/** Runs of neighbours: how long they are, and where those of each length begin in the pool. */
export const ngrams: Rule = (node) => {
  const x = node.shape(0);
  const [least, most] = [node.int('min_gram_length'), node.int('max_gram_length')];
  const [counts, indexes, weights] = [
    node.ints('ngram_counts') ?? [],
    node.ints('ngram_indexes') ?? [],
    node.floats('weights'),
  ];
  const pool = node.strings('pool_strings') ?? node.ints('pool_int64s') ?? [];
  return first(
    () =>
      x.length === 1 || x.length === 2
        ? undefined
        : `its input is ${showShape(x)}, and must have 1 or 2 dimensions`,
    () => (least < 1 ? `its min_gram_length is ${least}, and must be positive` : undefined),
    () =>
      most < least ? `its max_gram_length ${most} is less than its min_gram_length ${least}` : undefined,
    () =>
      most > counts.length
        ? `its max_gram_length is ${most}, and its ngram_counts ${showShape(counts)} go to ${counts.length}`
        : undefined,
    () => {
      const isRising = counts.every((start, i) => start >= (counts[i - 1] ?? 0) && start <= pool.length);
      return isRising
        ? undefined
        : `its ngram_counts ${showShape(counts)} must rise, to no more than the ${pool.length} of its pool`;
    },
    () => {
      const [at, length] = counts
        .map((start, i) => [i, (counts[i + 1] ?? pool.length) - start] as const)
        .find(([i, held]) => i < most && held % (i + 1) !== 0) ?? [0, 0];
      return length === 0
        ? undefined
        : `its pool has ${length} for runs of ${at + 1}, which they do not fill`;
    },
    () => {
      const odd = indexes.find((index) => index < 0);
      return odd === undefined ? undefined : `its ngram_indexes have ${odd}, and must not be negative`;
    },
    () =>
      weights !== undefined && weights.length !== indexes.length
        ? `it has ${weights.length} weights for ${indexes.length} ngram_indexes`
        : undefined,
  );
};
