/** Language models: compared on words with the hidden state carried, and measured; wrong words are refused. */
import { beforeAll, describe, expect, it } from 'vitest';

import { toOnnxModel } from '../../exporters/onnx/export.ts';
import type { OnnxModel } from '../../proto/onnx.ts';
import { loadCorpus, type TextCorpus } from '../../src/data/text/corpus.ts';
import { initialise } from '../../src/graph/initialise.ts';
import { Random } from '../../src/random.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { rnnInferenceGraph } from '../../src/space/rnn/inference.ts';
import { publishedRnnGenotypes } from '../../src/space/rnn/published.ts';
import { compareRuntimes } from '../../src/validate/parity.ts';
import { renderParity } from '../../src/validate/render-parity.ts';
import { validatePerplexity } from '../../src/validate/perplexity.ts';
import { subject, written } from './models.ts';

const signal = new AbortController().signal;
let corpus: TextCorpus;
beforeAll(async () => {
  corpus = await loadCorpus('grammar');
});

function model(options: { unroll?: number; words?: number; sha256?: string } = {}): OnnxModel {
  const { unroll, words = corpus.vocabulary.size, sha256 = corpus.vocabulary.sha256 } = options;
  const graph = rnnInferenceGraph({ words, units: 6 }, publishedRnnGenotypes.DARTS_V1, {
    ...(unroll !== undefined && { unroll }),
  });
  return toOnnxModel(graph, {
    weights: initialise(graph, new Random(2)),
    metadata: { dataset: 'grammar', vocabulary_sha256: sha256 },
  });
}

describe('parity of a language model', () => {
  it('is of several lengths and batches, and of real words with the state carried', async () => {
    const report = await compareRuntimes(
      await subject(model()),
      { model: 'model.onnx', seeds: [1], batches: [1, 3], text: { data: 'grammar' }, slowSeconds: 60 },
      silentReporter,
      signal,
    );
    expect(report.outcome).toBe('passed');
    expect(report.seeded).toEqual({ seeds: [1], batches: [1, 3], lengths: [1, 5, 13] });
    // Three lengths of four, and four slices each of one and of four pieces of text.
    for (const pair of report.pairs) expect(pair.seededInputs).toBe(3 * 4 + 4 * (1 + 4));
    expect(renderParity(report)).toContain(
      '12 seeded: seeds 1 by batches of 1, 3 by texts of 1, 5, 13 words',
    );
    expect(report.real).toMatchObject({ dataset: null, reason: expect.stringContaining('8 slices') });
  });

  it('refuses a text of other words', async () => {
    const other = await subject(model({ sha256: 'ab' }));
    await expect(
      compareRuntimes(other, { model: 'm', text: { data: 'grammar' } }, silentReporter, signal),
    ).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining('another vocabulary'),
    });
  });
});

describe('perplexity', () => {
  const measure = async (file: OnnxModel, more: object = {}) =>
    validatePerplexity(
      { model: await written(file), data: 'grammar', tokens: 300, ...more },
      silentReporter,
      signal,
    );

  it('is of the whole text, whatever the slices, and the same unrolled', async () => {
    const whole = await measure(model(), { steps: 299 });
    // Weights are small: every word is about as likely as any other.
    expect(whole).toMatchObject({ words: 299, notFinite: 0, batch: 1, split: 'test' });
    expect(Math.abs((whole.perplexity ?? 0) / corpus.vocabulary.size - 1)).toBeLessThan(0.05);
    const sliced = await measure(model(), { steps: 7 });
    const unrolled = await measure(model({ unroll: 16 }));
    for (const each of [sliced, unrolled]) {
      expect(each.words).toBe(299);
      expect((each.loss ?? 0) / (whole.loss ?? 1)).toBeCloseTo(1, 6);
    }
  });

  it.each([
    [{ words: 100 }, 'knows 100 words, and the vocabulary of the grammar has 172'],
    [{ sha256: 'ab' }, 'was made with another vocabulary than that of the grammar'],
  ])('refuses %j', async (options, message) => {
    await expect(measure(model(options))).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining(message),
    });
  });
});
