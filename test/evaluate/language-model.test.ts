/** Language models: compared on words with the hidden state carried, and measured; wrong words are refused. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { toOnnxModel } from '../../exporters/onnx/export.ts';
import type { OnnxModel, OnnxValueInfo } from '../../proto/onnx.ts';
import { loadCorpus, type TextCorpus } from '../../src/data/text/corpus.ts';
import { initialise } from '../../src/graph/initialise.ts';
import { Random } from '../../src/random.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { rnnInferenceGraph } from '../../src/space/text/inference.ts';
import { publishedRnnGenotypes } from '../../src/space/text/published.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { renderParity } from '../../src/parity/render-parity.ts';
import type { PerplexityReport } from '../../src/evaluate/perplexity.ts';
import { validateJob } from '../../src/evaluate/validate.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { network, subject, written } from '../parity/models.ts';

const signal = new AbortController().signal;
afterEach(() => vi.unstubAllEnvs());
let corpus: TextCorpus;
beforeAll(async () => {
  corpus = await loadCorpus('grammar');
});

interface Options {
  readonly unroll?: number;
  /** How much larger weights are than they are drawn. */
  readonly spread?: number;
  readonly words?: number;
  readonly sha256?: string;
  readonly dataset?: string | undefined;
}

function model(options: Options = {}): OnnxModel {
  const { unroll, spread = 1, words = corpus.vocabulary.size, sha256 = corpus.vocabulary.sha256 } = options;
  const dataset = 'dataset' in options ? options.dataset : 'grammar';
  const graph = rnnInferenceGraph({ words, units: 6 }, publishedRnnGenotypes.DARTS_V1, {
    ...(unroll !== undefined && { unroll }),
  });
  return toOnnxModel(graph, {
    weights: new Map(
      [...initialise(graph, new Random(2))].map(([name, tensor]) => [
        name,
        { ...tensor, data: tensor.data.map((weight) => spread * weight) },
      ]),
    ),
    metadata: { ...(dataset !== undefined && { dataset }), vocabulary_sha256: sha256 },
  });
}

describe('parity of a language model', () => {
  it('is of several lengths and batches, and of real words with the state carried', async () => {
    const report = await compareSubject(
      await subject(model()),
      { model: 'model.onnx', seeds: [1], batches: [1, 3], data: 'grammar', slowSeconds: 60 },
      silentReporter,
      signal,
    );
    expect(report.outcome).toBe('passed');
    expect(report.seeded).toEqual({ seeds: [1], batches: [1, 3], lengths: [1, 5, 13] });
    // Three lengths of four, and four slices each of one and of four pieces of text.
    for (const pair of report.pairs) expect(pair.seededInputs).toBe(3 * 4 + 4 * (1 + 4));
    expect(renderParity(report)).toContain(
      '12 seeded: seeds 1 by batches of 1, 3 by slices of 1, 5, 13 words',
    );
    expect(report.real).toEqual({ dataset: 'grammar', words: 41 * (1 + 4), slices: 8 });
    expect(renderParity(report)).toContain('205 words of the test text of grammar in 8 slices');
    expect(renderParity(report)).not.toContain('images');
  });

  it('is of the same unrolled, but for the length that it has', async () => {
    const report = await compareSubject(
      await subject(model({ unroll: 4 })),
      { model: 'model.onnx', seeds: [1], batches: [1, 3], slowSeconds: 60 },
      silentReporter,
      signal,
    );
    expect(report.outcome).toBe('passed');
    expect(report.seeded).toEqual({ seeds: [1], batches: [1, 3], lengths: [4, 4, 4] });
    // The text that the model says it was made for is here, and nobody had to name it.
    expect(report.real).toEqual({ dataset: 'grammar', words: 16 * (1 + 4), slices: 8 });
    for (const pair of report.pairs) expect(pair.seededInputs).toBe(3 * 4 + 4 * (1 + 4));
  });

  it.each([
    [{ sha256: 'ab' }, 'was made with another vocabulary than that of the grammar'],
    [{ dataset: 'ptb' }, 'Get it: nascent data get ptb'],
    [{ dataset: 'mine' }, 'the model was made for mine, which is not among ptb, wikitext2, grammar, text'],
    [{ dataset: undefined }, 'the model does not say what text it was made for'],
  ])('is of seeded words only, and says why, where the text is not here: %j', async (options, why) => {
    vi.stubEnv('NASCENT_CACHE', await temporaryFolder());
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
    const given = await subject(model(options));
    const order = { model: 'm', seeds: [1], batches: [2] };
    const report = await compareSubject(given, order, reporter, signal);
    expect(report).toMatchObject({ outcome: 'passed', real: { dataset: null, words: 0 } });
    expect(notes[0]).toContain('only seeded words are compared: ');
    expect(notes[0]).toContain(why);
    for (const pair of report.pairs) expect(pair.seededInputs).toBe(3 * 2);
  });

  it('is of the text that was probably meant, where none is asked for, and of none where none is wanted', async () => {
    const given = await subject(model({ dataset: undefined }));
    const order = { model: 'm', seeds: [1], batches: [2], likely: { data: 'grammar' } } as const;
    const report = await compareSubject(given, order, silentReporter, signal);
    expect(report).toMatchObject({ outcome: 'passed', real: { dataset: 'grammar', words: 205 } });
    const without = await compareSubject(given, { ...order, data: null }, silentReporter, signal);
    expect(without.real).toEqual({ dataset: null, words: 0, reason: 'none were asked for' });
  });

  it('refuses images, and a text for a model of images', async () => {
    await expect(
      compareSubject(await subject(model()), { model: 'm', data: 'synthetic' }, silentReporter, signal),
    ).rejects.toMatchObject({
      message: expect.stringContaining('is a language model, and synthetic is images'),
    });
    const images = await subject(network(8).model);
    await expect(
      compareSubject(images, { model: 'm', data: 'grammar' }, silentReporter, signal),
    ).rejects.toMatchObject({
      message: expect.stringContaining('is no language model, and grammar is a text'),
    });
  });

  it('refuses what is wrong with the inputs before any runtime is tried', async () => {
    const probed = async () => {
      throw new Error('a runtime was tried');
    };
    const given = { ...(await subject(model())), probed };
    const refused = { data: 'synthetic', images: 3 } as const;
    for (const order of [{ data: refused.data }, { images: refused.images }]) {
      await expect(
        compareSubject(given, { model: 'm', ...order }, silentReporter, signal),
      ).rejects.toMatchObject({ code: 'input/invalid' });
    }
  });

  it('refuses a text of other words', async () => {
    const other = await subject(model({ sha256: 'ab' }));
    await expect(
      compareSubject(other, { model: 'm', data: 'grammar' }, silentReporter, signal),
    ).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining('another vocabulary'),
    });
  });
});

