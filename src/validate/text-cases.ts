/**
 * What a language model is compared on: words drawn by seed, several lengths and batches, and the words of a text in
 * slices that go on from each other, each runtime carrying its own hidden state.
 */
import { batchify, slice } from '../data/text/batches.ts';
import type { TextCorpus } from '../data/text/corpus.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { LanguageModel } from './language-model.ts';
import type { SeededCase } from './seeded-inputs.ts';

/** Lengths of the seeded texts. */
export const seededLengths = [1, 5, 13] as const;

/** Slices of the real text, one after the other. */
const sliceLengths = [13, 1, 20, 7] as const;
const sliceBatches = [1, 4] as const;

/** From the start of the test text: for each batch, slices through which the hidden state is carried. */
export function textCases(model: LanguageModel, corpus: TextCorpus): readonly SeededCase[] {
  const batches = model.batch === undefined ? sliceBatches : [model.batch];
  const lengths = model.steps === undefined ? sliceLengths : sliceLengths.map(() => model.steps ?? 1);
  const rows = lengths.reduce((sum, length) => sum + length, 1);
  return batches.flatMap((batch) => {
    const table = batchify(corpus.test.subarray(0, rows * batch), batch, 'the test text');
    let start = 0;
    return lengths.map((length, i): SeededCase => {
      const { data } = slice(table, start, length);
      const at = `words ${start} to ${start + length - 1} of the test text`;
      start += length;
      const hidden: Tensor = {
        dtype: 'float32',
        shape: [batch, model.units],
        data: new Float32Array(batch * model.units),
      };
      return {
        label: at,
        batch,
        feeds: new Map<string, Tensor>([
          ['tokens', { dtype: 'int64', shape: [length, batch], data }],
          ['hidden_in', hidden],
        ]),
        ...(i > 0 && { carries: new Map([['hidden_in', 'hidden_out']]) }),
      };
    });
  });
}
