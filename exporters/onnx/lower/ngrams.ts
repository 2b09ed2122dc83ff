/** How often runs of tokens occur in a text, as classic models of texts count them. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { mostOf } from '../../../src/extremes.ts';
import type { Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { integersOf, listOf, slice, type Lower, type Lowerings } from './lowering.ts';

interface Pool {
  /** How long its runs are. */
  readonly length: number;
  /** The runs, one after the other. */
  readonly tokens: readonly number[];
  /** Which of all runs the first of them is. */
  readonly first: number;
}

/** Runs of one length, of each length that is counted. */
function poolsOf(node: NodeReader): { readonly pools: readonly Pool[]; readonly count: number } {
  const tokens = node.ints('pool_int64s');
  if (tokens === undefined) throw new Unreadable('counts words, which are texts');
  const starts = needed(node.ints('ngram_counts'), 'ngram_counts');
  const [least, most] = [node.int('min_gram_length'), node.int('max_gram_length')];
  let first = 0;
  const all = starts.map((start, i): Pool => {
    const own = tokens.slice(start, starts[i + 1] ?? tokens.length);
    const pool = { length: i + 1, tokens: own, first };
    first += own.length / (i + 1);
    return pool;
  });
  return {
    pools: all.filter(({ length, tokens: own }) => length >= least && length <= most && own.length > 0),
    count: first,
  };
}

/** How often each run is in each text [N, C], its tokens so far apart: [N, runs]. */
function occurrences(
  b: GraphBuilder,
  texts: Value,
  { length, tokens }: Pool,
  apart: number,
): Value | undefined {
  const places = numberOf(texts.type.shape[1], 'how long a text is') - apart * (length - 1);
  if (places <= 0) return undefined;
  const runs = tokens.length / length;
  const matches = Array.from({ length }, (_, k) => {
    const here = b.op('Unsqueeze', [slice(b, texts, 1, k * apart, k * apart + places)], { axes: [2] });
    const wanted = listOf(runs, (run) => tokens[run * length + k] ?? 0);
    return b.op('Cast', [b.op('Equal', [here, integersOf(b, wanted, [1, 1, runs])])], { to: 'float32' });
  });
  const whole = matches.reduce((all, match) => b.op('Mul', [all, match]));
  return b.op('ReduceSum', [whole], { axes: [1], keepdims: 0 });
}

/** Tokens of a run may be further apart, by so many as may be skipped; what is one token alone is counted once. */
const counted: Lower = (node) => {
  const { b } = node;
  const given = node.tensor(0);
  const isOne = given.type.shape.length === 1;
  const texts = isOne ? b.op('Unsqueeze', [given], { axes: [0] }) : given;
  const { pools, count } = poolsOf(node);
  const indexes = needed(node.ints('ngram_indexes'), 'ngram_indexes');
  const skips = node.int('max_skip_count');
  const mode = node.string('mode', 'TF');
  const weights = node.floats('weights') ?? indexes.map(() => 1);
  if (!['TF', 'IDF', 'TFIDF'].includes(mode)) throw new Unreadable(`has mode=${mode}`);
  if (indexes.length !== count) throw new Unreadable(`has ${indexes.length} indexes for ${count} runs`);
  const width = mostOf([-1, ...indexes]) + 1;
  const rows = pools.flatMap((pool) => {
    const distances = pool.length === 1 ? [1] : listOf(skips + 1, (skipped) => skipped + 1);
    const each = distances.flatMap((apart) => occurrences(b, texts, pool, apart) ?? []);
    const [first, ...rest] = each;
    if (first === undefined) return [];
    const total = rest.reduce((sum, one) => b.op('Add', [sum, one]), first);
    const held = mode === 'IDF' ? b.op('Min', [total, b.constant(1)]) : total;
    const own = pool.tokens.length / pool.length;
    // Each run to its place, with its weight.
    const places = listOf(own * width, (at) => {
      const run = pool.first + Math.floor(at / width);
      return indexes[run] === at % width ? (mode === 'TF' ? 1 : (weights[run] ?? 1)) : 0;
    });
    return b.op('MatMul', [held, b.constant(places, [own, width])]);
  });
  const none = b.op('Expand', [b.constant(0)], { shape: [texts.type.shape[0] ?? 1, width] });
  const sums = rows.reduce((sum, row) => b.op('Add', [sum, row]), none);
  return { value: isOne ? b.op('Squeeze', [sums], { axes: [0] }) : sums, dtype: 'float32' };
};

export const ngramLowerings: Lowerings = { TfIdfVectorizer: counted };
