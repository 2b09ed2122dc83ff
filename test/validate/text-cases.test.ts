/** The slices of text that language models are compared on: they go on from each other, with the hidden state. */
import { describe, expect, it } from 'vitest';
import type { Tensor, Tensors } from '../../src/graph/tensor.ts';
import type { LanguageModel } from '../../src/validate/language-model.ts';
import { feedsFrom, type SeededCase } from '../../src/validate/seeded-inputs.ts';
import { textCases } from '../../src/validate/text-cases.ts';
import { numberedCorpus, numberedRows } from '../support/numbered.ts';

const corpus = numberedCorpus({ train: 4, valid: 4, test: 400 });
const [firstTestWord = Number.NaN] = corpus.test;

/** What the slices go by: the sizes of a model. */
const model = {
  units: 2,
  words: corpus.vocabulary.size,
  steps: undefined,
  batch: undefined,
} as LanguageModel;

function given(feeds: Tensors, name: string): Tensor {
  const tensor = feeds.get(name);
  if (tensor === undefined) throw new Error(`no "${name}"`);
  return tensor;
}

/** Feeds the cases to a model whose state is how many words it has read: the first of each slice, and how many before. */
function read(cases: readonly SeededCase[]) {
  let before: Tensors | undefined;
  return cases.map((one) => {
    const feeds = feedsFrom(one, before);
    const [tokens, hidden] = [given(feeds, 'tokens'), given(feeds, 'hidden_in')];
    const [length = Number.NaN, batch = Number.NaN] = tokens.shape;
    expect(hidden.shape).toEqual([batch, model.units]);
    before = new Map([
      ['hidden_out', { ...hidden, data: Float64Array.from(hidden.data, (n) => n + length) }],
    ]);
    return { batch, length, tokens: [...tokens.data], wordsBefore: [...hidden.data] };
  });
}

describe.each([
  ['any size', {}, [1, 4]],
  ['its own size', { steps: 6, batch: 3 }, [3]],
])('the slices of text for a model of %s', (_, size, batches) => {
  it('are each fed the state after all words before it, and begin with none', () => {
    const slices = read(textCases({ ...model, ...size }, corpus));
    expect([...new Set(slices.map(({ batch }) => batch))]).toEqual(batches);
    for (const batch of batches) {
      const own = slices.filter((each) => each.batch === batch);
      expect(own.length).toBeGreaterThan(2);
      const rows = own.reduce((sum, { length }) => sum + length, 1);
      let start = 0;
      for (const { length, tokens, wordsBefore } of own) {
        expect(wordsBefore).toEqual(Array.from({ length: batch * model.units }, () => start));
        expect(tokens).toEqual(numberedRows(firstTestWord, { rows, batch }, start, length));
        start += length;
      }
    }
  });
});
