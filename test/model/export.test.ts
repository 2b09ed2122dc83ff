import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { validateModel } from '../../src/evaluate/accuracy.ts';
import { costOf } from '../../src/model/cost.ts';
import { exportRun } from '../../src/model/export.ts';
import { openRun } from '../../src/run/directory.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { trainPresets, type TrainConfig } from '../../src/tasks/images/train-settings.ts';
import { rnnTrainPresets } from '../../src/tasks/text/train-settings.ts';
import { trainJob, type TrainOutcome } from '../../src/train/job.ts';
import type { TrainOrder } from '../../src/train/order.ts';
import { stopAfterCheckpoint, writeTexts } from '../support/texts.ts';

const root = mkdtempSync(join(tmpdir(), 'nascent-export-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const signal = new AbortController().signal;
const imagenet = fileURLToPath(new URL('../../fixtures/imagenet', import.meta.url));

const trained = (
  out: string,
  data: 'synthetic' | 'imagenet',
  settings: TrainConfig,
  from?: string,
  reporter = silentReporter,
): Promise<TrainOutcome> =>
  trainJob(
    {
      kind: 'new',
      out: join(root, out),
      engine: 'onnxruntime',
      config: {
        data,
        ...(from !== undefined && { from }),
        preset: 'test',
        source: 'DARTS_V2',
        genotype: publishedGenotypes.DARTS_V2,
        settings,
      },
    },
    reporter,
    signal,
  );

/** The names of everything that the file holds, and its metadata. */
function contentsOf(file: string) {
  const { graph, metadata } = decodeModel(readFileSync(file), file);
  return { names: graph.initializers.map(({ name }) => name), metadata: new Map(metadata) };
}

describe('a training as published, scaled down', () => {
  const settings: TrainConfig = {
    ...trainPresets.cifar10,
    channels: 2,
    layers: 3,
    epochs: 3,
    batch_size: 16,
    train_images: 32,
    test_images: 32,
    // The first epoch is better than what comes of this.
    rate: 20,
    clip: 1000,
  };
  const path = join(root, 'cifar');
  let outcome: TrainOutcome;
  beforeAll(async () => {
    outcome = await trained('cifar', 'synthetic', settings);
  });

  it('exports the network without the head that it was trained with', async () => {
    const checkpoint = openRun(path).latestCheckpoint();
    expect([...(checkpoint?.tensors.keys() ?? [])]).toContain('auxiliary.conv0.weight');
    const { file, parameters } = await exportRun({ run: path }, silentReporter);
    const { names, metadata } = contentsOf(file);
    expect(names.filter((name) => name.startsWith('auxiliary'))).toEqual([]);
    expect(metadata.get('parameters')).toBe(String(parameters));
    expect(metadata.get('dataset')).toBe('synthetic');
    expect(parameters).toBe(outcome.parameters);
  });

  it('exports the best checkpoint where it is asked to, and says so', async () => {
    const last = await exportRun({ run: path }, silentReporter);
    const lastFacts = contentsOf(last.file).metadata;
    expect(lastFacts.get('checkpoint')).toBe('epoch-3, the last');
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
    const best = await exportRun({ run: path, checkpoint: 'best' }, reporter);
    const name = openRun(path).bestCheckpoint()?.name;
    expect(name).not.toBe('epoch-3');
    expect(best.sha256).not.toBe(last.sha256);
    const { metadata } = contentsOf(best.file);
    expect(metadata.get('checkpoint')).toBe(`${name}, best on test images`);
    // Of the weights, so that it is the same whatever is made of them.
    const order = { run: path, checkpoint: 'best', passes: { functions: true } } as const;
    const other = await exportRun(order, silentReporter);
    expect(other.sha256).not.toBe(best.sha256);
    expect(contentsOf(other.file).metadata.get('weights_sha256')).toBe(metadata.get('weights_sha256'));
    // Trained far too fast, it is beyond float16.
    await expect(exportRun({ ...order, passes: { fp16: true } }, silentReporter)).rejects.toMatchObject({
      code: 'gate/failed',
      help: expect.stringContaining('--keep-float'),
    });
    expect(metadata.get('weights_sha256')).not.toBe(lastFacts.get('weights_sha256'));
    expect(metadata.get('weights_sha256')).toMatch(/^[0-9a-f]{64}$/);
    // What was measured with these weights, not with the last.
    expect(Number(metadata.get('accuracy'))).toBe(outcome.best?.value);
    expect(metadata.get('accuracy_on')).toBe('test images, 32');
    expect(notes).toEqual([
      `the checkpoint ${name}: the best on test images, which say less of a model chosen by them`,
    ]);
  });

  it('says so where the best was chosen by images that were held back', async () => {
    await trained('held', 'synthetic', { ...settings, epochs: 1, held_back: 8, auxiliary: 0 });
    const { file } = await exportRun({ run: join(root, 'held'), checkpoint: 'best' }, silentReporter);
    const { metadata } = contentsOf(file);
    expect(metadata.get('checkpoint')).toBe('epoch-1, best on held-back images');
    expect(metadata.get('accuracy_on')).toBe('validation images, 8');
  });

  it('says so where it was chosen by images for validation', async () => {
    const copy = join(root, 'validated');
    cpSync(path, copy, { recursive: true });
    const log = join(copy, 'metrics.jsonl');
    writeFileSync(log, readFileSync(log, 'utf8').replaceAll('"test_', '"valid_'));
    const { file } = await exportRun({ run: copy, checkpoint: 'best' }, silentReporter);
    const { metadata } = contentsOf(file);
    expect(metadata.get('checkpoint')).toMatch(/, best on validation images$/);
    expect(metadata.get('accuracy_on')).toBe('validation images, 32');
  });

  it('says nothing of how good it is where the log of that is damaged', async () => {
    const copy = join(root, 'damaged');
    cpSync(path, copy, { recursive: true });
    const log = join(copy, 'metrics.jsonl');
    writeFileSync(log, `no JSON\n${readFileSync(log, 'utf8')}`);
    const { metadata } = contentsOf((await exportRun({ run: copy }, silentReporter)).file);
    expect(metadata.get('checkpoint')).toBe('epoch-3, the last');
    expect(metadata.has('accuracy')).toBe(false);
  });

  it('where nothing was measured there is no best', async () => {
    await trained('blind', 'synthetic', { ...settings, epochs: 1, test_images: 0, auxiliary: 0 });
    await expect(
      exportRun({ run: join(root, 'blind'), checkpoint: 'best' }, silentReporter),
    ).rejects.toMatchObject({ code: 'data/missing', help: expect.stringContaining('test_images=0') });
  });
});

describe('fewer bits', () => {
  beforeAll(() =>
    trained('narrow', 'synthetic', {
      ...trainPresets.cifar10,
      channels: 2,
      layers: 3,
      epochs: 2,
      batch_size: 16,
      train_images: 128,
      test_images: 0,
      auxiliary: 0,
      drop_path: 0,
    }),
  );

  it('in eight bits on training images, measured on test images before and after', async () => {
    const out = join(root, 'int8.onnx');
    const order = { run: join(root, 'narrow'), out, passes: { int8: true, softmax: true }, maxDrop: 100 };
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
    const { cost, gain, likeness, proof } = await exportRun(order, reporter);
    const plain = await exportRun({ run: join(root, 'narrow'), checkpoint: 'last' }, silentReporter);
    const validated = { data: 'synthetic', images: 1000 } as const;
    const [before, after] = [
      await validateModel({ model: plain.file, ...validated }, silentReporter, signal),
      await validateModel({ model: out, ...validated }, silentReporter, signal),
    ];
    expect(cost).toMatchObject({ metric: 'accuracy', before: before.accuracy, after: after.accuracy });
    expect(cost?.drop).toBeCloseTo(100 * (before.accuracy - after.accuracy), 9);
    expect(likeness).toMatchObject({ least: 0.99, what: '16 samples' });
    expect(likeness?.cosine).toBeLessThan(1);
    expect(plain.likeness).toBeNull();
    // What is beside eight bits, the softmax, is exact.
    expect(proof).toMatchObject({ allowed: 1e-5 });
    expect(gain).toMatchObject({ of: 'an image', bytes: { before: plain.bytes } });
    expect(gain?.seconds.before).toBeGreaterThan(0);
    expect(gain?.seconds.after).toBeGreaterThan(0);
    expect(plain.gain).toBeNull();
    expect(notes).toContainEqual(
      expect.stringMatching(/^[\d.]+ MB → [\d.]+ MB; an image takes [\d.]+ ms → [\d.]+ ms \(median, /),
    );
    const { graph } = decodeModel(readFileSync(out), out);
    expect(graph.nodes.map(({ opType }) => opType)).not.toContain('BatchNormalization');
  });

  it('a gate on what fewer bits cost refuses a model that got worse', async () => {
    const { file } = await exportRun({ run: join(root, 'narrow'), checkpoint: 'last' }, silentReporter);
    const before = decodeModel(readFileSync(file), file);
    const { graph } = before;
    const initializers = graph.initializers.map((tensor) =>
      tensor.dtype === 'float32' && tensor.name.startsWith('classifier')
        ? { ...tensor, data: tensor.data.map((value) => -value) }
        : tensor,
    );
    const after = { ...before, graph: { ...graph, initializers } };
    const measured = (allowed: number) =>
      costOf(
        { before, after, beside: undefined },
        { data: 'synthetic', from: undefined },
        allowed,
        silentReporter,
        signal,
        { images: 100, tokens: 100 },
      );
    const { drop } = await measured(100);
    expect(drop).toBeGreaterThan(1);
    await expect(measured(drop - 0.01)).rejects.toMatchObject({ code: 'gate/failed' });
    await expect(measured(drop)).resolves.toMatchObject({ drop });
  });
});

describe('ImageNet', () => {
  const settings: TrainConfig = {
    ...trainPresets.imagenet,
    channels: 2,
    layers: 3,
    epochs: 1,
    batch_size: 8,
    image_size: 64,
    auxiliary: 0,
    train_images: 12,
  };

  it('is trained on from its folders, and exported without them', async () => {
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
    const { unreadable, run } = await trained('imagenet', 'imagenet', settings, imagenet, reporter);
    // One of the chosen images is broken on purpose.
    expect(unreadable).toBe(1);
    expect(notes).toContainEqual(expect.stringMatching(/^passed over .*n01443537_\d\.JPEG: /));
    expect(notes.at(-1)).toBe('images that could not be read and were passed over: 1');
    expect(openRun(run).readMetrics()).toMatchObject([{ epoch: 0, test_images: 9, rate: 0.1 }]);
    const { file } = await exportRun({ run }, silentReporter);
    const { metadata } = contentsOf(file);
    expect(metadata.get('labels')).toBe('["n01440764","n01443537","n01484850"]');
    expect(metadata.get('input_mean')).toBe('[0.485,0.456,0.406]');
  });

  it.each<[string, Partial<TrainConfig>, string]>([
    ['sizes that cannot be halved so often', { image_size: 80 }, 'images of 80×80 cannot be halved 5 times'],
    ['maps that are too small for the head', { auxiliary: 0.4 }, 'an auxiliary head needs a map of 7×7'],
  ])('%s are refused, and leave no run behind', async (_, change, message) => {
    await expect(trained('refused', 'imagenet', { ...settings, ...change }, imagenet)).rejects.toThrow(
      message,
    );
    expect(() => openRun(join(root, 'refused'))).toThrow('does not exist');
  });
});

it('images in memory are not brought to another size', async () => {
  const settings = { ...trainPresets.quick, image_size: 64 };
  await expect(trained('sized', 'synthetic', settings)).rejects.toThrow(
    'image_size=64: the images of synthetic are 32×32',
  );
});

describe('a language model', () => {
  const settings = {
    ...rnnTrainPresets.ptb,
    units: 4,
    epochs: 3,
    batch_size: 4,
    bptt: 6,
    eval_batch_size: 2,
    // The first epoch is better than what comes of this.
    rate: 100,
    clip: 1000,
  };
  const from = join(root, 'texts');
  const order = (out: string): TrainOrder => ({
    kind: 'new',
    out,
    engine: 'reference',
    config: {
      data: 'text',
      from,
      preset: 'ptb',
      source: 'a test',
      genotype: { nodes: [{ op: 'tanh', source: 0 }], concat: [1] },
      settings,
    },
  });
  const path = join(root, 'text');
  let outcome: TrainOutcome;
  beforeAll(async () => {
    mkdirSync(from);
    writeTexts(from);
    outcome = await trainJob(order(path), silentReporter, signal);
  });

  it('is the best checkpoint, or the last where that is asked for, and says which', async () => {
    const best = await exportRun({ run: path }, silentReporter);
    const name = openRun(path).bestCheckpoint()?.name;
    expect(name).toBe(`epoch-${(outcome.best?.epoch ?? Number.NaN) + 1}`);
    expect(name).not.toBe('epoch-3');
    const { metadata } = contentsOf(best.file);
    expect(metadata.get('checkpoint')).toBe(`${name}, best on the validation text`);
    expect(metadata.get('perplexity')).toBe(String(outcome.tested?.value));
    expect(metadata.get('perplexity_on')).toBe(`test text, ${outcome.tested?.count}`);
    expect(await exportRun({ run: path, checkpoint: 'best' }, silentReporter)).toEqual(best);
    const last = await exportRun({ run: path, checkpoint: 'last' }, silentReporter);
    expect(last.sha256).not.toBe(best.sha256);
    expect(contentsOf(last.file).metadata.get('checkpoint')).toBe('epoch-3, the last');
    expect(last.beside).toEqual({
      title: 'vocabulary',
      file: openRun(path).file('vocabulary.txt'),
      entries: 8,
      unit: 'words',
    });
  });

  it('has the size that its training said, unrolled too', async () => {
    const { parameters, macs } = outcome;
    const out = join(root, 'elsewhere', 'x.onnx');
    expect(await exportRun({ run: path }, silentReporter)).toMatchObject({ task: 'text', parameters, macs });
    expect(await exportRun({ run: path, unroll: 3, out }, silentReporter)).toMatchObject({
      parameters,
      macs,
      file: out,
      beside: { file: join(root, 'elsewhere', 'vocabulary.txt') },
    });
  });

  it('of a training that is not finished is told to be one', async () => {
    const out = join(root, 'unfinished');
    await stopAfterCheckpoint(out, (control) => trainJob(order(out), control.reporter, control.signal));
    for (const checkpoint of ['best', 'last'] as const) {
      const notes: string[] = [];
      const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
      await exportRun({ run: out, checkpoint }, reporter);
      expect(notes).toEqual([
        `the training is not finished (stopped); its ${checkpoint} checkpoint is exported`,
      ]);
    }
  });

  it('of which no epoch has been measured has only a last checkpoint', async () => {
    const out = join(root, 'first-epoch');
    const stopping = new AbortController();
    const reporter = {
      ...silentReporter,
      progress: () => stopping.abort(new NascentError('interrupted', 'stopped', { help: '' })),
    };
    await expect(trainJob(order(out), reporter, stopping.signal)).rejects.toMatchObject({
      code: 'interrupted',
    });
    await expect(exportRun({ run: out }, silentReporter)).rejects.toMatchObject({
      code: 'data/missing',
      message: `the training in ${out} has no best checkpoint`,
      help: 'No epoch of it has been measured yet. Export the last one: --checkpoint last.',
    });
    expect(await exportRun({ run: out, checkpoint: 'last' }, silentReporter)).toMatchObject({ task: 'text' });
  });
});
