/** The slices of text that language models are compared on: they go on from each other, with the hidden state. */
import { describe, expect, it } from 'vitest';
import type { AnyTensor, AnyTensors } from '../../src/runtime/any-tensor.ts';
import type { LanguageModel } from '../../src/evaluate/language-model.ts';
import { feedsFrom, type SeededCase } from '../../src/parity/seeded-inputs.ts';
import { seededTexts, textCases } from '../../src/parity/text-cases.ts';
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

function given(feeds: AnyTensors, name: string): AnyTensor {
  const tensor = feeds.get(name);
  if (tensor === undefined) throw new Error(`no "${name}"`);
  return tensor;
}

/** Feeds the cases to a model whose state is how many words it has read: the first of each slice, and how many before. */
function read(cases: readonly SeededCase[]) {
  let before: AnyTensors | undefined;
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

describe('a text that is short', () => {
  it('gives the slices that are whole, and none where there is none', () => {
    const ofTest = (test: number) => numberedCorpus({ train: 4, valid: 4, test });
    // 13 words, 1 and 20 of one piece; 13 and 1 of each of four.
    const lengths = read(textCases(model, ofTest(4 * 15))).map(({ length }) => length);
    expect(lengths).toEqual([13, 1, 20, 7, 13, 1]);
    expect(textCases({ ...model, steps: 70 }, ofTest(60))).toEqual([]);
    expect(textCases(model, ofTest(1))).toEqual([]);
  });
});

describe.each([
  ['any length', {}, [1, 5, 13]],
  ['one length and batch', { steps: 6, batch: 2 }, [6, 6, 6]],
])('seeded words for a model of %s', (_, size, lengths) => {
  const options = { seeds: [1, 2], batches: [1, 3], extents: {} };

  it('come in slices, the state of each handed to the next, of a state that is drawn', () => {
    const given = seededTexts({ ...model, ...size }, options);
    const batches = 'batch' in size ? [2] : [1, 3];
    expect([given.batches, given.lengths]).toEqual([batches, lengths]);
    expect(given.cases).toHaveLength(2 * batches.length * 3);
    const slices = read(given.cases);
    for (const [i, { batch, length, wordsBefore, tokens }] of slices.entries()) {
      expect([batch, length]).toEqual([batches[Math.floor(i / 3) % batches.length], lengths[i % 3]]);
      expect(tokens).toHaveLength(batch * length);
      expect(tokens.every((token) => token >= 0 && token < model.words)).toBe(true);
      const before = slices[i - 1];
      if (i % 3 === 0) expect(new Set(wordsBefore).size).toBe(batch * model.units);
      else expect(wordsBefore).toEqual(before?.wordsBefore.map((state) => state + before.length));
    }
    expect(seededTexts({ ...model, ...size }, options)).toEqual(given);
  });
});

it('drawn words are of the batch and the length that were said', () => {
  const options = { seeds: [1], batches: [1, 3], extents: { batch: 2, sequence: 4 } };
  const { cases, batches, lengths } = seededTexts(model, options);
  expect([batches, lengths]).toEqual([[2], [4, 4, 4]]);
  expect(cases.map(({ batch, feeds }) => [batch, given(feeds, 'tokens').shape])).toEqual(
    Array.from({ length: 3 }, () => [2, [4, 2]]),
  );
});
