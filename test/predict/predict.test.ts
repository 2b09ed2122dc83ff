import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { throughPasses, type Passes } from '../../exporters/passes/passes.ts';
import { decodeModel, encodeModel } from '../../proto/onnx.ts';
import { readPicture } from '../../src/data/images/picture.ts';
import { makeVocabulary, writeVocabulary } from '../../src/data/text/vocabulary.ts';
import { validateModel } from '../../src/evaluate/accuracy.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { ImagePrediction } from '../../src/predict/images.ts';
import { predict } from '../../src/predict/predict.ts';
import type { TextPrediction } from '../../src/predict/text.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { answersTo, languageModel } from '../exporters/passes/classifiers.ts';

const { signal } = new AbortController();
let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await temporaryFolder();
});

/** A classifier of colours: its logits are how much red, green and blue there is on average. */
async function colours(name: string, passes: Passes = {}, isSaid = true): Promise<string> {
  const b = new GraphBuilder();
  const image = b.input('image', ['batch', 3, 8, 8]);
  const graph = b.finish('colours', {
    logits: b.op('Flatten', [b.op('GlobalAveragePool', [image])], { axis: 1 }),
  });
  const card = {
    labels: '["red", "green", "blue"]',
    input_mean: '[0.5, 0.5, 0.5]',
    input_std: '[0.25, 0.25, 0.25]',
  };
  const metadata = isSaid ? card : {};
  await writeFile(at(name), encodeModel(throughPasses(toOnnxModel(graph, { metadata }), passes)));
  return at(name);
}

const classified = async (model: string, ...files: string[]) =>
  (await predict({ model, files }, silentReporter, signal)) as ImagePrediction;

const picture = (background: { r: number; g: number; b: number }, width = 40, height = 30) =>
  sharp({ create: { width, height, channels: 3, background } });

describe('images', () => {
  it('are as the user says where the file says nothing', async () => {
    const [said, unsaid] = [await colours('said.onnx'), await colours('unsaid.onnx', {}, false)];
    const files = [at('red.png')];
    await picture({ r: 255, g: 0, b: 0 }).png().toFile(at('red.png'));
    const order = { model: unsaid, files, mean: [0.5], std: [0.25] };
    const { files: numbered } = (await predict(order, silentReporter, signal)) as ImagePrediction;
    const labels = ['red', 'green', 'blue'];
    const { files: named } = (await predict({ ...order, labels }, silentReporter, signal)) as ImagePrediction;
    const { files: expected } = await classified(said, ...files);
    expect(named).toEqual(expected);
    expect(numbered[0]?.classes[0]).toMatchObject({ class: 0, label: null });
    await expect(classified(unsaid, ...files)).rejects.toThrow('does not say how its images are normalised');
    await expect(predict({ ...order, model: said }, silentReporter, signal)).rejects.toThrow(
      'says itself how its images are normalised',
    );
  });

  it('of any format and size are classified, with the labels of the model', async () => {
    const model = await colours('plain.onnx');
    await picture({ r: 255, g: 0, b: 0 }).png().toFile(at('red.png'));
    await picture({ r: 0, g: 0, b: 255 }, 500, 9).webp({ lossless: true }).toFile(at('blue.webp'));
    await picture({ r: 0, g: 255, b: 0 }, 8, 8).toColourspace('cmyk').jpeg().toFile(at('green.jpg'));
    await picture({ r: 90, g: 90, b: 90 }, 3, 3).toColourspace('b-w').png().toFile(at('grey.png'));
    await picture({ r: 0, g: 255, b: 0 }).ensureAlpha(0.5).png().toFile(at('clear.png'));
    const files = ['red.png', 'blue.webp', 'green.jpg', 'grey.png', 'clear.png'].map(at);
    const { files: found, scores } = await classified(model, ...files);
    expect(scores).toBe('probability');
    expect(found.map(({ classes }) => classes[0]?.label)).toEqual(['red', 'blue', 'green', 'red', 'green']);
    // (1 − 0.5) / 0.25 against −2 and −2, and of grey all alike.
    expect(found[0]?.classes.map(({ score }) => score)).toEqual([
      expect.closeTo(1 / (1 + 2 * Math.exp(-4)), 5),
      expect.closeTo(Math.exp(-4) / (1 + 2 * Math.exp(-4)), 5),
      expect.closeTo(Math.exp(-4) / (1 + 2 * Math.exp(-4)), 5),
    ]);
    expect(found[3]?.classes.map(({ score }) => score)).toEqual(Array(3).fill(expect.closeTo(1 / 3, 5)));
  });

  it('lie as their orientation tag says', async () => {
    // Red above, blue below; the tag says to turn it a quarter clockwise, so red comes to the right.
    const below = await picture({ r: 0, g: 0, b: 255 }, 8, 4).png().toBuffer();
    await picture({ r: 255, g: 0, b: 0 }, 8, 8)
      .composite([{ input: below, left: 0, top: 4 }])
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toFile(at('turned.jpg'));
    const normalisation = { mean: [0, 0, 0], std: [1, 1, 1] } as const;
    const pixels = await readPicture(at('turned.jpg'), { size: 8, resize: 8, normalisation });
    const red = (row: number, column: number) => Math.round(pixels[8 * row + column] ?? Number.NaN);
    expect([red(0, 0), red(7, 0), red(0, 7), red(7, 7)]).toEqual([0, 0, 1, 1]);
  });

  it.each<Passes>([
    { preprocess: true },
    { softmax: true },
    { softmax: true, preprocess: true, topK: 2 },
    { fp16: true, preprocess: true },
  ])('are to a model with %j what they are to one without', async (passes) => {
    const [plain, other] = [await colours('plain.onnx'), await colours('other.onnx', passes)];
    await picture({ r: 200, g: 120, b: 10 }).png().toFile(at('orange.png'));
    const wanted = (await classified(plain, at('orange.png'))).files[0]?.classes ?? [];
    const given = (await classified(other, at('orange.png'))).files[0]?.classes ?? [];
    expect(given).toHaveLength(passes.topK ?? 3);
    for (const [i, { label, score }] of given.entries()) {
      expect(label).toBe(wanted[i]?.label);
      expect(score).toBeCloseTo(wanted[i]?.score ?? 0, 2);
    }
  });

  it('that cannot be read are said, and the others go on; alone they are an error', async () => {
    const model = await colours('plain.onnx');
    await writeFile(at('notes.txt'), 'no picture');
    await picture({ r: 255, g: 0, b: 0 }).png().toFile(at('red.png'));
    const { files } = await classified(model, at('notes.txt'), at('red.png'));
    expect(files.map(({ error }) => error === null)).toEqual([false, true]);
    await expect(classified(model, at('notes.txt'))).rejects.toThrow('is no image that can be read');
    await expect(classified(model, at('nowhere.png'))).rejects.toThrow('there is no file');
    await expect(predict({ model, text: 'a' }, silentReporter, signal)).rejects.toMatchObject({
      message: expect.stringContaining('takes images'),
      help: 'Leave --text out.',
    });
  });
});