describe('perplexity', () => {
  const measure = async (file: OnnxModel, more: object = {}): Promise<PerplexityReport> => {
    const order = { model: await written(file), data: 'grammar', tokens: 300, ...more } as const;
    const report = await validateJob(order, silentReporter, signal);
    if (report.task !== 'text') throw new Error('measured as images');
    return report;
  };

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

  it('does not depend on how many pieces of the text are read side by side', async () => {
    const forgetful = model({ spread: 20 });
    const { loss: whole, perplexity } = await measure(forgetful);
    for (const more of [
      { batchSize: 2 },
      { batchSize: 7 },
      { batchSize: 7, steps: 4 },
      { batchSize: 1000 },
    ]) {
      const report = await measure(forgetful, more);
      expect(report.words).toBe(299);
      expect((report.loss ?? 0) / (whole ?? 1)).toBeCloseTo(1, 6);
    }
    const unrolled = await measure(model({ spread: 20, unroll: 16 }), { batchSize: 7 });
    expect((unrolled.loss ?? 0) / (whole ?? 1)).toBeCloseTo(1, 6);
    // It is not that the state makes no difference.
    const { inPieces } = await measure(forgetful, { pieces: 7 });
    expect(Math.abs((inPieces?.perplexity ?? 0) / (perplexity ?? 1) - 1)).toBeGreaterThan(1e-4);
  });

  it('is also given as the official code counts: the sum over predicted rows, divided by all rows', async () => {
    const { loss, words, officialPerplexity, inPieces: none } = await measure(model());
    expect([words, none]).toEqual([299, null]);
    expect(officialPerplexity).toBeCloseTo(Math.exp(((loss ?? Number.NaN) * 299) / 300), 9);
    const { inPieces } = await measure(model(), { pieces: 7 });
    expect(inPieces).toMatchObject({ pieces: 7, words: 41 * 7, leftOut: 299 - 41 * 7 });
    const sum = Math.log(inPieces?.perplexity ?? Number.NaN) * 41 * 7;
    expect(inPieces?.officialPerplexity).toBeCloseTo(Math.exp(sum / (42 * 7)), 9);
  });

  it('is of as many pieces as there are two words for; of more nothing is measured first', async () => {
    expect((await measure(model(), { pieces: 150 })).inPieces).toMatchObject({ pieces: 150, words: 150 });
    const order = { model: await written(model()), data: 'grammar', tokens: 300 } as const;
    let read = 0;
    const counting = { ...silentReporter, progress: () => read++ };
    await expect(validateJob({ ...order, pieces: 151 }, counting, signal)).rejects.toMatchObject({
      code: 'input/invalid',
      message: 'the test text of 300 tokens is too short for 151 pieces',
      help: 'Use --pieces of at most 150, or a longer text.',
    });
    expect(read).toBe(0);
  });

  it('tells how far the pieces are read, after the whole', async () => {
    const told: (string | readonly [number, number])[] = [];
    const reporter = {
      ...silentReporter,
      stage: (_: string, title: string) => told.push(title),
      progress: (done: number, total: number) => told.push([done, total]),
    };
    await validateJob(
      { model: await written(model()), data: 'grammar', tokens: 300, pieces: 7, steps: 30 },
      reporter,
      signal,
    );
    expect(told.slice(told.indexOf('Validating on grammar in 7 pieces'))).toEqual([
      'Validating on grammar in 7 pieces',
      [210, 287],
      [287, 287],
    ]);
  });

  it('is of as many pieces of text as a model is fixed to, and of no others', async () => {
    const fixed = withBatch(3, model());
    const { loss } = await measure(model());
    const report = await measure(fixed);
    expect(report).toMatchObject({ batch: 3, words: 299 });
    expect((report.loss ?? 0) / (loss ?? 1)).toBeCloseTo(1, 6);
    expect(await measure(fixed, { batchSize: 3 })).toMatchObject({ batch: 3 });
    await expect(measure(fixed, { batchSize: 2 })).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining('takes 3 pieces of text at a time, and not 2'),
    });
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

/** The model for texts of one batch only. */
function withBatch(batch: number, { graph, ...rest }: OnnxModel): OnnxModel {
  const fix = (info: OnnxValueInfo): OnnxValueInfo =>
    info.type.kind === 'tensor' && info.type.shape !== undefined
      ? {
          ...info,
          type: { ...info.type, shape: info.type.shape.map((dim) => (dim === 'batch' ? batch : dim)) },
        }
      : info;
  return { ...rest, graph: { ...graph, inputs: graph.inputs.map(fix), outputs: graph.outputs.map(fix) } };
}
