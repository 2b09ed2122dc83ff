/**
 * What a language model is compared on, drawn words and those of a text alike: pieces of text side by side, in slices
 * that go on from each other, each runtime carrying its own hidden state from slice to slice.
 */
import { batchify, slice } from '../data/text/batches.ts';
import type { TextCorpus } from '../data/text/corpus.ts';
import type { AnyTensor } from '../runtime/any-tensor.ts';
import { Random } from '../random.ts';
import type { LanguageModel } from '../evaluate/language-model.ts';
import type { SeededCase, SeededOptions } from './seeded-inputs.ts';

const seededLengths = [1, 5, 13] as const;
const realLengths = [13, 1, 20, 7] as const;
const realBatches = [1, 4] as const;

/** How long the slices are: all of them `fixed`, where that is said. */
function lengthsFor(usual: readonly number[], fixed: number | undefined): readonly number[] {
  return fixed === undefined ? usual : usual.map(() => fixed);
}

export interface SeededTexts {
  readonly cases: readonly SeededCase[];
  readonly batches: readonly number[];
  /** Of the slices, one after the other. */
  readonly lengths: readonly number[];
}

/**
 * For each seed and batch, slices of words that the model knows, after a hidden state that is drawn, too. `extents` may
 * say another `sequence`, and one `batch`.
 */
export function seededTexts(
  model: LanguageModel,
  { seeds, batches: asked, extents }: SeededOptions,
): SeededTexts {
  const batch = model.batch ?? extents['batch'];
  const batches = batch === undefined ? asked : [batch];
  const lengths = lengthsFor(seededLengths, model.steps ?? extents['sequence']);
  const cases = seeds.flatMap((seed) =>
    batches.flatMap((batch) => {
      const random = new Random(seed).fork(`batch ${batch}`);
      const state = random.fork('hidden_in');
      const hidden = Float32Array.from({ length: batch * model.units }, () => state.normal());
      return lengths.map((length, i): SeededCase => {
        const drawn = random.fork(`slice ${i}`);
        const tokens = Int32Array.from({ length: length * batch }, () => drawn.integer(model.words));
        return sliceCase(
          model,
          `seed ${seed}, slice ${i + 1} of ${length} ${model.level}s`,
          tokens,
          batch,
          hidden,
          i > 0,
        );
      });
    }),
  );
  return { cases, batches, lengths };
}

/** From the start of the test text, after no words at all; none where it is too short for a single slice. */
export function textCases(model: LanguageModel, corpus: TextCorpus): readonly SeededCase[] {
  const batches = model.batch === undefined ? realBatches : [model.batch];
  const lengths = lengthsFor(realLengths, model.steps);
  const rows = lengths.reduce((sum, length) => sum + length, 1);
  return batches.flatMap((batch) => {
    const text = corpus.test.subarray(0, rows * batch);
    if (text.length < 2 * batch) return [];
    const table = batchify(text, batch, 'the test text');
    const hidden = new Float32Array(batch * model.units);
    const cases: SeededCase[] = [];
    let start = 0;
    for (const length of lengths) {
      if (start + length >= table.rows) break;
      const { data } = slice(table, start, length);
      const label = `${model.level}s ${start} to ${start + length - 1} of the test text`;
      cases.push(sliceCase(model, label, data, batch, hidden, start > 0));
      start += length;
    }
    return cases;
  });
}

function sliceCase(
  { units }: LanguageModel,
  label: string,
  tokens: Int32Array,
  batch: number,
  hidden: Float32Array,
  goesOn: boolean,
): SeededCase {
  const feeds = new Map<string, AnyTensor>([
    ['tokens', { dtype: 'int64', shape: [tokens.length / batch, batch], data: tokens }],
    ['hidden_in', { dtype: 'float32', shape: [batch, units], data: hidden }],
  ]);
  return { label, batch, feeds, ...(goesOn && { carries: new Map([['hidden_in', 'hidden_out']]) }) };
}