it('of a network that was never trained, says that it means nothing', async () => {
  const trained = await colours('trained.onnx');
  const model = decodeModel(await readFile(trained), trained);
  const untrained = {
    ...model,
    metadata: [...model.metadata, ['training', 'none: weights as initialised']],
  } as const;
  await writeFile(at('untrained.onnx'), encodeModel(untrained));
  await picture({ r: 255, g: 0, b: 0 }).png().toFile(at('red.png'));
  const notesOf = async (file: string) => {
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
    await predict({ model: file, files: [at('red.png')] }, reporter, signal);
    return notes;
  };
  expect(await notesOf(trained)).toEqual([]);
  expect(await notesOf(at('untrained.onnx'))).toEqual([
    'this network is not trained: what it says means nothing',
  ]);
});

it('a model of probabilities, of bytes, has the accuracy and the loss of the one of logits', async () => {
  const b = new GraphBuilder();
  const image = b.input('image', ['batch', 3, 32, 32]);
  const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [image])], { axis: 1 });
  const weights = b.constant(
    Array.from({ length: 30 }, (_, i) => Math.sin(i)),
    [3, 10],
  );
  const graph = b.finish('linear', { logits: b.op('MatMul', [pooled, weights]) });
  const metadata = { input_mean: '[0.5, 0.5, 0.5]', input_std: '[0.2, 0.2, 0.2]' };
  const measured = async (name: string, passes: Passes) => {
    const model = throughPasses(toOnnxModel(graph, { metadata }), passes);
    await writeFile(at(name), encodeModel(model));
    const order = { model: at(name), data: 'synthetic', images: 200 } as const;
    return validateModel(order, silentReporter, signal);
  };
  const [plain, other] = [
    await measured('logits.onnx', {}),
    await measured('bytes.onnx', { softmax: true, preprocess: true }),
  ];
  // Synthetic images are not made of whole bytes, so that rounding to them moves a little.
  expect(other.accuracy).toBeCloseTo(plain.accuracy, 1);
  expect(other.loss).toBeCloseTo(plain.loss ?? 0, 2);
  await expect(measured('best.onnx', { topK: 3 })).rejects.toThrow('gives only the best classes');
});

describe('a text', () => {
  const words = ['the', 'cat', 'sat', '<unk>', '<eos>'];
  const written = async () => {
    await mkdir(at('text'), { recursive: true });
    await writeFile(at('text/model.onnx'), encodeModel(languageModel(4)));
    await writeVocabulary(at('text/vocabulary.txt'), makeVocabulary(words));
    return at('text/model.onnx');
  };
  const goneOn = async (order: { readonly text: string; readonly sample?: number; readonly seed?: number }) =>
    (await predict({ model: await written(), top: 5, ...order }, silentReporter, signal)) as TextPrediction;

  it('goes on as the whole of it at once says', async () => {
    const { next, read } = await goneOn({ text: 'the cat\nsat' });
    expect(read).toEqual(['the', 'cat', '<eos>', 'sat']);
    const given = await answersTo(languageModel(4), {
      tokens: new ort.Tensor('int64', BigInt64Array.of(0n, 1n, 4n, 2n), [4, 1]),
      hidden_in: new ort.Tensor('float32', new Float32Array(6), [1, 6]),
    });
    const last = given.get('log_probs')?.data.slice(15) ?? [];
    for (const { word, probability } of next)
      expect(probability).toBeCloseTo(Math.exp(last[words.indexOf(word)] ?? 0), 5);
    expect(next.map(({ probability }) => probability)).toEqual(
      next.map(({ probability }) => probability).toSorted((a, b) => b - a),
    );
  });

  it('is followed by words that the seed draws', async () => {
    const drawn = async (seed: number) => (await goneOn({ text: 'the', sample: 12, seed })).sampled;
    expect(await drawn(1)).toEqual(await drawn(1));
    expect(await drawn(1)).not.toEqual(await drawn(2));
    expect((await drawn(1)).every((word) => words.includes(word))).toBe(true);
  });

  it('has strangers read as <unk>, and no words is no text', async () => {
    expect((await goneOn({ text: 'the zebra' })).read).toEqual(['the', '<unk>']);
    await expect(goneOn({ text: ' ' })).rejects.toThrow('the text has no words');
  });
});
